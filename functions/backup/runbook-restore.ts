import type { RecoveryPoint } from "../../shared/core/backup/recovery/types.ts";
import { isOver } from "../../shared/core/backup/restore/machine.ts";
import type { RestoreJob } from "../../shared/core/backup/restore/state.ts";
import type { RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { formatDuration } from "../../shared/core/kernel/time.ts";
import { restoresView } from "./asks-restore.ts";
import type { PlanContext } from "./context.ts";
import { recoveryPoints } from "./recovery.ts";
import { planOf } from "./restore.ts";
import { jobIdFor, restoreJobs } from "./restore-jobs.ts";
import { jobWorld, openRestore } from "./restore-open.ts";
import { beginRestore, driveRestore, loadRestore } from "./restore-run.ts";
import { openSource } from "./restore-source.ts";
import type { DeedContext, DeedResult, RunbookDeeds } from "./runbook.ts";
import { opener, sendTask } from "./tasks.ts";

const BY = "runbook";
type Open = (plan: string) => Promise<PlanContext>;

const newestVerified = async ({ places, name }: PlanContext): Promise<RecoveryPoint | undefined> =>
  (await recoveryPoints(places, name)).find(({ verified }) => verified?.ok);
const noPoint = (plan: string): DeedResult => ({
  status: "refused",
  text: `there is no verified restore point of ${plan}`,
});

/** The restore that was begun under this key, and not told of as failed yet. */
async function begunUnder(
  { runtime, tenant, name }: PlanContext,
  { key, evidence }: DeedContext,
): Promise<RestoreJob | undefined> {
  const told = evidence as { readonly over?: unknown } | undefined;
  const jobs = await restoresView(runtime, tenant, name);
  return jobs.find(({ by, why, id }) => by === BY && why === key && id !== told?.over);
}

function progressOf(job: RestoreJob): DeedResult {
  const { id, so, totals, phase } = job;
  const evidence = { restore: id, point: job.point } as const;
  if (!isOver(job))
    return {
      status: "waiting",
      text: `${id} is ${phase}: ${so.records} of ${totals.records} records, ${so.partitions} of ${totals.partitions} partitions`,
      evidence,
    };
  const text = `${id} of ${job.point}: ${job.result ?? phase}`;
  if (phase === "done") return { status: "done", text, evidence };
  // Trying again begins another one, which goes on where this one was.
  return { status: "refused", text, evidence: { ...evidence, over: id } };
}

/** The newest verified point of a plan into a cluster, under the step's key: done again it is the same restore. */
export const restoreDeed =
  (open: Open): NonNullable<RunbookDeeds["restore"]> =>
  async ({ plan, cluster, topics, exclude }, context) => {
    const opened = await open(plan);
    const { runtime, tenant, version } = opened;
    const before = context.rehearsal ? undefined : await begunUnder(opened, context);
    if (before) {
      // Its worker may have died; a message too many does nothing.
      if (!isOver(before) && runtime.work) await sendTask(opened, { run: before.id, task: "restore", check: true });
      return progressOf(before);
    }
    const point = await newestVerified(opened);
    if (!point) return noPoint(plan);
    const request: RestoreRequest = {
      ...(topics ? { topics } : {}),
      ...(exclude && exclude.length > 0 ? { exclude } : {}),
    };
    if (context.rehearsal) return rehearse(opened, point, cluster, request);
    const rules = { check: true, configVersion: version };
    const ask = { plan, point: point.id, cluster, request, by: BY, why: context.key };
    const { id } = await beginRestore(runtime, tenant, opener(opened), ask, rules);
    if (runtime.work) await sendTask(opened, { run: id, task: "restore", check: true });
    else await driveRestore(runtime, tenant, opener(opened), id, { rules });
    const job = await loadRestore(runtime, tenant, id);
    return job ? progressOf(job) : { status: "waiting", text: `${id} is begun`, evidence: { restore: id } };
  };

async function rehearse(
  opened: PlanContext,
  point: RecoveryPoint,
  cluster: string,
  request: RestoreRequest,
): Promise<DeedResult> {
  const { totals, refusals } = await planOf(await openRestore(opened, point.id, cluster), request);
  const evidence: Json = { point: point.id, topics: totals.topics, records: totals.records, bytes: totals.bytes };
  const text = `${totals.records} records of ${totals.topics} topics would come from ${point.id} into ${cluster}, in about ${formatDuration(totals.estimateMs)}`;
  const [first] = refusals;
  if (!first) return { status: "done", text, evidence };
  const more = refusals.length > 1 ? `, and ${refusals.length - 1} more` : "";
  return {
    status: "refused",
    text: `${point.id} could not be restored into ${cluster}: ${first.why}${more}`,
    evidence,
  };
}

/** Jobs of the newest verified point from their savepoints, each under an id of its own that is the same for each try. */
export const startJobsDeed =
  (open: Open): NonNullable<RunbookDeeds["start_jobs"]> =>
  async ({ plan, flink }, { key, rehearsal }) => {
    const opened = await open(plan);
    const world = jobWorld(opened, flink);
    if (!world) return { status: "refused", text: "no Flink cluster can be reached from here" };
    const point = await newestVerified(opened);
    if (!point) return noPoint(plan);
    const { parts } = await openSource(opened.places, plan, point.id);
    const jobs = parts.flink?.jobs ?? [];
    const evidence = { point: point.id, jobs: jobs.map(({ name }) => name) };
    if (jobs.length === 0) return { status: "done", text: `${point.id} holds no jobs`, evidence };
    if (rehearsal) {
      const { jars } = await world.jobs.about(world.flink);
      const without = jobs.filter(
        ({ savepoint, jar }) => !savepoint || (jar && !jars.some(({ name }) => name === jar.name)),
      );
      const text = `${jobs.length - without.length} of ${jobs.length} jobs of ${point.id} would start from their savepoints`;
      const [odd] = without;
      return odd
        ? {
            status: "refused",
            text: `${text}; ${odd.name} has ${odd.savepoint ? "no jar there" : "no savepoint"}`,
            evidence,
          }
        : { status: "done", text, evidence };
    }
    const plans = jobs.map(({ name, savepoint }) => ({
      name,
      matches: savepoint !== undefined,
      why: "it has no savepoint",
      ...(savepoint ? { savepoint: savepoint.path } : {}),
    }));
    const done = await restoreJobs(world, parts.flink, plans, key);
    const not = done.filter(({ status }) => status === "not");
    const told = done.map(({ name, status, why }) => `${name} ${status === "not" ? `not: ${why}` : status}`).join("; ");
    const ids = Object.fromEntries(jobs.map(({ id, name }) => [name, jobIdFor(key, id)]));
    return { status: not.length === 0 ? "done" : "refused", text: told, evidence: { ...evidence, ids } };
  };
