import type { JobState } from "../../kernel/jobs.ts";

/** A job as the cluster lists it. */
export interface ListedJob {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
}

/** What is known of one job beyond that; absent is unknown, never zero. Counters are of its present run. */
export interface JobDetails {
  readonly allRunning: boolean;
  readonly restarts?: number;
  readonly completed?: number;
  readonly failed?: number;
  /** Newest completed checkpoint, and newest savepoint. */
  readonly checkpoint?: string;
  readonly savepoint?: string;
  readonly restoredFrom?: string;
  /** Records into its sinks. */
  readonly out?: number;
  /** Records that wait in front of its sources. */
  readonly lag?: number;
  readonly failure?: string;
}

/** How the savepoint of a trigger is. */
export type SavepointLook =
  | { readonly status: "in_progress" }
  | { readonly status: "completed"; readonly path: string }
  | { readonly status: "failed"; readonly why: string }
  /** The cluster knows of no such trigger (any more). */
  | { readonly status: "unknown" };

const ENDED: ReadonlySet<JobState> = new Set(["FAILED", "CANCELED", "FINISHED"]);

/** A job that has not ended. */
export interface LivingJob extends ListedJob {
  readonly state: Exclude<JobState, "FAILED" | "CANCELED" | "FINISHED">;
}

/** Whether a job may still write: everything that has not ended, suspended ones too, which are recovered. */
export const alive = (job: ListedJob | undefined): job is LivingJob => job !== undefined && !ENDED.has(job.state);

/** "orders" is that name, "orders*" everything that begins so. */
export const bears = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
