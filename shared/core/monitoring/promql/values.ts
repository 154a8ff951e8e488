import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";

/** One element of an instant vector. `value` may be NaN or infinite. */
export interface VectorSample {
  readonly labels: Labels;
  readonly value: number;
}

/** One series of a range query: ascending by time; steps without a value are left out. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly points: readonly { readonly at: Millis; readonly value: number }[];
}
