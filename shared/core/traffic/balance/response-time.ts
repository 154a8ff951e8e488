import type { Millis } from "../../kernel/time.ts";
import type { Field } from "./field.ts";

/** Below this a response time says nothing: the least that is told apart, in ms. */
const LEAST_MS = 0.001;

/** So many response times the median of all weighs as much as, while a host's own are few. */
const PRIOR = 3;

/** What each host's response time is taken to be now. */
export interface Estimates {
  /** Prepares for the picks of an instant. */
  at(now: Millis): void;
  /** In ms, > 0. */
  of(i: number): number;
  /** NaN: no host's response time is known. */
  medianMs(): number;
  /** Members or weights changed. */
  renew(): void;
}

/**
 * The peak EWMA of each host, which fades towards the median of all as it gets old: a slow host that gets nothing is tried again, and
 * one that was never seen is taken for a middling one instead of the fastest. One that was seen a few times is taken for something
 * between: the luckiest first answer of a thousand hosts is a thousandth of the mean, and would draw everything. Nothing known of
 * anybody: all are alike.
 */
export function estimatesOf(field: Field): Estimates {
  const { loads, members } = field;
  const sorted = new Float64Array(members.length);
  let median = Number.NaN;
  let seen = -1;
  let known = 0;
  /** The instant of the pick: in an array, because a float in a closure is boxed. */
  const now = new Float64Array(1);

  /** Of the known ones; while they are few at each change, later at each sixteenth of their number. */
  const refresh = () => {
    seen = loads.version;
    known = 0;
    for (let place = 0; place < field.count; place += 1) {
      const ms = loads.ewmaMs[members[place] as number] as number;
      if (!Number.isNaN(ms)) sorted[known++] = ms;
    }
    if (known === 0) {
      median = Number.NaN;
      return;
    }
    const part = sorted.subarray(0, known).sort();
    const half = known >> 1;
    median = known % 2 === 1 ? (part[half] as number) : ((part[half - 1] as number) + (part[half] as number)) / 2;
  };
  return {
    at(instant) {
      now[0] = instant;
      if (seen < 0 || loads.version - seen > known >> 4) refresh();
    },
    of(i) {
      const ms = loads.ewmaMs[i] as number;
      if (Number.isNaN(ms)) return Number.isNaN(median) ? 1 : Math.max(median, LEAST_MS);
      if (Number.isNaN(median)) return Math.max(ms, LEAST_MS);
      const age = ((now[0] as number) - (loads.ewmaAt[i] as number)) / loads.decayMs;
      // What is fresh needs no exponential.
      let estimate = age > 0.01 ? median + (ms - median) * Math.exp(-age) : ms;
      // Slow is believed at once (peak); fast is luck until it has been seen more often. Without a sample of its own others told it.
      const kept = loads.kept[i] as number;
      if (estimate < median && kept > 0 && kept < loads.settledAt)
        estimate = (kept * estimate + PRIOR * median) / (kept + PRIOR);
      return estimate > LEAST_MS ? estimate : LEAST_MS;
    },
    medianMs: () => median,
    renew() {
      seen = -1;
    },
  };
}
