import { DAY_MS, type DurationMs, MINUTE_MS, type Millis, SECOND_MS } from "../../kernel/time.ts";
import type { Facts } from "../opinion.ts";
import type { Totals } from "./partitions.ts";
import { following, watched } from "./still.ts";
import type { GroupSeen, LagMemory } from "./types.ts";

/** Looks whose rates of arrival are remembered. */
const RATES = 5;
/** Measured while behind; half of them must be wrong before the median is. */
const SPEEDS = 9;
const LEASTS = 5;
/** By so much what is read exceeds a speed that was learned when the two are not taken for the same: commits come in steps. */
const FASTER = 1.2;
/** What was learned longer ago may be another version of the service: it is tried anew, see `trial` of catch-up. */
const OLD_MS = 7 * DAY_MS;
/** After a longer pause a difference says nothing of now. */
const LONGEST_MS = 10 * MINUTE_MS;
/** Work of so many seconds waits where a group is behind; less of it may just not be committed yet (clients commit every 5 s). */
const BEHIND_S = 30;

/** Median of some numbers; undefined where there are none. */
export function median(values: readonly number[] | undefined): number | undefined {
  if (!values || values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * Records per second that arrive now: the (lower) median of the newest looks, or more where two looks in a row saw more. One burst moves nothing; what is left of it is in the lag.
 */
export function arrivalsOf(rates: readonly number[]): number | undefined {
  if (rates.length === 0) return undefined;
  const sorted = rates.toSorted((a, b) => a - b);
  return Math.max(sorted[(sorted.length - 1) >> 1] as number, Math.min(...rates.slice(-2)));
}

/** Whether nothing was learned, or too long ago. */
export const isOld = (learnedAt: Millis | undefined, now: Millis): boolean =>
  learnedAt === undefined || now - learnedAt > OLD_MS;

/** Whether more waits than consumers may just not have committed yet. */
export function isBehind(lag: number, arrivals: number | undefined): boolean {
  return lag > 0 && lag >= BEHIND_S * (arrivals ?? 0);
}

/** What the difference between two looks leaves: the base of the next one, rates, and what was learned. */
type Measured = Pick<
  LagMemory,
  "at" | "topics" | "lag" | "consumers" | "rates" | "speeds" | "learnedAt" | "leasts" | "still"
>;

/** Consumers whose work can be told from the difference to the next look; undefined: something is changing. */
function steadyConsumers(facts: Facts, calm: boolean): number | undefined {
  const { desired, ready, state } = facts;
  return calm && ready > 0 && ready === desired && state.watch === undefined ? ready : undefined;
}

/**
 * Takes in one look. A look that does not know every partition, or that comes too soon after the last one, changes nothing: the next one counts over the longer time.
 * `calm`: the group is not handing partitions out.
 */
export function measure(
  facts: Facts,
  seen: GroupSeen,
  totals: Totals,
  calm: boolean,
  before: LagMemory | undefined,
): Measured {
  const rates = before?.rates ?? [];
  const consumers = steadyConsumers(facts, calm);
  const carried = carry(before, consumers);
  if (totals.unknown > 0) return { ...carried, rates };
  const base = {
    at: seen.at,
    topics: totals.topics,
    lag: totals.lag,
    ...(consumers === undefined ? {} : { consumers }),
  };
  const still = watched(totals, seen.at, facts.ready > 0, before?.still);
  const fresh = { ...learnt(before), ...base, ...(still ? { still } : {}) };
  if (before?.at === undefined || !before.topics) return { ...fresh, rates };
  const elapsed = seen.at - before.at;
  // A clock that went back, or a pause: begun anew.
  if (elapsed < 0 || (elapsed > LONGEST_MS && !quiet(before))) return { ...fresh, rates: [] };
  if (elapsed < facts.config.period / 6) return { ...carried, rates };
  const moved = difference(before.topics, totals.topics);
  // Another set of partitions, or logs that were made anew.
  if (!moved) return { ...fresh, rates };
  if (moved.ends === 0 && quiet(before) && before.lag === totals.lag && moved.positions === 0)
    return { ...carried, rates };
  const seconds = elapsedSeconds(elapsed, before, facts.config.period);
  const next = [...rates, moved.ends / seconds].slice(-RATES);
  const learned = learn(before, { ...moved, seconds, at: seen.at }, totals, consumers, arrivalsOf(next));
  return { ...fresh, ...learned, rates: next };
}

/** Nothing has arrived for as long as is remembered; then looks that see nothing are not written down. */
const quiet = ({ rates }: LagMemory): boolean => rates.length > 0 && rates.every((rate) => rate === 0);

/** After a silence the newest look that saw nothing was one period ago, whatever is written down. */
function elapsedSeconds(elapsed: DurationMs, before: LagMemory, period: DurationMs): number {
  return (quiet(before) ? Math.min(elapsed, period) : elapsed) / SECOND_MS;
}

type Keeps = Omit<Measured, "rates">;

function carry(before: LagMemory | undefined, ready: number | undefined): Keeps {
  if (!before) return {};
  const { at, topics, lag, still } = before;
  const consumers = before.consumers === ready ? ready : undefined;
  return {
    ...learnt(before),
    ...(at === undefined ? {} : { at }),
    ...(topics ? { topics } : {}),
    ...(lag === undefined ? {} : { lag }),
    ...(consumers === undefined ? {} : { consumers }),
    ...(still ? { still } : {}),
  };
}

function learnt(before: LagMemory | undefined): Pick<LagMemory, "speeds" | "learnedAt" | "leasts"> {
  if (!before) return {};
  const { speeds, learnedAt, leasts } = before;
  return {
    ...(speeds ? { speeds } : {}),
    ...(learnedAt === undefined ? {} : { learnedAt }),
    ...(leasts ? { leasts } : {}),
  };
}

type Sums = NonNullable<LagMemory["topics"]>;

/** Undefined where the two do not speak of the same partitions, or something went back. */
function difference(before: Sums, now: Sums): { readonly ends: number; readonly positions: number } | undefined {
  let [ends, positions] = [0, 0];
  const names = Object.keys(now);
  if (names.length !== Object.keys(before).length) return undefined;
  for (const topic of names) {
    const a = Object.hasOwn(before, topic) ? before[topic] : undefined;
    const b = now[topic] as Sums[string];
    if (!a || a[0] !== b[0] || b[1] < a[1] || b[2] < a[2]) return undefined;
    ends += b[1] - a[1];
    positions += b[2] - a[2];
  }
  return { ends, positions };
}

/**
 * What one consumer can do. Where every consumer had something to do all the time, it is what all did over their number. Where only some had, that is
 * the least that one can do, or what the fastest of their partitions tells where that is more.
 */
function learn(
  before: LagMemory,
  interval: { readonly positions: number; readonly seconds: number; readonly at: number },
  totals: Totals,
  consumers: number | undefined,
  arrivals: number | undefined,
): Pick<LagMemory, "speeds" | "learnedAt" | "leasts"> {
  const done = interval.positions / interval.seconds;
  if (consumers === undefined || consumers !== before.consumers || done <= 0) return {};
  const { partitions, lagging } = totals;
  const working = Math.min(consumers, partitions);
  if (!isBehind(before.lag ?? 0, arrivals) || !isBehind(totals.lag, arrivals)) {
    // Nobody does more than he can, whether behind or not.
    const more = done / working > FASTER * (median(before.speeds) ?? Infinity);
    return more ? { speeds: [...(before.speeds ?? []), done / working].slice(-SPEEDS), learnedAt: interval.at } : {};
  }
  const share = (BEHIND_S * (arrivals ?? 0)) / partitions / 2;
  const busy = lagging.reduce((count, { lag }) => count + (lag >= share ? 1 : 0), 0);
  // So many of the partitions wait that no consumer can be without one, however they are handed out.
  if (busy > partitions - Math.floor(partitions / working)) {
    const speeds = isOld(before.learnedAt, interval.at) ? [] : (before.speeds ?? []);
    return { speeds: [...speeds, done / working].slice(-SPEEDS), learnedAt: interval.at };
  }
  let fastest = done / working;
  const lastOf = following(before.still);
  for (const one of lagging) {
    const last = lastOf(one);
    if (last) fastest = Math.max(fastest, (one.committed - last[1]) / interval.seconds);
  }
  return { leasts: [...(before.leasts ?? []), fastest].slice(-LEASTS), learnedAt: interval.at };
}
