import type { JobScaling, SavepointStatus } from "../../kernel/jobs.ts";
import type { ActionResult, Step } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { AutoscalingConfig } from "../config.ts";
import type { AutoscalingInput, AutoscalingReason, AutoscalingState } from "../types.ts";

/** A running job as it is seen at one instant, with how the savepoint is that we triggered. */
export type FlinkSeen = JobScaling & { readonly savepoint?: SavepointStatus };

/** How the job is found and started again: `services.<name>.flink`. */
export interface FlinkJobRef {
  readonly url: string;
  /** Name as the cluster lists it; a `*` at its end stands for the rest. */
  readonly job: string;
  /** Needed where the cluster cannot rescale in place: the job is stopped with a savepoint and run again. */
  readonly savepoints?: string;
  readonly jarId?: string;
  readonly entryClass?: string;
  readonly args: readonly string[];
}

/** The section of a service that is a Flink job, with where the job is. */
export type FlinkScalingConfig = AutoscalingConfig & { readonly flink: FlinkJobRef };

/** One look at the job. */
export interface FlinkLook {
  readonly kind: "look";
  readonly service: string;
  /** Undefined: the cluster did not answer, or knows no such job: `why` says which. */
  readonly seen: FlinkSeen | undefined;
  readonly why?: string;
  /** The cluster answered, and lists no such job. Absent where it did not answer. */
  readonly gone?: true;
  /** Jobs beside the one that is seen that are waited for and run too. Absent: none. */
  readonly beside?: readonly string[];
  /** How the savepoint is that we triggered, also where the job itself cannot be seen. See `wanted` in machine.ts. */
  readonly savepoint?: SavepointStatus;
}

export type FlinkScalingInput = FlinkLook | Exclude<AutoscalingInput, { kind: "evaluate" }>;

/** Parallelism by vertex. */
export type Parallelisms = { readonly [vertex: string]: number };

export type FlinkScalingAction =
  /** PUT resource-requirements with the whole map. */
  | { readonly type: "require"; readonly key: string; readonly jobId: string; readonly parallelism: Parallelisms }
  /** `triggerId`: 32 hex digits made from the key, so that a repeat stops nothing twice. */
  | { readonly type: "stop_with_savepoint"; readonly key: string; readonly jobId: string; readonly triggerId: string }
  /** `jobId`: chosen by us; running again with it starts no second job. */
  | {
      readonly type: "run";
      readonly key: string;
      readonly jobId: string;
      readonly parallelism: number;
      readonly savepoint: string;
    }
  /** A job of ours that did not come up makes room for the old one. One that is unknown or over already is `done`. */
  | { readonly type: "cancel"; readonly key: string; readonly jobId: string }
  | {
      readonly type: "record_outcome";
      readonly key: string;
      readonly decisionAt: Millis;
      readonly text: string;
      readonly values: { readonly [name: string]: number };
    };

/** Every way a decision about a job can end, beside those that it shares with services. */
export type FlinkScalingReason =
  | AutoscalingReason
  | "held_no_job"
  | "held_incomplete"
  | "held_stabilizing"
  | "held_excluded"
  | "held_ineffective"
  | "held_vetoed"
  | "held_window"
  | "rescaling"
  | "rescaled"
  | "rescale_rolled_back"
  | "rescale_failed";

export type FlinkSettle = (
  config: FlinkScalingConfig,
  state: FlinkScalingState,
  results: readonly ActionResult[],
  now: Millis,
) => FlinkScalingState;

/**
 * What was read of one vertex at one instant: records in and out since its tasks began, records that wait, records in per second,
 * busiest and mean busy time and back pressure in ms per second. null: not told.
 */
export type FlinkReading = readonly [
  recordsIn: number,
  recordsOut: number | null,
  pending: number | null,
  inPerSecond: number | null,
  busyMax: number | null,
  busyMean: number | null,
  backPressured: number | null,
];

/** The metric window: readings of one life of the job's tasks, oldest first, at most 30. */
export interface FlinkWindow {
  readonly jobId: string;
  readonly startedAt?: Millis;
  readonly restarts?: number;
  /** In topological order, as the readings of each point. */
  readonly ids: readonly string[];
  readonly parallelism: readonly number[];
  readonly points: readonly { readonly at: Millis; readonly of: readonly FlinkReading[] }[];
}

export type FlinkPhase = "requiring" | "stopping" | "starting" | "cancelling" | "returning";

