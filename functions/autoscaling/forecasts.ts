import { factorAt } from "../../shared/core/autoscaling/forecast/events.ts";
import { expected } from "../../shared/core/autoscaling/forecast/expected.ts";
import { forecaster, MOST_HORIZON, push } from "../../shared/core/autoscaling/forecast/forecaster.ts";
import type { PredictivePolicy } from "../../shared/core/autoscaling/forecast/predictive.ts";
import type { Forecast } from "../../shared/core/autoscaling/forecast/types.ts";
import { capacityOf, leadMinutes } from "../../shared/core/autoscaling/learned.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import type { Point, Reading } from "../../shared/core/kernel/reading.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { SampleQuery } from "../../shared/core/ports/samples.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { delayOf, lateness, noteLook } from "./forecast-late.ts";
import { type ForecastKey, hold, type Learnt, loadLearnt, saveLearnt } from "./forecast-store.ts";
import type { Readings, Target } from "./observe.ts";

/** CloudWatch keeps points of one minute for 15 days. */
const HISTORY_MS = 14 * DAY_MS;
/** A Prometheus answers at most 11,000 points of one series at once. */
const PAGE_MS = 7 * DAY_MS;
/** What was learned and not followed for longer is learned anew. */
const MOST_GAP_MS = DAY_MS;
const SAVE_EVERY_MS = HOUR_MS;
/** Where nobody knows what a task can do: so many of them are taken to do the mean of the load. Only the scale of numbers depends on it. */
const MEAN_TASKS = 8;
/** A service without any history is not asked for all of it again at each look. */
const NOTHING_MS = 10 * MINUTE_MS;

const nothing = new WeakMap<Runtime, Map<string, Millis>>();

/** The policies of a target that need a forecast, with their index. */
export function forecasting(target: Target): readonly (readonly [policy: PredictivePolicy, index: number])[] {
  return target.config.policies.flatMap((policy, index) => (policy.type === "predictive" ? [[policy, index]] : []));
}

/**
 * What each `predictive` policy of a service expects, by its index: what was learned before, with the minutes since folded in, and kept again once
 * an hour. Learned from up to two weeks of recorded minutes where nothing was. Whatever fails is logged and leaves the policy without a forecast (then
 * demand decides): never throws.
 *
 * @param readings what was read for the decision: minutes that are in it are not asked for again
 */
export async function forecastsOf(
  runtime: Runtime,
  tenant: string,
  target: Target,
  readings: Readings = {},
): Promise<{ readonly [policy: string]: Forecast }> {
  const all: { [policy: string]: Forecast } = {};
  for (const [policy, index] of forecasting(target)) {
    const key = { tenant, service: target.name, policy: index };
    try {
      const { arrivals, events } = policy;
      const reading = Object.hasOwn(readings, arrivals) ? readings[arrivals] : undefined;
      const learnt = await current(runtime, key, target, policy, reading);
      const forecast = learnt && expected(learnt.model, { ...learnt, events });
      if (forecast) all[String(index)] = forecast;
      if (learnt) await save(runtime, key, learnt);
    } catch (error) {
      runtime.telemetry.log("warn", "no forecast; demand decides", { ...key, error: told(error) });
      runtime.telemetry.count("headgate_forecast_failures_total", {});
    }
  }
  return all;
}

