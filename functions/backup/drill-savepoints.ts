import { rm } from "node:fs/promises";
import type { DrillSavepoint } from "../../shared/core/backup/drill/types.ts";
import type { FlinkPart } from "../../shared/core/backup/format/types.ts";
import { fromAny } from "./parts/restore-files.ts";
import type { Place } from "./place.ts";
import { type JobWorld, jobIdFor, startJob } from "./restore-jobs.ts";
import { savepointFolder } from "./savepoint-folder.ts";
import { hasEnded, watchJob } from "./watch-job.ts";

type Job = FlinkPart["jobs"][number];
type Sleep = (ms: number) => Promise<void>;

const LOOKS = 120;
/** Looks at a job that was cancelled, a second apart. */
const STOP_LOOKS = 30;
const LOOK_MS = 1_000;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where a drill puts what it starts jobs from: beside the savepoints themselves, below a name of its own. */
const scratchOf = (path: string, drill: string): string =>
  `${path.replace(/\/+$/, "").replace(/\/[^/]*$/, "")}/headgate-drill-${drill.slice(drill.indexOf("_") + 1)}`;

/** Reads every byte of a savepoint against its hash, and that its `_metadata` is there, without which Flink can do nothing with it. */
async function checked(places: readonly Place[], { name, savepoint, failure }: Job): Promise<DrillSavepoint> {
  if (!savepoint) return { job: name, status: "none", why: failure ?? "it was not taken" };
  if (!savepoint.objects.some(({ key }) => key.endsWith("/_metadata")))
    return { job: name, status: "failed", why: "its _metadata is not in the point" };
  for (const ref of savepoint.objects)
    await fromAny(places, ref, async (bytes) => {
      for await (const _ of bytes());
    });
  return { job: name, status: "checked" };
}

/** Starts it from the copy alone, waits until every task runs, and stops it again, whatever came of it. */
async function started(world: JobWorld, sleep: Sleep, job: Job, drill: string): Promise<DrillSavepoint> {
  const jobId = jobIdFor(drill, job.id);
  const failed = (why: string): DrillSavepoint => ({ job: job.name, status: "failed", why });
  const path = job.savepoint?.path ?? "";
  // Where this process cannot put it, Flink has to find the original.
  const seen = savepointFolder(path, world.settings, world.baseDir) !== undefined;
  const at = seen ? `${scratchOf(path, drill)}/${job.id}` : undefined;
  let found: DrillSavepoint;
  try {
    const done = await startJob(world, job, jobId, at);
    if (done.status !== "started") found = failed(done.why ?? "it was not started");
    else {
      const is = await watchJob(world.jobs, world.flink, jobId, { looks: LOOKS, sleep });
      found =
        is.status === "runs" || is.why === "it is FINISHED"
          ? { job: job.name, status: "started" }
          : failed(`it was started, and ${is.why}`);
    }
  } catch (error) {
    found = failed(message(error));
  }
  const left = await stopped(world, sleep, job, drill);
  return left === undefined || found.status === "failed" ? found : failed(left);
}

/** Stops what a drill has started of a job, and removes what it was started from. The sentence that comes instead says what is left. */
async function stopped(world: JobWorld, sleep: Sleep, job: Job, drill: string): Promise<string | undefined> {
  const jobId = jobIdFor(drill, job.id);
  const { jobs, flink } = world;
  let left: string | undefined = `the job ${jobId} that the drill has started of ${job.name} still runs`;
  for (let look = 0; look < STOP_LOOKS && left !== undefined; look += 1) {
    if (look > 0) await sleep(LOOK_MS);
    try {
      if (look % 10 === 0) await jobs.cancel(flink, jobId);
      const is = await jobs.describe(flink, jobId);
      if (!is || hasEnded(is.state)) left = undefined;
    } catch (error) {
      left = `the job ${jobId} that the drill may have started of ${job.name} could not be stopped: ${message(error)}`;
    }
  }
  const path = job.savepoint?.path;
  const folder = path && savepointFolder(scratchOf(path, drill), world.settings, world.baseDir);
  if (folder !== undefined && folder !== "" && left === undefined)
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) => {
      left = `${folder} could not be removed: ${message(error)}`;
    });
  return left;
}

/** Looks at the savepoints of a point: starts each where there is a Flink for it, else reads them. Never rejects. */
export async function drillSavepoints(
  places: readonly Place[],
  part: FlinkPart | undefined,
  drill: string,
  flink: { readonly world: JobWorld; readonly sleep: Sleep } | undefined,
): Promise<readonly DrillSavepoint[]> {
  const found: DrillSavepoint[] = [];
  for (const job of part?.jobs ?? [])
    try {
      const read = await checked(places, job);
      found.push(flink && read.status === "checked" ? await started(flink.world, flink.sleep, job, drill) : read);
    } catch (error) {
      found.push({ job: job.name, status: "failed", why: message(error) });
    }
  return found;
}

/** Stops what a drill that died may have left running. @returns what is still there, whole sentences */
export async function removeJobs(
  part: FlinkPart | undefined,
  drill: string,
  { world, sleep }: { readonly world: JobWorld; readonly sleep: Sleep },
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const job of part?.jobs ?? []) {
    if (!job.savepoint) continue;
    const why = await stopped(world, sleep, job, drill);
    if (why !== undefined) left.push(why);
  }
  return left;
}