/** A rescale that is under way. */
export interface Rescale {
  /** `rescale:<service>:<decisionAt>` */
  readonly key: string;
  readonly decisionAt: Millis;
  readonly direction: "out" | "in";
  readonly how: "in-place" | "savepoint";
  readonly phase: FlinkPhase;
  /** When the phase began. */
  readonly since: Millis;
  readonly jobId: string;
  readonly from: Parallelisms;
  readonly to: Parallelisms;
  /** The newest action, how often it was asked for in this phase, and what became of it. */
  readonly asked: {
    readonly key: string;
    readonly at: Millis;
    readonly count: number;
    readonly done?: Millis;
    readonly refused?: string;
    /** It was not done, and may be asked for again at once. */
    readonly skipped?: true;
  };
  /** First look at which all tasks ran as asked: what has moved since then is progress. */
  readonly ran?: {
    readonly at: Millis;
    readonly records: number;
    readonly startedAt?: Millis;
    readonly restarts?: number;
  };
  /** Nothing moved before either: no progress can be shown. */
  readonly idle?: true;
  /** What is measured again after `outcome.after`. */
  readonly before: { readonly [name: string]: number };
  /** By vertex that grows: true rate before, and what is expected of the new parallelism (after alignment). */
  readonly expected: { readonly [vertex: string]: readonly [rate: number, expected: number] };
  /** Why it goes back. */
  readonly why?: string;
  /** Path of the savepoint that the job was stopped with, or else the newest state that it can start from. */
  readonly savepoint?: string;
  /** Savepoint that the job had before: not ours. */
  readonly savepointBefore?: string;
  /** Newest checkpoint that was seen. */
  readonly checkpoint?: string;
  /** Since when the cluster has answered that it knows no such job. */
  readonly goneSince?: Millis;
  /** Id that the cluster gave instead of ours. */
  readonly started?: string;
}

/** State of one job's controller. `kind` tells it from a service's. Plain JSON; bounded, see `MOST_POINTS` in window.ts. */
export interface FlinkScalingState {
  readonly v: 1;
  readonly kind: "flink";
  /** Parallelism of the job: its largest vertex, as last seen. */
  readonly desired?: number;
  /** The job as last seen; another map or another id is another hand's. */
  readonly known?: { readonly jobId: string; readonly parallelism: Parallelisms; readonly since: Millis };
  readonly pause?: NonNullable<AutoscalingState["pause"]>;
  readonly override?: NonNullable<AutoscalingState["override"]>;
  /** Last reason that was recorded; with `to`, what was proposed in the modes observe and recommend. */
  readonly last?: { readonly reason: FlinkScalingReason; readonly at: Millis; readonly to?: string };
  /** A person has changed something: looked at again at once. */
  readonly recheckAt?: Millis;
  readonly rescale?: Rescale;
  /** A rescale that came to nothing: the same direction is not tried again before `until`. */
  readonly refused?: {
    readonly direction: "out" | "in";
    readonly count: number;
    readonly until: Millis;
    readonly why: string;
  };
  /** Completion times of our last rescales. */
  readonly lastOutAt?: Millis;
  readonly lastInAt?: Millis;
  /** By vertex: our last scale-out of it, while it stays at that parallelism. */
  readonly ups?: {
    readonly [vertex: string]: {
      readonly at: Millis;
      readonly to: number;
      readonly rate: number;
      readonly expected: number;
    };
  };
  /** A rescale whose effect has not been looked at yet. */
  readonly effect?: {
    readonly decisionAt: Millis;
    readonly since: Millis;
    readonly from: number;
    readonly to: number;
    readonly restartMs: DurationMs;
    readonly before: { readonly [name: string]: number };
  };
  /** Newest savepoint of ours. */
  readonly savepoint?: string;
  /** Largest restart that was measured. */
  readonly restartMs?: DurationMs;

  // What follows moves from look to look and makes no record by itself (`onlyMemory`).
  readonly window?: FlinkWindow;
  /** Slots of the cluster, as last seen. */
  readonly slots?: number;
  /** Looks in a row at which the cluster told of this job, and no resource requirements of it. See requirements.ts. */
  readonly noRequirements?: { readonly jobId: string; readonly since: Millis; readonly looks: number };
  /** By vertex: what was recommended below its parallelism, [at, parallelism], oldest first. */
  readonly down?: { readonly [vertex: string]: readonly (readonly [at: Millis, parallelism: number])[] };
  /** By vertex: true rate that was measured at a parallelism, newest last. */
  readonly scaling?: { readonly [vertex: string]: readonly (readonly [parallelism: number, rate: number])[] };
}

export type FlinkScalingStep = Step<FlinkScalingState, FlinkScalingAction, FlinkScalingReason>;
