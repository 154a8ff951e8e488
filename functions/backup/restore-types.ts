import type { PointParts } from "../../shared/core/backup/restore/types.ts";
import type { Offset } from "../../shared/core/kernel/streams.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { Registry } from "../../shared/edge/schema-registry.ts";
import type { JobWorld } from "./restore-jobs.ts";

/** A restore point that is open: what it says, and its records. */
export interface RestoreSource {
  readonly parts: PointParts;
  /** Whole uncompressed batches of committed records in order that hold all of [from, to); the first and the last may reach out of it. */
  readonly read: (
    topic: string,
    partition: number,
    range: { readonly from: Offset; readonly to: Offset },
  ) => AsyncIterable<Uint8Array>;
}

export interface RestoreContext {
  readonly streams: Streams;
  /** Instead of the cluster's own: holes of several partitions together. */
  readonly skip?: Streams["skip"];
  readonly source: RestoreSource;
  readonly now: () => Millis;
  /** Real milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Where schemas are registered; absent: nowhere. */
  readonly registry?: Registry;
  /** Where jobs are started; absent: nowhere. */
  readonly jobs?: JobWorld;
}

export interface RestoreLimits {
  /** Instant of `now` at which no new work is begun. */
  readonly deadline?: Millis;
  readonly signal?: AbortSignal;
  /** Partitions side by side. Default 8. */
  readonly parallel?: number;
}

/** Of all partitions of a restore so far, this call. */
export interface RestoreProgress {
  readonly phase: "topics" | "records" | "groups" | "settings" | "check";
  readonly records: number;
  readonly bytes: number;
  /** What the plan had at the beginning of this call. */
  readonly ofRecords: number;
  readonly ofBytes: number;
  readonly at: Millis;
}

/** How far one partition came, all calls together. */
export interface PartitionDone {
  readonly topic: string;
  readonly target: string;
  readonly partition: number;
  readonly status: "done" | "more" | "failed";
  /** Why it stopped: a whole sentence. */
  readonly why?: string;
  /** Everything of the source before it is there. */
  readonly next: Offset;
  /** Where the target's log ended when it was left. */
  readonly end: Offset;
  /** Of this call. */
  readonly records: number;
  readonly bytes: number;
  readonly padded: number;
  readonly markers: number;
  /** Translated: positions of groups that were asked for, old and new. */
  readonly positions: readonly (readonly [Offset, Offset])[];
}
