import type { Point } from "../kernel/reading.ts";
import { type DurationMs, HOUR_MS, MINUTE_MS, type Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import { worksOf } from "./needs.ts";
import type { Facts } from "./opinion.ts";
import { isInstant, type Signal, SKEW_MS } from "./signal.ts";
import { changedAt, changing } from "./state.ts";
import type { AutoscalingState, Learned } from "./types.ts";

/** What one task can do at 100 %, and how sure that is. */
export interface Capacity {
  /** Units of work per second of one task at 100 %. */
  readonly perTask: number;
  /** Unsaturated minutes that were seen; 0: the configuration says so. */
  readonly minutes: number;
  /** Middle half of what was seen, as a share of the median; 0 where nothing was seen. */
  readonly spread: number;
  /** Enough was seen and it agrees, or the configuration knows it and nothing speaks against it. */
  readonly confident: boolean;
}

/** Minutes that are remembered (an hour, as the factor of work per task in docs/autoscaling-predictive.md). */
const MOST_MINUTES = 60;
/** Fewer say nothing yet. */
export const ENOUGH_MINUTES = 10;
/** Middle half as a share of the median above which the minutes do not agree. A CPU that is measured with 5 % of noise has 0.07. */
const WIDE = 0.3;
/** A CPU that is fuller than this is as good as saturated: what arrives is more than what is done. */
const SATURATED = 97;
/** Less work than this, in tasks, drowns in what a task does while idle. */
const LEAST_WORK = 0.3;
/** No task becomes so many times as fast, or as slow, from one minute to the next. */
const JUMP = 10;
/** Where every minute of an hour is such a jump, it was none. */
const NEW_TRUTH_MS = HOUR_MS;

/** Before anything was seen: a container that is scheduled, pulled and healthy within a minute and a half. */
const START_DELAY_MS = 90_000;
const MOST_STARTS = 10;
/** From so many on the longest one counts as an accident. */
const MANY_STARTS = 5;
/** A start is seen at the first look after it: the half of a period that it is late on average, so that 70 s are not three minutes. */
const LATE_LOOK_MS = MINUTE_MS / 2;

interface Seen {
  readonly median: number;
  readonly spread: number;
}

const sorted = new WeakMap<readonly number[], Seen>();

/** Median and spread of what was seen; kept for as long as the list is the same. */
function seenOf(capacities: readonly number[]): Seen {
  const before = sorted.get(capacities);
  if (before) return before;
  const ascending = capacities.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (ascending.length - 1);
    const low = ascending[Math.floor(place)] as number;
    const high = ascending[Math.ceil(place)] as number;
    return low + (high - low) * (place - Math.floor(place));
  };
  const median = at(0.5);
  const seen = { median, spread: (at(0.75) - at(0.25)) / median };
  sorted.set(capacities, seen);
  return seen;
}

/**
 * What a task can do: the median of what was seen of ready tasks, once that is enough and agrees; before that what the configuration
 * says. Undefined where neither knows anything.
 */
export function capacityOf(
  config: Pick<AutoscalingConfig, "capacity" | "learnCapacity">,
  state: Pick<AutoscalingState, "learned">,
): Capacity | undefined {
  const { capacity } = config;
  const capacities = config.learnCapacity === false ? [] : (state.learned?.capacities ?? []);
  const minutes = capacities.length;
  if (minutes === 0)
    return capacity === undefined ? undefined : { perTask: capacity, minutes, spread: 0, confident: true };
  const { median, spread } = seenOf(capacities);
  if (!(median > 0) || !Number.isFinite(median))
    return capacity === undefined ? undefined : { perTask: capacity, minutes: 0, spread: 0, confident: true };
  const enough = minutes >= ENOUGH_MINUTES;
  const agrees = enough && spread <= WIDE;
  if (capacity !== undefined && !agrees) return { perTask: capacity, minutes, spread, confident: !enough };
  return { perTask: median, minutes, spread, confident: agrees };
}

/** From asking for a task to its being ready: as configured, else the longest of the newest starts (the second longest of many). */
export function startDelayOf(
  config: Pick<AutoscalingConfig, "startDelay">,
  state: Pick<AutoscalingState, "learned">,
): DurationMs {
  if (config.startDelay !== undefined) return config.startDelay;
  const starts = state.learned?.starts ?? [];
  if (starts.length === 0) return START_DELAY_MS;
  const descending = starts.toSorted((a, b) => b - a);
  const longest = descending[starts.length >= MANY_STARTS ? 1 : 0] as number;
  return longest > 0 && Number.isFinite(longest) ? longest : START_DELAY_MS;
}

