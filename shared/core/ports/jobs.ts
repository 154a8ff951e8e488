import type { JobScaling, JobState, SavepointStatus } from "../kernel/jobs.ts";
import type { Millis } from "../kernel/time.ts";

export type { JobScaling, JobState, SavepointStatus } from "../kernel/jobs.ts";

/** Where a Flink cluster's REST API answers. */
export interface JobCluster {
  readonly url: string;
}

export interface JobStatus {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly startedAt?: Millis;
  readonly parallelism?: number;
  /** Every task of every vertex runs. */
  readonly allRunning: boolean;
  /** Restarts since it began. */
  readonly restarts?: number;
  readonly checkpoints?: {
    readonly completed: number;
    readonly failed: number;
    readonly lastCompletedAt?: Millis;
    readonly lastFailedAt?: Millis;
    /** External path of the last completed checkpoint. */
    readonly lastPath?: string;
    /** What it was restored from. */
    readonly restoredFrom?: string;
    /** External path of the last completed savepoint: found here when its trigger was forgotten. */
    readonly savepointPath?: string;
  };
  /** Records out of its sources and into its sinks since it began; absent where no metric tells. */
  readonly recordsIn?: number;
  readonly recordsOut?: number;
  /** Lag of its sources in records; absent: unknown. */
  readonly lagRecords?: number;
  /** Why it failed, first line. */
  readonly failure?: string;
}

/** How a job was made, as far as its cluster tells. */
export interface JobDetails {
  readonly maxParallelism?: number;
  /** Execution, checkpointing and the job's own parameters; passwords may be among them. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Vertices of its plan: the first operator of each chain by id, what they do, and the vertices they read from. */
  readonly vertices: readonly { readonly id: string; readonly name: string; readonly inputs: readonly string[] }[];
}

/** What a cluster says of itself; what cannot be read is absent. */
export interface JobClusterDetails {
  readonly version?: string;
  /** Its configuration, with Flink's own asterisks for what it takes for secret. */
  readonly settings: Readonly<Record<string, string>>;
  readonly jars: readonly { readonly id: string; readonly name: string; readonly entryClass?: string }[];
}

/** Task slots of a cluster: what it has, and what runs in them. */
export interface JobSlots {
  readonly total: number;
  readonly free: number;
  /** Slots that each job has, by its id. */
  readonly jobs: Readonly<Record<string, number>>;
}

/**
 * Flink jobs over its REST API. Errors: HeadgateError `jobs.unavailable` (retryable where the same call may succeed later).
 */
export interface Jobs {
  list(
    cluster: JobCluster,
  ): Promise<readonly { readonly id: string; readonly name: string; readonly state: JobState }[]>;
  /** Undefined: no such job. */
  describe(cluster: JobCluster, jobId: string): Promise<JobStatus | undefined>;
  /** `triggerId` is chosen by the caller: triggering again with it starts no second savepoint. */
  triggerSavepoint(
    cluster: JobCluster,
    request: {
      readonly jobId: string;
      readonly triggerId: string;
      readonly directory: string;
      /** Stops the job with it (drain false). */
      readonly stop?: boolean;
      /** Default: CANONICAL, which every state backend reads. NATIVE is faster; both hold everything they need. */
      readonly format?: "CANONICAL" | "NATIVE";
    },
  ): Promise<void>;
  savepoint(cluster: JobCluster, jobId: string, triggerId: string): Promise<SavepointStatus>;
  /** Starts a job that was given this id; starting again with the same id starts no second one. Returns the id it has. */
  run(
    cluster: JobCluster,
    request: {
      readonly jarId: string;
      /** 32 hex digits. */
      readonly jobId: string;
      readonly entryClass?: string;
      readonly arguments: readonly string[];
      readonly parallelism?: number;
      /** NO_CLAIM: the savepoint stays ours. */
      readonly savepointPath?: string;
      readonly allowNonRestored: boolean;
    },
  ): Promise<
    { readonly status: "accepted"; readonly jobId: string } | { readonly status: "refused"; readonly why: string }
  >;
  cancel(cluster: JobCluster, jobId: string): Promise<void>;
  /**
   * Uploads a jar and returns its id. A jar of the same content is not uploaded again; one of the same name and other content is another jar.
   * Rejects with HeadgateError `input.invalid` where the file cannot be read.
   */
  upload(cluster: JobCluster, file: string): Promise<string>;
  /** Whether a job graph can be made of it, without starting anything. */
  check(
    cluster: JobCluster,
    request: {
      readonly jarId: string;
      readonly entryClass?: string;
      readonly arguments: readonly string[];
      readonly parallelism?: number;
    },
  ): Promise<
    { readonly status: "accepted"; readonly name: string } | { readonly status: "refused"; readonly why: string }
  >;
  /** Undefined: no such job. What cannot be read is left out. */
  details(cluster: JobCluster, jobId: string): Promise<JobDetails | undefined>;
  about(cluster: JobCluster): Promise<JobClusterDetails>;
  /** Absent: nobody tells. */
  slots?(cluster: JobCluster): Promise<JobSlots>;
  /** Undefined: no such job. Absent: this adapter cannot tell. */
  scaling?(cluster: JobCluster, jobId: string): Promise<JobScaling | undefined>;
  /** Asks for parallelism in place (adaptive scheduler), the whole map at once. 200 means accepted, not done. */
  require?(
    cluster: JobCluster,
    jobId: string,
    parallelism: { readonly [vertex: string]: number },
  ): Promise<{ readonly status: "accepted" } | { readonly status: "refused"; readonly why: string }>;
}
