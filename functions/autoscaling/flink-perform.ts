import type { FlinkScalingAction } from "../../shared/core/autoscaling/flink/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { formatDuration } from "../../shared/core/kernel/time.ts";
import type { Jobs } from "../../shared/core/ports/jobs.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { JobTarget } from "./flink.ts";
import { othersAlive } from "./flink-look.ts";

/** Where an action is done, and the decision it comes from: perhaps one that another worker took some time ago. */
interface PerformingJob {
  readonly tenant: string;
  readonly target: JobTarget;
  /** The configuration in force now. */
  readonly configVersion: string;
  readonly record: DecisionRecord;
}

type Of<T extends FlinkScalingAction["type"]> = Extract<FlinkScalingAction, { type: T }>;
type Outcome = Omit<ActionResult, "key" | "at">;

/**
 * Does one action of a job's controller. Repeating it leaves the world as doing it once: parallelism is absolute, savepoints go by the trigger
 * and new jobs by the id that the decision chose.
 *
 * @throws HeadgateError `jobs.unavailable`, `journal.unavailable` that may pass: the action stays pending and is tried again later
 */
export async function performJob(
  runtime: Runtime,
  performing: PerformingJob,
  action: FlinkScalingAction,
): Promise<ActionResult> {
  const outcome = await done(runtime, performing, action).catch((error: unknown): Outcome => {
    // What is the same at every try is an answer.
    if (error instanceof HeadgateError && error.code === "jobs.unavailable" && !error.retryable)
      return { status: "refused", detail: error.message };
    throw error;
  });
  return { key: action.key, at: runtime.now(), ...outcome };
}

async function done(runtime: Runtime, performing: PerformingJob, action: FlinkScalingAction): Promise<Outcome> {
  if (action.type === "record_outcome") return recordOutcome(runtime, performing, action);
  const { jobs } = runtime;
  if (!jobs) return { status: "refused", detail: "no Flink cluster can be asked here" };
  switch (action.type) {
    case "require":
      return require(jobs, performing, action, runtime.now());
    case "stop_with_savepoint":
      return stop(jobs, performing, action, runtime.now());
    case "run":
      return start(jobs, performing, action);
    case "cancel":
      await jobs.cancel({ url: performing.target.flink.url }, action.jobId);
      return { status: "done", detail: `job ${action.jobId} is cancelled` };
    default: {
      // Left by a worker of a newer version, while this older one is still running.
      const { type } = action as { type: string };
      return { status: "skipped", detail: `this version knows no action ${type}` };
    }
  }
}

/**
 * Why a beginning that was left behind is not made any more: a person who has just switched to `observe` is not overruled by the past. What
 * starts a stopped job again is always done.
 */
function outdated({ record, configVersion, target }: PerformingJob, now: number): string | undefined {
  if (record.configVersion !== configVersion)
    return `it was decided under configuration ${record.configVersion}, and ${configVersion} is in force`;
  const age = now - record.at;
  return age > target.config.maxAge ? `it was decided ${formatDuration(age)} ago` : undefined;
}

const inWords = (parallelism: Of<"require">["parallelism"]): string =>
  Object.entries(parallelism)
    .map(([vertex, count]) => `${vertex.slice(0, 8)} ${count}`)
    .join(", ");

async function require(
  jobs: Jobs,
  performing: PerformingJob,
  { jobId, parallelism }: Of<"require">,
  now: number,
): Promise<Outcome> {
  const cluster = { url: performing.target.flink.url };
  const why = outdated(performing, now);
  if (why !== undefined) {
    // The worker that decided it may have asked before it died.
    const asked = (await jobs.scaling?.(cluster, jobId))?.asked;
    const same = asked !== undefined && Object.entries(parallelism).every(([vertex, count]) => asked[vertex] === count);
    return same
      ? { status: "done", detail: `parallelism was asked for before: ${inWords(parallelism)}` }
      : { status: "skipped", detail: `parallelism is left as it is: ${why}` };
  }
  if (!jobs.require) return { status: "refused", detail: "parallelism cannot be asked for here" };
  const result = await jobs.require(cluster, jobId, parallelism);
  return result.status === "accepted"
    ? { status: "done", detail: `parallelism asked for: ${inWords(parallelism)}` }
    : { status: "refused", detail: result.why };
}

async function stop(
  jobs: Jobs,
  performing: PerformingJob,
  { jobId, triggerId }: Of<"stop_with_savepoint">,
  now: number,
): Promise<Outcome> {
  const { url, savepoints } = performing.target.flink;
  const why = outdated(performing, now);
  if (why !== undefined) {
    const { status } = await jobs.savepoint({ url }, jobId, triggerId);
    return status === "unknown"
      ? { status: "skipped", detail: `the job is not stopped: ${why}` }
      : { status: "done", detail: "the savepoint was asked for before" };
  }
  if (savepoints === undefined) return { status: "refused", detail: "no directory for savepoints is configured" };
  await jobs.triggerSavepoint({ url }, { jobId, triggerId, directory: savepoints, stop: true });
  return { status: "done", detail: `job ${jobId} is asked to stop with a savepoint in ${savepoints}` };
}

async function start(
  jobs: Jobs,
  { target }: PerformingJob,
  { jobId, parallelism, savepoint }: Of<"run">,
): Promise<Outcome> {
  const { url, jarId, entryClass, args } = target.flink;
  if (jarId === undefined) return { status: "refused", detail: "no jar is configured that the job could be run from" };
  // Of an asking that was long on its way: what was decided since then may run by now.
  const [other] = othersAlive(await jobs.list({ url }), target.flink, jobId);
  if (other !== undefined)
    return { status: "skipped", detail: `job ${jobId} is not run: ${other} is not over, and two must not run` };
  const result = await jobs.run(
    { url },
    {
      ...{ jarId, jobId, arguments: args, parallelism, savepointPath: savepoint, allowNonRestored: false },
      ...(entryClass === undefined ? {} : { entryClass }),
    },
  );
  return result.status === "accepted"
    ? {
        status: "done",
        detail: `job ${result.jobId} starts with parallelism ${parallelism} from ${savepoint}`,
        values: { jobId: result.jobId },
      }
    : { status: "refused", detail: result.why };
}

async function recordOutcome(
  runtime: Runtime,
  { tenant, target }: PerformingJob,
  { decisionAt, text, values }: Of<"record_outcome">,
): Promise<Outcome> {
  const query = {
    tenant,
    noun: "autoscaling",
    subject: target.name,
    from: decisionAt,
    to: decisionAt + 1,
    acted: true,
  };
  const { items } = await runtime.journal.list(query);
  const at = runtime.now();
  const record = items.find((item) => item.actions.some(({ type }) => type !== "record_outcome"));
  if (!record) return { status: "skipped", detail: "the decision is no longer in the journal" };
  await runtime.journal.outcome(tenant, record.id, { phase: "observed", at, text, values });
  return { status: "done", detail: `outcome added to ${record.id}` };
}
