import * as v from "valibot";
import type { Point } from "../../kernel/reading.ts";
import { MINUTE_MS } from "../../kernel/time.ts";
import { forecastGauge, leadOf } from "../backtest/forecast-gauge.ts";
import type { Load } from "../backtest/grid.ts";
import type { Controller, View, WorldOptions } from "../backtest/simulate.ts";
import { finished, TURN_MINUTES } from "../backtest/turns.ts";
import { AutoscalingConfig } from "../config.ts";
import { fullAnswer } from "../full.ts";
import { valueAt } from "../learned.ts";
import type { Facts } from "../opinion.ts";
import { type Signal, signalOf } from "../signal.ts";
import { EMPTY } from "../state.ts";
import { behind, control, EARLY_HOLD, early } from "./control.ts";
import { fullMemory } from "./lean-full.ts";
import { byDemand, FIRST_DAY_MINUTES, type PredictivePolicy, priced, pricing } from "./predictive.ts";
import type { Forecast, PredictiveMemory } from "./types.ts";

/** What was expected in each minute of a load, by the index of the minute that decides. Undefined: nothing was visible yet. */
export interface LeanForecasts {
  readonly kind: PredictivePolicy["forecaster"];
  /** Minutes until a task asked for now serves. */
  readonly lead: number;
  readonly forecasts: readonly (Forecast | undefined)[];
}

/** The parameters of a policy that a replay depends on; prices as those that the counts were made with. `backlog: null`: what waits is not looked at. */
export type LeanPolicy = Pick<PredictivePolicy, "violation" | "thrift" | "hold" | "waste"> &
  Partial<Pick<PredictivePolicy, "backlog">>;

/** Of the world, and `without` the metrics that nobody measures there; how long a task takes to start, where the configuration says so. */
export interface LeanWorld extends Pick<WorldOptions, "min" | "max">, Pick<AutoscalingConfig, "startDelay"> {
  readonly without?: readonly string[];
}

interface ForecastOptions {
  readonly events?: PredictivePolicy["events"];
  readonly config?: Pick<AutoscalingConfig, "startDelay">;
}

/** Every forecast of a load, made from the visible minutes alone. Depends on no parameter but the kind: made once, used for many replays. */
export function* leanForecasting(
  work: Load,
  world: WorldOptions,
  kind: PredictivePolicy["forecaster"],
  { events = [], config = {} }: ForecastOptions = {},
): Generator<undefined, LeanForecasts> {
  const gauge = forecastGauge({ forecaster: kind, events }, config, work, world);
  const forecasts: (Forecast | undefined)[] = [];
  const visible = { arrivals: [] as number[] };
  for (let minute = 0; minute < work.arrivals.length; minute += 1) {
    if (minute > world.metricDelayMinutes)
      visible.arrivals.push(work.arrivals[minute - world.metricDelayMinutes - 1] as number);
    forecasts.push(gauge(visible));
    if (minute % TURN_MINUTES === TURN_MINUTES - 1) yield;
  }
  return { kind, lead: leadOf(config, world), forecasts };
}

/** All turns of {@link leanForecasting} at once. */
export const leanForecasts = (...call: Parameters<typeof leanForecasting>): LeanForecasts =>
  finished(leanForecasting(...call));

/** The cheapest count of each minute at one price. Negative: the forecast is not trusted. 0: there is none. */
export function* leanCounting(
  { forecasts }: LeanForecasts,
  policy: Pick<PredictivePolicy, "violation" | "thrift">,
): Generator<undefined, Int32Array> {
  const counts = new Int32Array(forecasts.length);
  for (const [minute, forecast] of forecasts.entries()) {
    if (forecast) counts[minute] = priced(policy, forecast, 1) * (forecast.trusted ? 1 : -1);
    if (minute % TURN_MINUTES === TURN_MINUTES - 1) yield;
  }
  return counts;
}

/** All turns of {@link leanCounting} at once. */
export const leanCounts = (...call: Parameters<typeof leanCounting>): Int32Array => finished(leanCounting(...call));

/**
 * A `predictive` policy as a controller of the simulated world, with the same counts as the machine has, minute by minute, at a fraction of the time: for
 * whoever tries hundreds. The capacity of a task is taken as known, and no other policy, schedule, pause or guard takes part; in minutes in which the
 * forecast is not trusted, the demand rule decides without what the machine remembers of starts. What waits is seen where the machine would see it.
 */
