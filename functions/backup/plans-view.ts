import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { openPlan, type PlanContext } from "./context.ts";
import { type ListedPoint, listPoints } from "./points.ts";
import { runKey, runStateOf } from "./run.ts";
import { partsOf } from "./run-config.ts";
import { runView } from "./run-view.ts";
import { type NewestVerification, newestVerification, newestVerifications } from "./verified.ts";
import type { BackupPlanView, BackupPointDetailView, BackupPointsView, BackupPointView } from "./views.ts";
import "../shared-parts.ts";

const AT_ONCE = 8;

async function planView(context: PlanContext): Promise<BackupPlanView> {
  const { runtime, tenant, name, plan, places, cluster } = context;
  const state = runStateOf(await runtime.store.load(runKey(tenant, name)));
  return {
    ...{ plan: name, everyMs: plan.every, destinations: places.map((place) => place.name) },
    ...(cluster ? { cluster: cluster.name } : {}),
    parts: [...(cluster ? ["kafka"] : []), ...partsOf(context)],
    ...(state?.nextAt === undefined ? {} : { nextAt: state.nextAt }),
    failures: state?.failures ?? 0,
    ...(state?.current ? { running: runView(context, state) } : {}),
    ...(state?.point ? { newest: state.point } : {}),
    ended: state?.ended ?? [],
  };
}

/** All plans of the configuration in force, in order of their names. @throws HeadgateError of the store; `config.invalid` */
export async function plansView(runtime: Runtime, tenant: string): Promise<readonly BackupPlanView[]> {
  const names = Object.keys((await currentConfig(runtime, tenant))?.config.backup ?? {}).sort();
  return bounded(names, AT_ONCE, async (name) => planView(await openPlan(runtime, tenant, name)));
}

/** One plan. @throws HeadgateError `backup.unknown`, `config.invalid`; those of the store */
export const onePlanView = async (runtime: Runtime, tenant: string, plan: string): Promise<BackupPlanView> =>
  planView(await openPlan(runtime, tenant, plan));

/** All that was found is that a place did not have the point, and it has it by now: what is there was not looked at yet. */
const isHealed = ({ plan, id, at }: ListedPoint, { faults }: NewestVerification): boolean =>
  faults.length > 0 &&
  faults.every(
    ({ key, place, what }) =>
      key === pointKey(plan, id, MANIFEST) && what.endsWith(" is not there") && at.includes(place),
  );

/** A point as it stands in lists. `found`: what its newest verification says; what that found is a fault of it. */
export function pointView(point: ListedPoint, found?: NewestVerification): BackupPointView {
  const { manifest, at, missing, faults } = point;
  const { totals } = manifest;
  const verified = found && (found.ok ? "ok" : isHealed(point, found) ? undefined : "failed");
  const damaged = at.length === 0 || verified === "failed";
  const said = faults.map(({ what }) => what);
  return {
    ...{ id: point.id, plan: point.plan, kind: manifest.kind, cutAt: manifest.cutAt, finishedAt: manifest.finishedAt },
    ...{ topics: totals.topics, partitions: totals.partitions, records: totals.records },
    ...{ newRecords: totals.newRecords, newBytes: totals.newBytes, storedBytes: totals.storedBytes },
    parts: manifest.parts.map(({ kind }) => kind),
    ...{ gaps: manifest.gaps.length, warnings: manifest.warnings.length, needs: manifest.needs.length },
    ...{ at, missing },
    status: damaged ? "damaged" : missing.length > 0 ? "degraded" : "whole",
    ...(verified === undefined ? {} : { verified }),
    faults: found && verified === "failed" && !said.includes(found.text) ? [...said, found.text] : said,
  };
}

/** Restore points of a plan by what lies at its destinations, the newest first. @throws HeadgateError `objects.unavailable` where none answers */
export async function pointsViewOf(context: PlanContext): Promise<BackupPointsView> {
  const { points, unreadable, unreachable } = await listPoints(context.places, context.name);
  const check = await newestVerifications(context.places, context.name);
  return {
    points: await bounded(points, AT_ONCE, async (point) => pointView(point, await check(point.id))),
    unreadable: unreadable.map(({ plan, id, faults }) => ({ plan, id, why: faults[0]?.what ?? "nobody said why" })),
    unreachable: unreachable.map(({ place, what }) => ({ place, why: what })),
  };
}

/** @throws HeadgateError `backup.unknown`; as {@link pointsViewOf} */
export async function pointDetailOf(context: PlanContext, id: string): Promise<BackupPointDetailView> {
  const { points, unreadable } = await listPoints(context.places, context.name);
  const point = points.find((one) => one.id === id);
  if (point) {
    const found = await newestVerification(context.places, point.plan, point.id);
    return { ...pointView(point, found), manifest: point.manifest };
  }
  const broken = unreadable.find((one) => one.id === id);
  if (broken) throw new HeadgateError("backup.damaged", broken.faults[0]?.what ?? `${id} cannot be read`);
  throw new HeadgateError("backup.unknown", `${context.name} has no restore point ${id}`);
}

export const pointsView = async (runtime: Runtime, tenant: string, plan: string): Promise<BackupPointsView> =>
  pointsViewOf(await openPlan(runtime, tenant, plan));

export const pointDetailView = async (
  runtime: Runtime,
  tenant: string,
  plan: string,
  id: string,
): Promise<BackupPointDetailView> => pointDetailOf(await openPlan(runtime, tenant, plan), id);
