import type { JobScaling, SavepointStatus } from "../../kernel/jobs.ts";
import type { ActionResult, Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { AutoscalingConfig } from "../config.ts";
import type { AutoscalingInput, AutoscalingReason } from "../types.ts";

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

export type FlinkScalingInput =
  | {
      readonly kind: "look";
      readonly service: string;
      /** Undefined: the cluster did not answer, or knows no such job: `why` says which. */
      readonly seen: FlinkSeen | undefined;
      readonly why?: string;
    }
  | Exclude<AutoscalingInput, { kind: "evaluate" }>;

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

/** State of one job's controller. `kind` tells it from a service's. Members beyond these are the machine's own. */
export interface FlinkScalingState {
  readonly v: 1;
  readonly kind: "flink";
  readonly [member: string]: unknown;
}

export type FlinkScalingStep = Step<FlinkScalingState, FlinkScalingAction, FlinkScalingReason>;
