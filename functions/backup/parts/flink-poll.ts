import { behindPath, readFlinkPath } from "../../../shared/core/backup/savepoint-path.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { JobCluster, Jobs } from "../../../shared/core/ports/jobs.ts";
import { triggerOf } from "./flink-begin.ts";
import { flinkTree } from "./flink-source.ts";
import type { FlinkProgress, JobProgress } from "./flink-types.ts";
import type { PartContext } from "./types.ts";

type Settings = NonNullable<PartContext["config"]["what"]["flink"]>;

const failed = (job: JobProgress, why: string): JobProgress => ({ ...job, phase: "failed", why });
const taken = (job: JobProgress, path: string): JobProgress => ({ ...job, phase: "taken", path });

/** One look at a savepoint that was asked for. What cannot be asked now is asked again, until the plan's time is over. */
export async function pollJob(
  context: PartContext,
  jobs: Jobs,
  settings: Settings,
  { folder = "" }: FlinkProgress,
  job: JobProgress,
): Promise<JobProgress> {
  const cluster = { url: settings.url };
  const waited = (context.runtime.now() - job.askedAt) / context.runtime.speed;
  const late = waited > settings.timeout;
  try {
    const found = await jobs.savepoint(cluster, job.id, triggerOf(job.id, context.point));
    if (found.status === "completed") return taken(job, found.path);
    if (found.status === "failed") return failed(job, found.why);
    if (found.status === "unknown") {
      const path = await forgotten(context, jobs, cluster, settings, folder, job.id);
      if (path !== undefined) return taken(job, path);
      const there = await jobs.describe(cluster, job.id);
      if (!there || ["FAILED", "CANCELED", "FINISHED"].includes(there.state))
        return failed(job, "the job ended before its savepoint was taken");
      if (late) return failed(job, "Flink has forgotten the savepoint, and none is where it was to be written");
    }
    return late ? failed(job, `the savepoint was not finished after ${Math.round(waited / 1000)} s`) : job;
  } catch (error) {
    const final = error instanceof HeadgateError && !error.retryable;
    const why = error instanceof Error ? error.message : String(error);
    return final || late ? failed(job, why) : job;
  }
}

/** Flink keeps results for five minutes, and none over a restart: the savepoint itself stays. */
async function forgotten(
  context: PartContext,
  jobs: Jobs,
  cluster: JobCluster,
  settings: Settings,
  folder: string,
  id: string,
): Promise<string | undefined> {
  const base = readFlinkPath(folder);
  const last = (await jobs.describe(cluster, id))?.checkpoints?.savepointPath;
  const at = last === undefined ? undefined : readFlinkPath(last);
  if (last !== undefined && base && at && behindPath(base, at) !== undefined) return last;
  // Another savepoint was taken since; this one lies where it was asked for, under a name that begins with the job's id.
  const tree = flinkTree(context, folder, settings);
  const files = typeof tree === "string" ? undefined : await tree.files().catch(() => undefined);
  const own = new RegExp(`^(savepoint-${id.slice(0, 6)}-[^/]+)/_metadata$`);
  const name = files?.flatMap(({ path }) => own.exec(path)?.[1] ?? []).at(0);
  return name === undefined ? undefined : `${folder}${name}`;
}
