import { flinkScaling, wanted } from "../../shared/core/autoscaling/flink/machine.ts";
import type {
  FlinkJobRef,
  FlinkScalingInput,
  FlinkScalingReason,
  FlinkScalingState,
} from "../../shared/core/autoscaling/flink/types.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import { type ListJobs, lookAtJob } from "./flink-look.ts";
import { performJob } from "./flink-perform.ts";
import type { Target } from "./observe.ts";

/** A service that is a job on a Flink cluster. */
export type JobTarget = Target & { readonly flink: FlinkJobRef };

interface JobRequest {
  readonly tenant: string;
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
  readonly configVersion: string;
  /** What a person asks for; absent: the job is looked at. */
  readonly command?: Exclude<FlinkScalingInput, { kind: "look" }>;
  /** Shared by the jobs that are looked at together. */
  readonly list?: ListJobs;
}

/** What the state of this job's controller waits for; another kind of controller's, of before the service was a job, waits for nothing. */
function waitedFor(stored: Stored | undefined) {
  const state = stored?.state as Partial<FlinkScalingState> | undefined;
  return state?.kind === "flink" ? wanted(state as FlinkScalingState) : { jobIds: [] };
}

/**
 * One load → look → step → claim → act → settle for one job.
 *
 * @throws as `run` does
 */
export async function runJob(
  runtime: Runtime,
  target: JobTarget,
  { tenant, trigger, parent, configVersion, command, list }: JobRequest,
): Promise<RunResult<FlinkScalingReason>> {
  const { name: subject, config, flink } = target;
  const load = () => runtime.store.load({ tenant, noun: flinkScaling.noun, subject });
  const loaded = command ? undefined : await load();
  return run(runtime, {
    machine: flinkScaling,
    ...{ tenant, subject, mode: config.mode, config: { ...config, flink }, configVersion, trigger },
    ...(parent ? { parent } : {}),
    ...(loaded ? { loaded } : {}),
    observe: async (attempt): Promise<FlinkScalingInput> => {
      if (command) return command;
      const waited = waitedFor(attempt === 0 ? loaded : await load());
      // What others have listed may be older than the state, and not know a job that was submitted in between.
      const shared = attempt === 0 && waited.jobIds.length === 0 ? list : undefined;
      return lookAtJob(runtime, subject, flink, waited, shared);
    },
    perform: (action, { record }) => performJob(runtime, { tenant, target, configVersion, record }, action),
  });
}

/** When to wake for a job: before the next tick only while a rescale is under way. */
export function wakeOf(stored: Stored | undefined): number | undefined {
  const state = stored?.state as Partial<FlinkScalingState> | undefined;
  return state?.kind === "flink" && state.rescale !== undefined ? stored?.dueAt : undefined;
}
