import type { Gap } from "../../../shared/core/backup/format/types.ts";
import type { WrittenObject } from "../../../shared/core/backup/run/unit.ts";
import { behindPath, readFlinkPath } from "../../../shared/core/backup/savepoint-path.ts";
import type { Json } from "../../../shared/core/kernel/json.ts";
import { SECOND_MS } from "../../../shared/core/kernel/time.ts";
import { bounded } from "../../bounded.ts";
import { copied, copyTree } from "./copy-tree.ts";
import { beginFlink } from "./flink-begin.ts";
import type { JobSeen } from "./flink-job.ts";
import { pollJob } from "./flink-poll.ts";
import { flinkTree } from "./flink-source.ts";
import { type FlinkJobPart, type FlinkProgress, type JobProgress, jobNote } from "./flink-types.ts";
import { dataKey, readNote } from "./receipts.ts";
import { shownUrl } from "./schemas.ts";
import type { PartContext, PartStep } from "./types.ts";
import "../../shared-parts.ts";

type Settings = NonNullable<PartContext["config"]["what"]["flink"]>;

const AT_ONCE = 4;
/** Small savepoints are there at once; large ones take minutes, and each look is an invocation. */
const LOOKS_MS = [1, 1, 2, 4, 8, 15, 20].map((seconds) => seconds * SECOND_MS);

/** "savepoint-0a1b2c-0123456789ab", the last part of its path: a savepoint that was taken once more is another one. */
const nameOf = (path: string): string =>
  (path.replace(/\/+$/, "").split("/").at(-1) ?? "").replace(/[^\w.-]/g, "_") || "savepoint";
const copyNote = ({ id, path = "" }: JobProgress): string => `flink-${id}-${nameOf(path)}`;

/** A savepoint of every running job, copied whole to all places, with what is needed to start the job from it. */
export async function stepFlink(context: PartContext, given?: Json): Promise<PartStep<"flink">> {
  const settings = context.config.what.flink;
  const { jobs } = context.runtime;
  if (!settings) return { status: "failed", why: "no Flink cluster is named" };
  if (!jobs) return { status: "failed", why: "no Flink cluster can be asked from here" };
  try {
    let at = (given as unknown as FlinkProgress | undefined) ?? (await beginFlink(context, jobs, settings));
    const looked = await bounded(at.jobs, AT_ONCE, async (job) =>
      job.phase === "asked" && given !== undefined ? pollJob(context, jobs, settings, at, job) : job,
    );
    at = { ...at, jobs: looked, polls: at.polls + 1 };
    if (at.jobs.some(({ phase }) => phase === "asked")) {
      const againMs = LOOKS_MS[Math.min(at.polls, LOOKS_MS.length) - 1] ?? 0;
      return { status: "waiting", progress: at as unknown as Json, againMs };
    }
    if (!at.ready && at.jobs.some(({ phase }) => phase === "taken"))
      return { status: "waiting", progress: { ...at, ready: true } as unknown as Json, againMs: 0, ready: true };
    at = await copyTaken(context, settings, at);
    if (at.jobs.some(({ phase }) => phase === "taken"))
      return { status: "waiting", progress: at as unknown as Json, againMs: 0 };
    return await finish(context, settings, at);
  } catch (error) {
    return { status: "failed", why: `jobs are not in this point: ${error instanceof Error ? error.message : error}` };
  }
}

/** Copies one job after the other, as far as the time goes. */
async function copyTaken(context: PartContext, settings: Settings, at: FlinkProgress): Promise<FlinkProgress> {
  const jobs: JobProgress[] = [];
  const warnings = new Set(at.warnings);
  for (const job of at.jobs) {
    const first = jobs.every((one) => one.phase !== "taken");
    if (job.phase !== "taken" || !first) jobs.push(job);
    else jobs.push(await copyJob(context, settings, at, job, warnings));
  }
  return { ...at, jobs, warnings: [...warnings] };
}

async function copyJob(
  context: PartContext,
  settings: Settings,
  { folder = "" }: FlinkProgress,
  job: JobProgress,
  warnings: Set<string>,
): Promise<JobProgress> {
  const path = job.path ?? "";
  const [base, own] = [readFlinkPath(folder), readFlinkPath(path)];
  const fail = (why: string): JobProgress => ({ ...job, phase: "failed", why });
  if (!base || !own || !behindPath(base, own))
    return fail(
      `Flink wrote the savepoint to ${path}, which is not below ${folder}: it may be spread over many folders`,
    );
  const savepoints = settings.savepoints ?? folder.replace(/[^/]+\/$/, "");
  const tree = flinkTree(context, path, { savepoints, readAs: settings.readAs });
  if (typeof tree === "string") return fail(`the savepoint at ${path} cannot be copied: ${tree}`);
  try {
    const files = await tree.files();
    if (!files?.some((file) => file.path === "_metadata"))
      return fail(
        `the savepoint at ${path} ${files ? "has no _metadata" : "is not there as this process sees it"}; what.flink.readAs says where it is seen`,
      );
    const keyOf = (file: string) => dataKey(context, `flink/${job.id}/${nameOf(path)}/${file}`);
    const done = await copyTree(context, tree, files, keyOf, copyNote(job), job.copy);
    for (const one of done.warnings) warnings.add(one);
    return { ...job, copy: done.progress, phase: done.whole ? "copied" : "taken" };
  } catch (error) {
    return fail(`the savepoint at ${path} could not be copied: ${error instanceof Error ? error.message : error}`);
  }
}

async function finish(context: PartContext, settings: Settings, at: FlinkProgress): Promise<PartStep<"flink">> {
  const jobs: FlinkJobPart[] = [];
  const objects: WrittenObject[] = [];
  const gaps: Gap[] = [];
  for (const job of at.jobs) {
    const { job: seen } = await readNote<JobSeen>(context, jobNote(job.id));
    if (job.phase !== "copied" || job.path === undefined) {
      const why = job.why ?? "no reason is known";
      jobs.push({ ...seen, failure: why });
      gaps.push({ kind: "unread", part: "flink", why: `job ${job.name} has no savepoint in this point: ${why}` });
      continue;
    }
    const done = await copied(context, copyNote(job), job.copy ?? { next: 0, cuts: [] });
    objects.push(...done);
    const refs = done.map(({ key, size, sha256 }) => ({ key, size, sha256 }));
    jobs.push({ ...seen, savepoint: { path: job.path, takenAt: job.askedAt, objects: refs } });
  }
  const version = at.version === undefined ? {} : { version: at.version };
  const part = { url: shownUrl(settings.url), ...version, jobs };
  return { status: "done", part, objects, warnings: at.warnings, gaps };
}
