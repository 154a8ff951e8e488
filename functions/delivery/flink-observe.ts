import { alive, bears, type JobDetails } from "../../shared/core/delivery/flink/job.ts";
import type { FlinkConfig, FlinkLook, FlinkState, FlinkSwitch } from "../../shared/core/delivery/flink/types.ts";
import type { JobCluster, JobStatus, Jobs } from "../../shared/core/ports/jobs.ts";

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * What the cluster shows of a service's jobs: all of that name, and those we have given ids to. Only what the phase needs is looked at
 * closer. What cannot be read is left out, and said.
 *
 * @param starts somebody wants to begin: the job that runs is looked at closer
 */
export async function observeFlink(
  jobs: Jobs | undefined,
  config: FlinkConfig,
  state: FlinkState,
  starts = false,
): Promise<FlinkLook> {
  if (!jobs) return { kind: "look", failures: ["no Flink cluster can be asked here"] };
  const cluster: JobCluster = { url: config.flink.url };
  const { current: is } = state;
  const failures: string[] = [];
  const tried = async <T>(what: Promise<T>): Promise<T | undefined> => {
    try {
      return await what;
    } catch (error) {
      failures.push(reason(error));
      return undefined;
    }
  };
  const listed = await tried(jobs.list(cluster));
  if (!listed) return { kind: "look", failures };
  const ours = new Set([
    ...[is?.old?.jobId, is?.jobId, is?.again?.jobId, state.stable?.jobId],
    ...state.ended.map(({ jobId }) => jobId),
  ]);
  const seen = listed.filter(({ id, name }) => ours.has(id) || bears(config.flink.jobName, name));
  const closer = seen.filter((job) => (is ? wanted(is, job.id) : starts && alive(job)));
  const triggered = is?.old && (is.phase === "savepointing" || is.phase === "cleaning");
  const [savepoint, ...described] = await Promise.all([
    triggered && is.old ? tried(jobs.savepoint(cluster, is.old.jobId, is.triggerId)) : undefined,
    ...closer.map(({ id }) => tried(jobs.describe(cluster, id))),
  ]);
  const details = Object.fromEntries(described.flatMap((job) => (job ? [[job.id, detailsOf(job)]] : [])));
  // The list is of now. What is told of a single job is some seconds old (web.refresh-interval), but was asked for later: it counts where it ended.
  const over = new Map(described.flatMap((job) => (job && !alive(job) ? [[job.id, job.state]] : [])));
  return {
    kind: "look",
    jobs: seen.map(({ id, name, state: was }) => ({ id, name, state: over.get(id) ?? was })),
    details,
    ...(savepoint ? { savepoint } : {}),
    ...(failures.length > 0 ? { failures } : {}),
  };
}

/** Which jobs a phase looks at closer. */
function wanted(is: FlinkSwitch, id: string): boolean {
  switch (is.phase) {
    case "measuring":
    case "savepointing":
    case "cleaning":
      return id === is.old?.jobId || (is.phase === "cleaning" && id === is.jobId);
    case "starting":
    case "judging":
    case "approval":
    case "retiring":
      return id === is.jobId || (is.mode === "parallel" && id === is.old?.jobId);
    case "resuming":
    case "stuck":
      return id === is.again?.jobId;
    default:
      return false;
  }
}

function detailsOf({ allRunning, restarts, checkpoints, recordsOut, lagRecords, failure }: JobStatus): JobDetails {
  return {
    allRunning,
    ...(restarts === undefined ? {} : { restarts }),
    ...(checkpoints ? { completed: checkpoints.completed, failed: checkpoints.failed } : {}),
    ...(checkpoints?.lastPath === undefined ? {} : { checkpoint: checkpoints.lastPath }),
    ...(checkpoints?.savepointPath === undefined ? {} : { savepoint: checkpoints.savepointPath }),
    ...(checkpoints?.restoredFrom === undefined ? {} : { restoredFrom: checkpoints.restoredFrom }),
    ...(recordsOut === undefined ? {} : { out: recordsOut }),
    ...(lagRecords === undefined ? {} : { lag: lagRecords }),
    ...(failure === undefined ? {} : { failure }),
  };
}
