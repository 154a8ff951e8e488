import { createHash } from "node:crypto";
import { entropyTrouble, stampFolder } from "../../../shared/core/backup/savepoint-path.ts";
import { matcher } from "../../../shared/core/kernel/patterns.ts";
import type { JobClusterDetails, Jobs } from "../../../shared/core/ports/jobs.ts";
import { bounded } from "../../bounded.ts";
import { describeJob, type JobSeen, offsetsOf } from "./flink-job.ts";
import { type OwnProgram, ownPrograms } from "./flink-own.ts";
import { type FlinkProgress, type JobProgress, jobNote } from "./flink-types.ts";
import { keepNote, readNote } from "./receipts.ts";
import type { PartContext } from "./types.ts";

/** Jobs that are asked at a time. */
const AT_ONCE = 4;

/** 32 hex digits, the same for the same job and point: a function that is tried again starts no second savepoint. */
export const triggerOf = (job: string, point: string): string =>
  createHash("sha256").update(`${job} ${point}`).digest("hex").slice(0, 32);

type Settings = NonNullable<PartContext["config"]["what"]["flink"]>;

/** Where the cluster writes savepoints when nobody says where. */
const configuredFolder = (settings: JobClusterDetails["settings"]): string | undefined =>
  settings["execution.checkpointing.savepoint-dir"] || settings["state.savepoints.dir"] || undefined;

/** Looks at every running job that is wanted, notes what it is, and asks for its savepoint. Rejects where the cluster does not answer. */
export async function beginFlink(context: PartContext, jobs: Jobs, settings: Settings): Promise<FlinkProgress> {
  const cluster = { url: settings.url };
  const wanted = matcher(settings.jobs);
  const [all, about] = await Promise.all([jobs.list(cluster), jobs.about(cluster)]);
  const running = all.filter(({ name, state }) => state === "RUNNING" && wanted(name));
  const savepoints = settings.savepoints ?? configuredFolder(about.settings);
  const begunAt = context.runtime.now();
  const programs = await ownPrograms(context);
  const folder = savepoints === undefined ? undefined : stampFolder(savepoints, context.point);
  const why =
    savepoints === undefined
      ? "neither the plan (what.flink.savepoints) nor the cluster says where savepoints go"
      : entropyTrouble(savepoints, about.settings);
  const warnings: string[] = [];
  if (running.length === 0)
    warnings.push(`no job ${settings.jobs.join(", ")} was running on ${new URL(settings.url).host}`);
  const asked = await bounded(running, AT_ONCE, async ({ id, name }): Promise<JobProgress> => {
    const seen = await once(context, id, () => look(context, jobs, settings, about, id, name, programs.get(id)));
    warnings.push(...seen.warnings);
    const job = { id, name, askedAt: context.runtime.now() };
    if (why !== undefined || folder === undefined) return { ...job, phase: "failed", why: why ?? "" };
    try {
      await jobs.triggerSavepoint(cluster, { jobId: id, triggerId: triggerOf(id, context.point), directory: folder });
      return { ...job, phase: "asked" };
    } catch (error) {
      return { ...job, phase: "failed", why: error instanceof Error ? error.message : String(error) };
    }
  });
  const version = about.version === undefined ? {} : { version: about.version };
  return { begunAt, polls: 0, ...version, ...(folder === undefined ? {} : { folder }), jobs: asked, warnings };
}

/** What was noted before the first savepoint was asked for stays: positions that are read later would be too far on. */
async function once(context: PartContext, id: string, look: () => Promise<JobSeen>): Promise<JobSeen> {
  const known = await readNote<JobSeen>(context, jobNote(id)).catch(() => undefined);
  if (known) return known;
  const seen = await look();
  await keepNote(context, jobNote(id), seen);
  return seen;
}

async function look(
  { streams }: PartContext,
  jobs: Jobs,
  settings: Settings,
  about: JobClusterDetails,
  id: string,
  name: string,
  program: OwnProgram | undefined,
): Promise<JobSeen> {
  const cluster = { url: settings.url };
  const group = Object.hasOwn(settings.groups, name) ? settings.groups[name] : undefined;
  const said: string[] = [];
  // Before everything else: the savepoint holds at least what was committed by now.
  const offsets =
    group === undefined || !streams
      ? []
      : await offsetsOf(streams, group).catch((error: Error) => {
          said.push(`job ${name}: the positions of group ${group} could not be read: ${error.message}`);
          return [];
        });
  if (group !== undefined && !streams)
    said.push(`job ${name}: group ${group} belongs to no cluster that the plan names`);
  if (group !== undefined && streams && said.length === 0 && offsets.length === 0)
    said.push(`job ${name}: group ${group} has committed nothing yet`);
  const [status, details] = await Promise.all([jobs.describe(cluster, id), jobs.details(cluster, id)]);
  const seen = await describeJob(status ?? { id, name, state: "RUNNING" }, details, about, offsets, program);
  return { ...seen, warnings: [...said, ...seen.warnings] };
}
