import { bears } from "../../shared/core/delivery/flink/job.ts";
import type { FlinkAction, FlinkConfig, FlinkRelease } from "../../shared/core/delivery/flink/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { JobCluster, Jobs } from "../../shared/core/ports/jobs.ts";

type Outcome = Omit<ActionResult, "key" | "at">;
const done = (detail: string): Outcome => ({ status: "done", detail });
const refused = (detail: string): Outcome => ({ status: "refused", detail });

export type FlinkTell = (action: Extract<FlinkAction, { type: "tell" }>) => Promise<string>;

/**
 * Does one action of a Flink rollout. What fails in passing is not tried again here: the next look sees what is there and decides anew, so that
 * nobody who orders a rollback has to wait. What the cluster will never do is refused.
 */
export async function performFlink(
  jobs: Jobs | undefined,
  config: FlinkConfig,
  action: FlinkAction,
  now: () => number,
  tell: FlinkTell,
): Promise<ActionResult> {
  const { key } = action;
  try {
    if (action.type === "tell") return { key, at: now(), ...done(await tell(action)) };
    if (!jobs) return { key, at: now(), ...refused("no Flink cluster can be asked here") };
    return { key, at: now(), ...(await act(jobs, config, action)) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const final = error instanceof HeadgateError && !error.retryable && action.type !== "tell";
    return { key, at: now(), status: final ? "refused" : "failed", detail };
  }
}

async function act(jobs: Jobs, config: FlinkConfig, action: Exclude<FlinkAction, { type: "tell" }>): Promise<Outcome> {
  const cluster: JobCluster = { url: config.flink.url };
  switch (action.type) {
    case "flink_check": {
      const program = await programOf(jobs, cluster, action.release);
      if (!program) return refused("no jar is named");
      const plan = await jobs.check(cluster, program);
      if (plan.status === "refused") return refused(plan.why);
      const { jobName } = config.flink;
      if (plan.name !== "" && !bears(jobName, plan.name))
        return refused(
          `the job calls itself ${JSON.stringify(plan.name)}, and ${JSON.stringify(jobName)} would not find it`,
        );
      return done(`the jar is there as ${program.jarId}, and its plan can be made`);
    }
    case "flink_savepoint":
    case "flink_stop": {
      const { jobId, triggerId, directory } = action;
      const stop = action.type === "flink_stop";
      await jobs.triggerSavepoint(cluster, { jobId, triggerId, directory, stop });
      return done(`a savepoint of ${jobId} was asked for${stop ? ", with which it stops" : ""}`);
    }
    case "flink_run": {
      const program = await programOf(jobs, cluster, action.release);
      if (!program) return refused("no jar is named");
      const { jobId, savepoint, allowNonRestored } = action;
      const result = await jobs.run(cluster, {
        ...program,
        jobId,
        allowNonRestored,
        ...(savepoint === undefined ? {} : { savepointPath: savepoint }),
      });
      return result.status === "refused" ? refused(result.why) : done(`submitted as ${result.jobId}`);
    }
    case "flink_cancel":
      await jobs.cancel(cluster, action.jobId);
      return done(`${action.jobId} is cancelled`);
    default: {
      // Left by a worker of a newer version, while this older one is still running.
      const { type } = action as { readonly type: string };
      return { status: "skipped", detail: `this version knows no action ${type}` };
    }
  }
}

/** The jar on the cluster: uploaded where there is a file and it is not there, as after a restart of its job manager. */
async function programOf(jobs: Jobs, cluster: JobCluster, release: FlinkRelease) {
  const { jarFile, jarId, entryClass, parallelism } = release;
  const id = jarFile === undefined ? jarId : await jobs.upload(cluster, jarFile);
  if (id === undefined) return undefined;
  return {
    jarId: id,
    arguments: release.arguments,
    ...(entryClass === undefined ? {} : { entryClass }),
    ...(parallelism === undefined ? {} : { parallelism }),
  };
}
