import { REDACTED } from "../../shared/core/backup/concealed.ts";
import type { FlinkPart } from "../../shared/core/backup/format/types.ts";
import type { JobPlan } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import type { JobCluster, Jobs } from "../../shared/core/ports/jobs.ts";
import { restoreSavepoint } from "./parts/restore-flink.ts";
import type { Place } from "./place.ts";
import { savepointFolder } from "./savepoint-folder.ts";
import { hasEnded, watchJob } from "./watch-job.ts";

type Job = FlinkPart["jobs"][number];

/** How long it is waited for a job's tasks to come up: looks, a second apart. */
const LOOKS = 60;

/** Where jobs are started, and from where their savepoints come. */
export interface JobWorld {
  readonly jobs: Jobs;
  readonly flink: JobCluster;
  readonly places: readonly Place[];
  readonly settings: { readonly savepoints?: string | undefined; readonly readAs?: string | undefined };
  readonly baseDir: string;
  /** Real milliseconds. Absent: nobody waits for a job to come up. */
  readonly sleep?: (ms: number) => Promise<void>;
}

export interface JobDone {
  readonly name: string;
  /**
   * `started`: by this restore, as `jobId`, and every task of it runs unless `why` says something else; `running`: another job of this name runs, so nothing was started;
   * `not`: see why.
   */
  readonly status: "started" | "running" | "not";
  readonly jobId?: string;
  readonly why?: string;
}

/** 32 hex digits: the same for the same job, point and purpose, so that whoever repeats it starts no second one. */
export const jobIdFor = (purpose: string, job: string): string =>
  hash64(`${purpose} ${job}`) + hash64(`${job} ${purpose} again`);

/** The jar on the cluster that a job came from: by its name, or the only one there is. */
async function jarOf({ jobs, flink }: JobWorld, job: Job): Promise<string | undefined> {
  const { jars } = await jobs.about(flink);
  const named = job.jar === undefined ? undefined : jars.findLast(({ name }) => name === job.jar?.name);
  return named?.id ?? (job.jar === undefined && jars.length === 1 ? jars[0]?.id : undefined);
}

/** Brings a savepoint to where Flink finds it; resolves to its path. Nothing is overwritten: what lies there and is something else makes way for another folder beside it. */
async function bringBack(world: JobWorld, job: Job, path: string, jobId: string): Promise<string> {
  if (!job.savepoint || job.savepoint.objects.length === 0) return path;
  const folder = savepointFolder(path, world.settings, world.baseDir);
  if (folder === undefined) return path;
  try {
    await restoreSavepoint(world.places, job, folder);
    return path;
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code !== "restore.refused") throw error;
    const other = `-${jobId.slice(0, 12)}`;
    await restoreSavepoint(world.places, job, `${folder}${other}`);
    return `${path.replace(/\/+$/, "")}${other}`;
  }
}

/**
 * Starts a job from its savepoint, in claim mode NO_CLAIM: Flink must not delete what is ours. Where the savepoint lies on a disk that this process sees, it is put there
 * first.
 *
 * @param at path of the savepoint, where it is not to be that of the original
 * @throws HeadgateError `jobs.unavailable`, `backup.damaged`, `restore.refused`
 */
