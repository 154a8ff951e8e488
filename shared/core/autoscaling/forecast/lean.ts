import * as v from "valibot";
import { MINUTE_MS } from "../../kernel/time.ts";
import { forecastGauge, leadOf } from "../backtest/forecast-gauge.ts";
import type { Load } from "../backtest/grid.ts";
import type { Controller, View, WorldOptions } from "../backtest/simulate.ts";
import { AutoscalingConfig } from "../config.ts";
import type { Facts } from "../opinion.ts";
import { type Signal, signalOf } from "../signal.ts";
import { EMPTY } from "../state.ts";
import { behind, control, EARLY_HOLD, early } from "./control.ts";
import { byDemand, FIRST_DAY_MINUTES, type PredictivePolicy, priced, pricing } from "./predictive.ts";
import type { Forecast, PredictiveMemory } from "./types.ts";

/** What was expected in each minute of a load, by the index of the minute that decides. Undefined: nothing was visible yet. */
export interface LeanForecasts {
  readonly kind: PredictivePolicy["forecaster"];
  /** Minutes until a task asked for now serves. */
  readonly lead: number;
  readonly forecasts: readonly (Forecast | undefined)[];
}

/** The parameters of a policy that a replay depends on; prices as those that the counts were made with. */
export type LeanPolicy = Pick<PredictivePolicy, "violation" | "thrift" | "hold" | "waste">;

/** Every forecast of a load, made from the visible minutes alone. Depends on no parameter but the kind: made once, used for many replays. */
export function leanForecasts(
  work: Load,
  world: WorldOptions,
  kind: PredictivePolicy["forecaster"],
  {
    events = [],
    config = {},
  }: { events?: PredictivePolicy["events"]; config?: Pick<AutoscalingConfig, "startDelay"> } = {},
): LeanForecasts {
  const gauge = forecastGauge({ forecaster: kind, events }, config, work, world);
  const forecasts: (Forecast | undefined)[] = [];
  const visible = { arrivals: [] as number[] };
  for (let minute = 0; minute < work.arrivals.length; minute += 1) {
    if (minute > world.metricDelayMinutes)
      visible.arrivals.push(work.arrivals[minute - world.metricDelayMinutes - 1] as number);
    forecasts.push(gauge(visible));
  }
  return { kind, lead: leadOf(config, world), forecasts };
}

/** The cheapest count of each minute at one price. Negative: the forecast is not trusted. 0: there is none. */
export function leanCounts(
  { forecasts }: LeanForecasts,
  policy: Pick<PredictivePolicy, "violation" | "thrift">,
): Int32Array {
  return Int32Array.from(forecasts, (forecast) => {
    if (!forecast) return 0;
    return priced(policy, forecast, 1) * (forecast.trusted ? 1 : -1);
  });
}

/**
 * A `predictive` policy as a controller of the simulated world, with the same counts as the machine has, minute by minute, at a fraction of the time: for
 * whoever tries hundreds. The capacity of a task is taken as known, and no other policy, schedule, pause or guard takes part; in minutes in which the
 * forecast is not trusted, the demand rule decides without what the machine remembers of starts.
 */
export function leanReplay(
  { forecasts }: LeanForecasts,
  counts: Int32Array,
  policy: LeanPolicy,
  bounds: Pick<WorldOptions, "min" | "max">,
): Controller {
  let memory: PredictiveMemory | undefined;
  return (view) => {
    const { minute, desired, arrivals, backlog } = view;
    const forecast = forecasts[minute];
    if (!forecast) return desired;
    if ((counts[minute] as number) < 0) {
      const by = byDemand(DEMAND, factsOf(view, bounds), memory?.demand);
      memory = { recs: [], waste: 0, at: minute * MINUTE_MS, ...(by.memory ? { demand: by.memory } : {}) };
      return by.opinion.wants ? by.opinion.desired : desired;
    }
    const newest = arrivals.length - 1;
    const [arrived, waits] = [arrivals[newest] as number, backlog[newest] as number];
    const first = forecast.minutes < FIRST_DAY_MINUTES;
    const own = first ? early(arrived, waits) : (counts[minute] as number);
    const wanted = waits > 0 ? Math.max(own, behind(arrived, waits)) : own;
    const look = {
      at: minute * MINUTE_MS,
      desired,
      recommended: Math.min(bounds.max, Math.max(bounds.min, wanted)),
      hold: first ? EARLY_HOLD : policy.hold,
      waste: first ? 0 : policy.waste * forecast.mean,
      round: !first,
      ...(first || waits > 0 ? {} : { price: pricing(policy, forecast, 1, desired) }),
    };
    const controlled = control(memory, look);
    memory = controlled.memory;
    return controlled.desired;
  };
}

const DEMAND = { arrivals: "arrivals", backlog: "backlog" };

/** What the demand rule needs, in a world in which one task does one unit a second. */
const PLAIN: AutoscalingConfig = v.parse(AutoscalingConfig, { capacity: 1, learnCapacity: false });

function factsOf(view: View, { min, max }: Pick<WorldOptions, "min" | "max">): Facts {
  const now = view.minute * MINUTE_MS;
  const newest = view.arrivals.length - 1;
  const signal = (metric: string): Signal => {
    const value = (metric === DEMAND.backlog ? (view.backlog[newest] as number) * 60 : view.arrivals[newest]) as number;
    const points = [{ at: newest * MINUTE_MS, value }];
    const reading = { metric, unit: "", periodMs: MINUTE_MS, points, source: "" };
    return signalOf(metric, reading, now, Number.POSITIVE_INFINITY, MINUTE_MS);
  };
  const { desired, ready } = view;
  return { config: PLAIN, state: EMPTY, now, min, max, desired, ready, base: desired, signal, readyAt: () => ready };
}