/** Once an hour. What cannot be kept is learned anew by the next process, and is no reason to do without it now. */
async function save(runtime: Runtime, key: ForecastKey, learnt: Learnt): Promise<void> {
  if (runtime.now() - learnt.savedAt < SAVE_EVERY_MS) return;
  try {
    await saveLearnt(runtime, key, learnt);
  } catch (error) {
    runtime.telemetry.log("warn", "what a forecast has learned could not be kept", { ...key, error: told(error) });
  }
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What is learned, up to the newest minute that is known. Undefined: nothing has ever been measured. */
export async function current(
  runtime: Runtime,
  key: ForecastKey,
  target: Target,
  policy: PredictivePolicy,
  reading?: Reading,
): Promise<Learnt | undefined> {
  const now = runtime.now();
  const before = await loadLearnt(runtime, key);
  const fits =
    before !== undefined &&
    before.metric === policy.arrivals &&
    before.model.kind === policy.forecaster &&
    now - before.knownAt <= MOST_GAP_MS;
  if (fits) {
    const since = before.knownAt + MINUTE_MS;
    const points = covered(reading, since) ?? (await measured(runtime, target, policy.arrivals, since, now));
    fold(before, policy, points, now);
    // Once an hour, before it is kept: whether starts or metrics have become slower or faster.
    if (now - before.savedAt < SAVE_EVERY_MS) return before;
    if (horizonFor(target, await stateOf(runtime, key), delayOf(before.late)) === before.model.horizon) return before;
  }
  return learnAll(runtime, key, target, policy, before);
}

/** From recorded minutes alone. */
async function learnAll(
  runtime: Runtime,
  key: ForecastKey,
  target: Target,
  policy: PredictivePolicy,
  before: Learnt | undefined,
): Promise<Learnt | undefined> {
  const now = runtime.now();
  const name = `${key.tenant}/${key.service}/${key.policy}/${policy.arrivals}`;
  const empty = nothing.get(runtime) ?? new Map<string, Millis>();
  nothing.set(runtime, empty);
  const lookedAt = empty.get(name) ?? -Infinity;
  if (now >= lookedAt && now - lookedAt < NOTHING_MS) return undefined;
  const points = await measured(runtime, target, policy.arrivals, now - HISTORY_MS, now);
  const [first, newest] = [points[0], points.at(-1)];
  if (!first || !newest) {
    empty.set(name, now);
    return undefined;
  }
  const same = before?.metric === policy.arrivals ? before : undefined;
  const late = lateness(same?.late.delays, same?.late.looks);
  const judged = lateness(late.delays, late.looks);
  noteLook(judged, newest.at, now);
  const state = await stateOf(runtime, key);
  const learnt: Learnt = {
    model: forecaster(policy.forecaster, horizonFor(target, state, delayOf(judged))),
    metric: policy.arrivals,
    perTask: same?.perTask ?? perTaskOf(target, state, points),
    knownAt: Math.floor(first.at / MINUTE_MS) * MINUTE_MS - MINUTE_MS,
    savedAt: -Infinity,
    late,
  };
  fold(learnt, policy, points, now);
  hold(runtime, key, learnt);
  return learnt;
}

async function stateOf(runtime: Runtime, { tenant, service }: ForecastKey): Promise<Pick<AutoscalingState, "learned">> {
  const stored = await runtime.store.load({ tenant, noun: "autoscaling", subject: service });
  return (stored?.state as Pick<AutoscalingState, "learned"> | undefined) ?? {};
}

/** Minutes from the newest that is known to the first that a decision of now can change; `delay` is how late the metric comes. */
function horizonFor(target: Target, state: Pick<AutoscalingState, "learned">, delay: number): number {
  return Math.min(MOST_HORIZON, leadMinutes(target.config, state) + 1 + delay);
}

function perTaskOf(target: Target, state: Pick<AutoscalingState, "learned">, points: readonly Point[]): number {
  const known = target.config.capacity ?? capacityOf(target.config, state)?.perTask;
  if (known !== undefined) return known;
  const mean = points.reduce((sum, { value }) => sum + Math.max(0, value), 0) / points.length;
  return mean > 0 ? mean / MEAN_TASKS : 1;
}

/** The points of what was read, where it has every minute from `since` on: each that is known stands between its oldest point and now. */
function covered(reading: Reading | undefined, since: Millis): readonly Point[] | undefined {
  const oldest = reading?.points[0];
  return reading?.periodMs === MINUTE_MS && oldest && oldest.at <= since ? reading.points : undefined;
}

/** One-minute points of the metric from `from` until now, in pages; a page that failed is an error. */
async function measured(
  runtime: Runtime,
  target: Target,
  metric: string,
  from: Millis,
  now: Millis,
): Promise<readonly Point[]> {
  const to = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const queries: SampleQuery[] = [];
  for (let start = Math.floor(from / MINUTE_MS) * MINUTE_MS; start < to; start += PAGE_MS) {
    const id = `${target.name}/${metric}/forecast/${queries.length}`;
    const page = { from: start, to: Math.min(to, start + PAGE_MS) };
    queries.push({ id, service: target.ref, metric, stat: "avg", periodMs: MINUTE_MS, ...page });
  }
  if (queries.length === 0) return [];
  const answers = new Map((await runtime.samples.read(queries)).map((answer) => [answer.id, answer]));
  return queries.flatMap(({ id }) => {
    const answer = answers.get(id);
    if (!answer || answer.status === "failed") throw new Error(answer?.detail ?? `${metric} could not be read`);
    return answer.points;
  });
}

/** Takes in every minute after the newest known one. One that is missing while a later one is there is unknown. */
function fold(learnt: Learnt, { events }: PredictivePolicy, points: readonly Point[], now: Millis): void {
  const { model, perTask } = learnt;
  for (const { at, value } of points) {
    const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    if (minute <= learnt.knownAt || minute + MINUTE_MS > now || !(value >= 0)) continue;
    while (learnt.knownAt + MINUTE_MS < minute) {
      push(model, Number.NaN);
      learnt.knownAt += MINUTE_MS;
    }
    push(model, value / perTask, factorAt(events, minute));
    learnt.knownAt = minute;
  }
  noteLook(learnt.late, learnt.knownAt, now);
}
