import type { Offset } from "../../kernel/streams.ts";
import type { ChunkRef, Gap } from "../format/types.ts";

/** A stretch of one partition that has to be read: [from, to). */
export interface Stretch {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly from: Offset;
  readonly to: Offset;
}

/** What one worker reads: `work/<plan>/<id>/units.json` is a list of these, so a message names one by its number. */
export interface Unit {
  readonly unit: number;
  readonly stretches: readonly Stretch[];
}

/** An object a worker wrote, and where it could be written. */
export interface WrittenObject {
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  /** Destinations that have it. At least one. */
  readonly at: readonly string[];
}

/** How far one stretch came. */
export interface StretchDone {
  readonly topic: string;
  readonly partition: number;
  /** Everything before it was read; equal to the stretch's `to` when whole. */
  readonly next: Offset;
  /** `object` counts into the `objects` of the same receipt. */
  readonly chunks: readonly ChunkRef[];
  readonly droppedRecords: number;
  readonly gaps: readonly Gap[];
}

/**
 * `work/<plan>/<id>/receipts/<unit>-<part>.json`, written only if absent: what counts of a unit is what its receipts say, in order of `part`. A worker that reaches its
 * deadline leaves one with `rest`, and who goes on writes the next.
 */
export interface Receipt {
  readonly v: 1;
  readonly unit: number;
  readonly part: number;
  /** Hash of the receipt of the part before, which this one goes on from; absent: the first, or nobody minds. */
  readonly after?: string;
  readonly objects: readonly WrittenObject[];
  readonly stretches: readonly StretchDone[];
  /** What is left; empty: the unit is whole. */
  readonly rest: readonly Stretch[];
}
