import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";

/** How late a metric comes, in whole minutes. */
export interface Lateness {
  /** Of each of the newest hours, oldest first. */
  readonly delays: readonly number[];
  /** How many looks since then found it so many minutes late. Not kept: another process begins anew. */
  readonly looks: number[];
}

/** Metrics that are later than this are away, not late. */
const MOST_LATE = 10;
/** Of the looks of an hour that are no later than its delay: ten minutes without the metric are fewer than the rest. */
const SHARE = 0.75;
/** Fewer looks may all lie in one outage. */
const FEWEST_LOOKS = 8;
/** A day of hours, as nights and days may differ. */
const HOURS = 24;

/** One of its own, of hours that are known and looks that were noted; without any at the beginning. */
export const lateness = (delays: readonly number[] = [], looks?: readonly number[]): Lateness => ({
  delays: [...delays],
  looks: looks ? [...looks] : Array.from({ length: MOST_LATE + 1 }, () => 0),
});

/** Notes one look at `now`; `knownAt` is the start of the newest minute. 0 where it has just ended. */
export function noteLook({ looks }: Lateness, knownAt: Millis, now: Millis): void {
  const late = Math.floor((now - knownAt) / MINUTE_MS) - 1;
  if (late > MOST_LATE) return;
  const minutes = Math.max(0, late);
  looks[minutes] = (looks[minutes] as number) + 1;
}

/** What most looks did not exceed; undefined with fewer than `fewest`. */
function usual(looks: readonly number[], fewest: number): number | undefined {
  const all = looks.reduce((sum, count) => sum + count, 0);
  if (all === 0 || all < fewest) return undefined;
  let seen = 0;
  return looks.findIndex((count) => {
    seen += count;
    return seen >= SHARE * all;
  });
}

/** The slowest of the hours, with the running one once it has been looked at often enough; before any hour is known, of whatever looks there were. */
export function delayOf({ delays, looks }: Lateness): number {
  const running = usual(looks, delays.length === 0 ? 1 : FEWEST_LOOKS);
  return Math.max(0, running ?? 0, ...delays);
}

/** The same with the running hour ended. One with too few looks says nothing. */
export function hourEnded({ delays, looks }: Lateness): Lateness {
  const ended = usual(looks, FEWEST_LOOKS);
  return lateness(ended === undefined ? delays : [...delays.slice(1 - HOURS), ended]);
}