export function leanReplay(
  { forecasts }: LeanForecasts,
  counts: Int32Array,
  policy: LeanPolicy,
  bounds: LeanWorld,
): Controller {
  const config = bounds.startDelay === undefined ? PLAIN : { ...PLAIN, startDelay: bounds.startDelay };
  const demand = policy.backlog === null || bounds.without?.includes(DEMAND.backlog) ? NO_BACKLOG : DEMAND;
  const unseen = bounds.without?.includes("cpu") || demand.backlog !== null ? undefined : fullMemory();
  let memory: PredictiveMemory | undefined;
  const decide = (view: View, facts: Facts | undefined): number => {
    const { minute, desired, arrivals, backlog } = view;
    const forecast = forecasts[minute];
    if (!forecast) return desired;
    if ((counts[minute] as number) < 0) {
      const by = byDemand(demand, facts ?? factsOf(view, config, bounds), memory?.demand);
      memory = { recs: [], waste: 0, at: minute * MINUTE_MS, ...(by.memory ? { demand: by.memory } : {}) };
      return by.opinion.wants && by.opinion.held === undefined ? by.opinion.desired : desired;
    }
    const newest = arrivals.length - 1;
    const arrived = arrivals[newest] as number;
    const waits = demand.backlog === null ? 0 : (backlog[newest] as number);
    const first = forecast.minutes < FIRST_DAY_MINUTES;
    const own = first ? early(arrived, waits) : (counts[minute] as number);
    const full = (facts && fullAnswer(facts)?.least) ?? 0;
    const wanted = Math.max(own, full, waits > 0 ? behind(arrived, waits) : 0);
    const look = {
      at: minute * MINUTE_MS,
      desired,
      recommended: Math.min(bounds.max, Math.max(bounds.min, wanted)),
      hold: first ? EARLY_HOLD : policy.hold,
      waste: first ? 0 : policy.waste * forecast.mean,
      round: !first,
      ...(first || waits > 0 || full > own ? {} : { price: pricing(policy, forecast, 1, desired) }),
    };
    const controlled = control(memory, look);
    memory = controlled.memory;
    return controlled.desired;
  };
  return (view) => {
    if (!unseen) return decide(view, undefined);
    const facts = unseen.look(factsOf(view, config, bounds));
    const count = decide(view, facts);
    unseen.asked(facts, count);
    return count;
  };
}

const DEMAND = { arrivals: "arrivals", backlog: "backlog" };
const NO_BACKLOG = { arrivals: "arrivals", backlog: null };

/** What the demand rule needs, in a world in which one task does one unit a second. */
const PLAIN: AutoscalingConfig = v.parse(AutoscalingConfig, {
  capacity: 1,
  learnCapacity: false,
  policies: [{ type: "demand", ...NO_BACKLOG }],
});
/** Points of the CPU and of the ready tasks that tell whether it is full. */
const NEWEST = 5;

function factsOf(view: View, config: AutoscalingConfig, { min, max, without = [] }: LeanWorld): Facts {
  const now = view.minute * MINUTE_MS;
  const newest = view.arrivals.length - 1;
  const signal = (metric: string): Signal => {
    const points = without.includes(metric)
      ? []
      : metric === "cpu" || metric === "ready"
        ? pointsOf(metric === "cpu" ? view.cpu : view.capacity)
        : [{ at: newest * MINUTE_MS, value: workOf(view, metric, newest) }];
    const reading = { metric, unit: metric === "cpu" ? "percent" : "", periodMs: MINUTE_MS, points, source: "" };
    return signalOf(metric, reading, now, Number.POSITIVE_INFINITY, MINUTE_MS);
  };
  const { desired, ready } = view;
  const readyAt = ({ at }: Signal): number => valueAt(signal("ready"), at) ?? ready;
  return { config, state: EMPTY, now, min, max, desired, ready, base: desired, signal, readyAt };
}

function workOf(view: View, metric: string, minute: number): number {
  return (metric === DEMAND.backlog ? (view.backlog[minute] as number) * 60 : view.arrivals[minute]) as number;
}

function pointsOf(values: readonly number[]): readonly Point[] {
  const from = Math.max(0, values.length - NEWEST);
  return values.slice(from).map((value, index) => ({ at: (from + index) * MINUTE_MS, value }));
}
