import type { FlinkPart } from "../../../shared/core/backup/format/types.ts";
import type { Millis } from "../../../shared/core/kernel/time.ts";
import type { CopyProgress } from "./copy-tree.ts";

export type FlinkJobPart = FlinkPart["jobs"][number];

/** One job on its way into a restore point. */
export interface JobProgress {
  readonly id: string;
  readonly name: string;
  readonly phase: "asked" | "taken" | "copied" | "failed";
  /** When its savepoint was asked for. */
  readonly askedAt: Millis;
  /** Where Flink wrote it. */
  readonly path?: string;
  readonly why?: string;
  readonly copy?: CopyProgress;
}

/** Small: goes into the state of a run. What a job is stands in a note. */
export interface FlinkProgress {
  readonly begunAt: Millis;
  readonly polls: number;
  readonly version?: string;
  /** No savepoint is waited for: the cut may be taken, and then they are copied. */
  readonly ready?: true;
  /** Savepoints of this point are below it. */
  readonly folder?: string;
  readonly jobs: readonly JobProgress[];
  readonly warnings: readonly string[];
}

export const jobNote = (id: string): string => `flink-${id}`;