/** The same in whole minutes, at least 1: the first minute that a decision of now can still change. */
export function leadMinutes(
  config: Pick<AutoscalingConfig, "startDelay">,
  state: Pick<AutoscalingState, "learned">,
): number {
  const late = config.startDelay === undefined && (state.learned?.starts?.length ?? 0) > 0 ? LATE_LOOK_MS : 0;
  return Math.max(1, Math.ceil((startDelayOf(config, state) - late) / MINUTE_MS));
}

/** One more start that was watched to its end. */
export function withStart(learned: Learned | undefined, tookMs: DurationMs): Learned | undefined {
  if (!(tookMs > 0) || tookMs > HOUR_MS) return learned;
  const starts = [...(learned?.starts ?? []), Math.round(tookMs)].slice(-MOST_STARTS);
  return { ...learned, starts };
}

/** What one task of the newest minutes did, added to what is known; the same object where nothing is new. */
export function learn(facts: Facts): Learned | undefined {
  const { config, state } = facts;
  const before = state.learned;
  if (config.learnCapacity !== true) return before;
  const policy = worksOf(config);
  if (!policy) return before;
  const [cpu, arrivals, ready] = [facts.signal("cpu"), facts.signal(policy.arrivals), facts.signal("ready")];
  if (!cpu.known || !arrivals.known) return before;
  const backlog = policy.backlog === null ? undefined : facts.signal(policy.backlog);
  let learned = before;
  for (const point of cpu.points.slice(0, cpu.end + 1)) {
    if (!point) continue;
    const { at, value } = point;
    if (!isInstant(at) || at > facts.now + SKEW_MS || at <= (learned?.at ?? -Infinity)) continue;
    // Work that waited was done in a minute in which less arrived.
    if (backlog && backlog.end >= 0 && valueAt(backlog, at) !== 0) continue;
    const tasks = valueAt(ready, at) ?? steadyReady(facts, ready, at);
    const rate = valueAt(arrivals, at);
    if (tasks === undefined || rate === undefined) continue;
    const sample = sampleOf(value, tasks, rate);
    if (sample !== undefined) learned = withSample(learned, sample, at);
  }
  return learned;
}

/** Value of the period that begins then; undefined where nobody measured it. */
export function valueAt(signal: Signal, at: Millis): number | undefined {
  for (let index = signal.end; index >= 0; index -= 1) {
    const point: Point | undefined = signal.points[index];
    if (point?.at === at) return point.value;
  }
  return undefined;
}

/** Where nobody measures `ready`: the count of now, if it has been the same since before that minute as far as we know. */
function steadyReady(facts: Facts, ready: Signal, at: Millis): number | undefined {
  const { state, desired } = facts;
  if (ready.end >= 0 || facts.ready !== desired || changing(state) || state.desired !== desired) return undefined;
  return at >= changedAt(state) ? facts.ready : undefined;
}

/** Whether there is enough work, at that CPU in percent of so many tasks, to tell what a task can do. */
export function teaches(cpu: number, tasks: number): boolean {
  return (cpu / 100) * tasks > LEAST_WORK;
}

/** Units per second of one task at 100 %; undefined where the minute says nothing about that. */
function sampleOf(cpu: number, tasks: number, rate: number): number | undefined {
  if (!(cpu > 0) || !(cpu < SATURATED) || !(tasks > 0) || !(rate > 0)) return undefined;
  if (!teaches(cpu, tasks)) return undefined;
  const sample = Number((rate / ((cpu / 100) * tasks)).toPrecision(4));
  return sample > 0 && Number.isFinite(sample) ? sample : undefined;
}

function withSample(learned: Learned | undefined, sample: number, at: Millis): Learned {
  const capacities = learned?.capacities ?? [];
  if (capacities.length > 0) {
    const ratio = sample / seenOf(capacities).median;
    if (!(ratio < JUMP && ratio > 1 / JUMP)) {
      const since = at - (learned?.at ?? at);
      // Another unit, or another machine: begun anew, instead of never believing it.
      return since > NEW_TRUTH_MS ? { ...learned, capacities: [sample], at } : (learned as Learned);
    }
  }
  return { ...learned, capacities: [...capacities, sample].slice(-MOST_MINUTES), at };
}
