import type { Millis } from "./time.ts";

/** States of a Flink job (org.apache.flink.api.common.JobStatus). */
export type JobState =
  | "INITIALIZING"
  | "CREATED"
  | "RUNNING"
  | "FAILING"
  | "FAILED"
  | "CANCELLING"
  | "CANCELED"
  | "FINISHED"
  | "RESTARTING"
  | "SUSPENDED"
  | "RECONCILING";

export type SavepointStatus =
  | { readonly status: "in_progress" }
  | { readonly status: "completed"; readonly path: string }
  /** Flink answers COMPLETED with a failure-cause here: it is a failure. */
  | { readonly status: "failed"; readonly why: string }
  | { readonly status: "unknown" };

/** One vertex of a running job. What cannot be read is absent, never 0. */
export interface JobVertex {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Vertices it reads from, and how records are shipped ("HASH", "FORWARD", "REBALANCE" …). */
  readonly inputs: readonly { readonly id: string; readonly ship: string }[];
  /** Accumulated since its tasks began, over all subtasks. Absent where Flink says `complete: false`. */
  readonly recordsIn?: number;
  readonly recordsOut?: number;
  /** Per second, over all subtasks. */
  readonly inPerSecond?: number;
  readonly outPerSecond?: number;
  /** ms per second. NaN of a legacy source is absent. */
  readonly busyMax?: number;
  readonly busyMean?: number;
  readonly backPressuredMax?: number;
  /** Sources: records that wait, and partitions that are read. */
  readonly pendingRecords?: number;
  readonly partitions?: number;
}

/** A job as its cluster tells of it at one instant, for whoever scales it. */
export interface JobScaling {
  readonly at: Millis;
  readonly jobId: string;
  readonly name: string;
  readonly state: JobState;
  /** When its tasks began last. */
  readonly startedAt?: Millis;
  readonly allRunning: boolean;
  /** In topological order. */
  readonly vertices: readonly JobVertex[];
  readonly slots?: { readonly total: number; readonly free: number };
  /** Worst task manager: share of its time in garbage collection, share of its heap in use. 0..1 */
  readonly gcShare?: number;
  readonly heapShare?: number;
  readonly checkpoints?: {
    readonly completed: number;
    readonly failed: number;
    readonly lastCompletedAt?: Millis;
    /** External path of the last completed checkpoint, and of the last completed savepoint. */
    readonly lastPath?: string;
    readonly savepointPath?: string;
  };
  readonly restarts?: number;
  /** Whether resource requirements can be put (adaptive scheduler). Absent: not known. */
  readonly adaptive?: boolean;
  /**
   * Asked for them, the cluster knew no resource requirements of this job (400, 404, 405), and told the rest of it: a version without them, or a
   * job manager on its way up.
   */
  readonly noRequirements?: true;
  /** Upper bounds that are asked for now, by vertex. */
  readonly asked?: { readonly [vertex: string]: number };
}
