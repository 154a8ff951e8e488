import type { DrillNote, DrillReport } from "../../shared/core/backup/drill/types.ts";
import type { Verification } from "../../shared/core/backup/format/verification.ts";
import { isOver } from "../../shared/core/backup/restore/machine.ts";
import type { RestoreJob, RestoreState } from "../../shared/core/backup/restore/state.ts";
import type { RestorePlan, RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { pointNamed } from "./asks.ts";
import type { PlanContext } from "./context.ts";
import { beginDrill, loadDrills } from "./drill.ts";
import { loadPoint } from "./load-point.ts";
import { newestJson } from "./newest-json.ts";
import { clusterNamed } from "./restore-open.ts";
import { beginRestore, commandRestore, keptOf, loadRestore } from "./restore-run.ts";
import type { RestoreKept } from "./restore-turn.ts";
import { opener, sendTask } from "./tasks.ts";
import type { BackupDrillsView, BackupRestoreDetailView, BackupRestoreStartedView, BackupTaskView } from "./views.ts";
import "../shared-parts.ts";

const LISTED = 50;

/** Hands out a verification; its result lies beside the point. @throws HeadgateError `backup.unknown`, `runtime.unsupported` */
export async function beginVerify(context: PlanContext, point: string, deep: boolean): Promise<BackupTaskView> {
  const id = await pointNamed(context, point);
  await loadPoint(context.places, context.name, id).catch((error: unknown) => {
    // What is damaged is what a verification is for.
    if (error instanceof HeadgateError && error.code === "backup.unknown") throw error;
  });
  await sendTask(context, { run: id, task: "check", depth: deep ? "deep" : "shallow" });
  const plan = encodeURIComponent(context.name);
  return { plan: context.name, id, follow: `/api/v1/backup/${plan}/points/${id}/verifications` };
}

/** Looks at a point, the newest first. @throws HeadgateError of the places */
export async function verificationsOf(context: PlanContext, point: string): Promise<readonly Verification[]> {
  const id = await pointNamed(context, point);
  return (await newestJson(
    context.places,
    `verified/${context.name}/${id}/`,
    LISTED,
  )) as unknown as readonly Verification[];
}

export interface RestoreAsked {
  readonly point: string;
  readonly into?: string | undefined;
  readonly request: RestoreRequest;
  readonly approval: boolean;
  readonly check: boolean;
  readonly by: string;
  readonly why: string;
}

/** Plans a restore, and begins it unless it waits for a person. @throws HeadgateError `restore.refused` with every reason, `backup.busy` */
export async function restoreView(context: PlanContext, asked: RestoreAsked): Promise<BackupRestoreStartedView> {
  const { runtime, tenant, name, version } = context;
  const { approval, check, by, why, request } = asked;
  const point = await pointNamed(context, asked.point);
  const { name: cluster } = clusterNamed(context, asked.into);
  const rules = { approval, check, configVersion: version };
  const { id, plan } = await beginRestore(
    runtime,
    tenant,
    opener(context),
    { plan: name, ...{ point, cluster, request, by, why } },
    rules,
  );
  if (!approval) await sendTask(context, { run: id, task: "restore", approval, check });
  return { id, plan, follow: `/api/v1/backup/${encodeURIComponent(name)}/restores/${id}` };
}

/** Approves or cancels. @throws HeadgateError `backup.unknown`, `backup.busy` */
export async function restoreCommandView(
  context: PlanContext,
  id: string,
  said: { readonly kind: "approve" | "cancel"; readonly by: string; readonly why: string },
): Promise<RestoreJob> {
  const { runtime, tenant } = context;
  const job = await commandRestore(runtime, tenant, id, said);
  if (said.kind === "approve" && !isOver(job)) await sendTask(context, { run: id, task: "restore" });
  return job;
}

/** Restores of a plan that are known here, the newest first. @throws HeadgateError of the store */
export async function restoresView(runtime: Runtime, tenant: string, plan: string): Promise<readonly RestoreJob[]> {
  const jobs: RestoreJob[] = [];
  let cursor: string | undefined;
  do {
    const page = await runtime.store.list(tenant, "backup", { prefix: "restore:", ...(cursor ? { cursor } : {}) });
    for (const { state } of page.items) {
      const { job } = state as unknown as RestoreState;
      if (job?.plan === plan) jobs.push(job);
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
  return jobs.sort((a, b) => b.startedAt - a.startedAt).slice(0, LISTED);
}

/** @throws HeadgateError `backup.unknown` */
export async function oneRestoreView(context: PlanContext, id: string): Promise<BackupRestoreDetailView> {
  const job = await loadRestore(context.runtime, context.tenant, id);
  if (job?.plan !== context.name) throw new HeadgateError("backup.unknown", `there is no restore ${id}`);
  const kept: RestoreKept | undefined = await keptOf(context.places, job).load();
  const { report, compared = [] } = kept ?? {};
  return {
    job,
    ...(kept ? { plan: kept.plan as RestorePlan } : {}),
    ...(report ? { groups: report.groups, partitions: report.partitions, faults: report.faults } : {}),
    compared,
  };
}

/** Drills of a plan: the one under way, and those that are over by what lies at the destinations. @throws HeadgateError of the places */
export async function drillsView(context: PlanContext): Promise<BackupDrillsView> {
  const state = await loadDrills(context);
  const items = (await newestJson(
    context.places,
    `drills/${context.name}/`,
    LISTED,
  )) as unknown as readonly DrillReport[];
  return {
    plan: context.name,
    ...(state.current ? { current: state.current } : {}),
    ...(state.nextAt === undefined ? {} : { nextAt: state.nextAt }),
    notes: state.ended as readonly DrillNote[],
    items,
  };
}

/** Begins a drill. @throws HeadgateError `backup.busy`, `backup.unknown` */
export async function drillView(
  context: PlanContext,
  asked: { readonly point?: string; readonly by: string; readonly why: string },
): Promise<BackupTaskView> {
  const { by, why } = asked;
  const chosen = asked.point === undefined ? undefined : await pointNamed(context, asked.point);
  const point = chosen === undefined ? undefined : (await loadPoint(context.places, context.name, chosen)).manifest;
  const id = await beginDrill(context, { by, why, ...(point ? { point: { id: point.id, cutAt: point.cutAt } } : {}) });
  await sendTask(context, { run: id, task: "drill" });
  return { plan: context.name, id, follow: `/api/v1/backup/${encodeURIComponent(context.name)}/drills` };
}