export async function startJob(world: JobWorld, job: Job, jobId: string, at?: string): Promise<JobDone> {
  const { name, savepoint, entryClass, parallelism } = job;
  const not = (why: string): JobDone => ({ name, status: "not", why });
  if (!savepoint) return not(`it has no savepoint: ${job.failure ?? "it was not taken"}`);
  if (job.arguments.some((argument) => argument.includes(REDACTED)))
    return not(`arguments that may be secret were left out of the point: start it by hand from ${savepoint.path}`);
  const jarId = await jarOf(world, job);
  if (jarId === undefined) {
    const jar = job.jar === undefined ? "its jar, which the point does not name," : `its jar ${job.jar.name}`;
    return not(`${jar} is not on the cluster: upload it and start it from ${savepoint.path}`);
  }
  const program = {
    ...{ jarId, arguments: job.arguments },
    ...(entryClass === undefined ? {} : { entryClass }),
    ...(parallelism === undefined ? {} : { parallelism }),
  };
  // A session cluster does not say what a job was started with: another program must not be taken for it.
  const made = await world.jobs.check(world.flink, program);
  if (made.status === "accepted" && made.name !== "" && made.name !== name)
    return not(
      `with what the point knows of it, its jar makes a job ${made.name}: start it by hand from ${savepoint.path}`,
    );
  const savepointPath = await bringBack(world, job, at ?? savepoint.path, jobId);
  const run = await world.jobs.run(world.flink, { ...program, jobId, savepointPath, allowNonRestored: false });
  return run.status === "refused" ? not(run.why) : { name, status: "started", jobId: run.jobId };
}

interface JobsOptions {
  /** False: no time is left to begin or wait. */
  readonly mayGoOn?: () => boolean;
}

/** Waits until a job that was accepted runs. */
async function settled(world: JobWorld, done: JobDone, mayGoOn: () => boolean): Promise<JobDone> {
  const { name, jobId = "" } = done;
  const { sleep } = world;
  if (done.status !== "started" || !sleep) return done;
  const is = await watchJob(world.jobs, world.flink, jobId, { looks: LOOKS, sleep, mayGoOn });
  if (is.status === "runs") return done;
  if (is.status === "late") return { ...done, why: is.why };
  // What was bounded and has come to its end has done what was asked of it.
  if (is.why === "it is FINISHED") return done;
  return { name, status: "not", jobId, why: `it was started as ${jobId}, and ${is.why}` };
}

/**
 * Starts the jobs whose offsets are those of what was restored, and waits until they run. Each for itself: one that fails is told.
 *
 * @param purpose the restore: called again with the same it starts no second job
 * @throws HeadgateError `jobs.unavailable` that may pass: call it again
 */
export async function restoreJobs(
  world: JobWorld | undefined,
  part: FlinkPart | undefined,
  plans: readonly JobPlan[],
  purpose: string,
  { mayGoOn = () => true }: JobsOptions = {},
): Promise<readonly JobDone[]> {
  const done: JobDone[] = [];
  const ours = new Set((part?.jobs ?? []).map(({ id }) => jobIdFor(purpose, id)));
  for (const plan of plans) {
    const { name } = plan;
    const job = part?.jobs.find((one) => one.name === name && one.savepoint?.path === plan.savepoint);
    if (!plan.matches || !job) {
      done.push({ name, status: "not", why: plan.why });
      continue;
    }
    if (!world) {
      done.push({ name, status: "not", why: "no Flink cluster is configured to start it on" });
      continue;
    }
    try {
      done.push(await settled(world, await startOnce(world, job, jobIdFor(purpose, job.id), ours), mayGoOn));
    } catch (error) {
      if (error instanceof HeadgateError && error.retryable) throw error;
      done.push({ name, status: "not", why: error instanceof Error ? error.message : String(error) });
    }
  }
  return done;
}

/** Starts a job unless it was started before, or another one of its name runs: two would do the same work twice. */
async function startOnce(world: JobWorld, job: Job, jobId: string, ours: ReadonlySet<string>): Promise<JobDone> {
  const { name } = job;
  const there = await world.jobs.list(world.flink);
  if (there.some(({ id }) => id === jobId)) return { name, status: "started", jobId };
  const other = there.find((one) => one.name === name && !ours.has(one.id) && !hasEnded(one.state));
  if (!other) return startJob(world, job, jobId);
  const from = job.savepoint?.path ?? "its savepoint";
  return {
    ...{ name, status: "running", jobId: other.id },
    why: `a job of this name runs already as ${other.id}; stop it, and restore again or start it from ${from}`,
  };
}
