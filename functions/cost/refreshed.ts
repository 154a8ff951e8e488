import type { Decimal } from "../../shared/core/cost/decimal.ts";

/** Something about the bills that a reader of the figures has to know: a sentence, and what it is about. */
export interface CollectNote {
  readonly kind: "overlap" | "replaced" | "limited" | "left_out";
  readonly source: string;
  readonly text: string;
}

/** What became of asking a source for what is new. */
export interface Refreshed {
  /** Paid requests. */
  readonly requests: number;
  /** What Athena has read for it, bytes, and what that costs, USD; absent: it was not asked. */
  readonly scanned?: { readonly bytes: number; readonly paid: Decimal };
  readonly notes: readonly CollectNote[];
  /** It could not be asked, or not for all. */
  readonly trouble?: { readonly status: "denied" | "unavailable"; readonly why: string };
}
