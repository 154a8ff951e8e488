import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";

export interface Matcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  /** For `=~` and `!~` an RE2 expression, matched against the whole value. */
  readonly value: string;
}

/**
 * Samples of one series in a stretch of time, ascending, one per instant. Typed arrays, because a range query over a wide window
 * reads millions. `values` may hold the staleness marker, see {@link isStale}.
 */
export interface SeriesData {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Where the evaluator reads. */
export interface SeriesSource {
  /** Series that match all, each with its samples in [from, to]; a series without any there may be left out. */
  select(matchers: readonly Matcher[], from: Millis, to: Millis): readonly SeriesData[];
}

/**
 * The value that says "this series has ended here" (Prometheus, model/value: 0x7ff0000000000002). A NaN with a payload of its own:
 * it keeps its bits in a Float64Array, but not in arithmetic, and not necessarily as a plain number.
 */
export const STALE_BITS = 0x7ff0000000000002n;

/** Writes the staleness marker into a Float64Array. */
export function markStale(values: Float64Array, index: number): void {
  new DataView(values.buffer, values.byteOffset).setBigUint64(index * 8, STALE_BITS, true);
}

/** Whether the sample is the staleness marker, and not any other NaN. */
export function isStale(values: Float64Array, index: number): boolean {
  const value = values[index];
  if (value === undefined || !Number.isNaN(value)) return false;
  return new DataView(values.buffer, values.byteOffset).getBigUint64(index * 8, true) === STALE_BITS;
}
