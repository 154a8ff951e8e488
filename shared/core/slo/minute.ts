import type { Minute, Operator, Reading, Sli } from "./types.ts";

/** More good (or bad) events than events in all, by more than this, is not rounding: two queries that do not belong together. */
export const TOLERANCE = 0.001;
/** Where there are no events at all, so much is noise of a floating point number. */
const NOISE = 1e-9;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const isCount = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** As PromQL's max and min: NaN only where there is nothing else. */
function worst(values: readonly number[], most: boolean): number {
  const real = values.filter((value) => !Number.isNaN(value));
  return real.reduce((a, b) => (most ? Math.max(a, b) : Math.min(a, b)), real[0] ?? Number.NaN);
}

const COMPARE: Readonly<Record<Operator, (value: number, bound: number) => boolean>> = {
  lt: (value, bound) => value < bound,
  lte: (value, bound) => value <= bound,
  gt: (value, bound) => value > bound,
  gte: (value, bound) => value >= bound,
};

/** What a minute's reading is worth. */
export interface Judged {
  readonly minute: Minute;
  /** A good event's series was there: from now on its absence means that all is bad. */
  readonly goodSeen: boolean;
}

/**
 * One minute of an SLI in (bad, total). Absent is not zero: without a total nothing is known, and so it is with good events that were never seen.
 * What cannot be (more good than all, negative, infinite, not a number) is invalid and in no sum.
 */
export function minuteOf(sli: Sli, reading: Reading | undefined, goodSeen: boolean): Judged {
  if (reading === undefined || sli.kind === "composite") return { minute: "unknown", goodSeen };
  if (sli.kind === "ratio") {
    return reading.kind === "ratio" ? ratioMinute(sli, reading, goodSeen) : { minute: "unknown", goodSeen };
  }
  if (reading.kind !== "value" || reading.values.length === 0) return { minute: "unknown", goodSeen };
  if (sli.kind === "share") return { minute: shareMinute(sli.count, reading.values), goodSeen };
  const { op, value: bound } = sli.bound;
  const value = worst(reading.values, op === "lt" || op === "lte");
  if (!Number.isFinite(value)) return { minute: "invalid", goodSeen };
  return { minute: { bad: COMPARE[op](value, bound) ? 0 : 1, total: 1 }, goodSeen };
}

function ratioMinute(
  sli: Extract<Sli, { kind: "ratio" }>,
  reading: Extract<Reading, { kind: "ratio" }>,
  goodSeen: boolean,
): Judged {
  if (reading.total.length === 0) return { minute: "unknown", goodSeen };
  const times = sli.source === "promql" && sli.per === "second" ? 60 : 1;
  const total = sum(reading.total) * times;
  const hasPart = reading.part.length > 0;
  const seen = goodSeen || (sli.count === "good" && hasPart);
  if (!isCount(total)) return { minute: "invalid", goodSeen: seen };
  if (!hasPart) {
    if (sli.count === "bad" || total === 0) return { minute: { bad: 0, total }, goodSeen: seen };
    return { minute: seen ? { bad: total, total } : "unknown", goodSeen: seen };
  }
  const part = sum(reading.part) * times;
  if (!isCount(part) || part > total * (1 + TOLERANCE) + NOISE) return { minute: "invalid", goodSeen: seen };
  const bad = sli.count === "bad" ? Math.min(part, total) : Math.max(total - part, 0);
  return { minute: { bad, total }, goodSeen: seen };
}

function shareMinute(count: "bad" | "good", values: readonly number[]): Minute {
  const share = worst(values, count === "bad");
  if (!(share >= -TOLERANCE && share <= 1 + TOLERANCE)) return "invalid";
  const within = Math.min(Math.max(share, 0), 1);
  return { bad: count === "bad" ? within : 1 - within, total: 1 };
}

/**
 * A minute of an objective that is made of others: the weighed mean of their bad shares, over those that had events in this minute; one event.
 * None where some are known and none had any (the minutes within a slice); unknown where none is known.
 */
export function compositeMinute(parts: readonly { readonly weight: number; readonly minute: Minute }[]): Minute {
  let bad = 0;
  let weights = 0;
  let isKnown = false;
  for (const { weight, minute } of parts) {
    if (typeof minute === "string") continue;
    isKnown = true;
    if (minute.total <= 0) continue;
    bad += (minute.bad / minute.total) * weight;
    weights += weight;
  }
  if (weights > 0) return { bad: bad / weights, total: 1 };
  return isKnown ? { bad: 0, total: 0 } : "unknown";
}
