import type { PointDiff } from "../../shared/core/backup/compare/types.ts";
import type { Verification } from "../../shared/core/backup/format/verification.ts";
import type { Hold } from "../../shared/core/backup/keep/types.ts";
import { readPlaces } from "../../shared/core/backup/places.ts";
import type { RestorePlan, RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { PlanContext } from "./context.ts";
import { type CostView, costOf } from "./cost.ts";
import { diffOf } from "./diff.ts";
import { addHold, listHolds, removeHold } from "./holds.ts";
import { pointsInUse } from "./in-use.ts";
import { type BackupPlanView as PreviewView, planView } from "./plan-view.ts";
import { listPoints } from "./points.ts";
import { type PruneResult, prune } from "./prune.ts";
import { planOf } from "./restore.ts";
import { withMissing } from "./restore-missing.ts";
import { openRestore } from "./restore-open.ts";
import { type VerifyOptions, verifyPoint } from "./verify.ts";
import "../shared-parts.ts";

// What people ask of a plan that is open: the same for the API and for a command that works without a server.

const ORPHAN_MS = 24 * 3_600_000;

/**
 * The point that a word names: its id, with or without `bkp_`, or `latest`: the newest one that some destination has in order.
 *
 * @throws HeadgateError `backup.unknown`; those of the places
 */
export async function pointNamed(context: PlanContext, word: string): Promise<string> {
  if (word !== "latest") return word.startsWith("bkp_") ? word : `bkp_${word}`;
  const { points } = await listPoints(context.places, context.name);
  const found = points.find((one) => one.at.length > 0);
  if (found) return found.id;
  throw new HeadgateError("backup.unknown", `${context.name} has no restore point in order yet`);
}

/** @throws HeadgateError as `verifyPoint`. What is damaged is in the answer */
export const verifyOf = async (
  context: PlanContext,
  point: string,
  options: Omit<VerifyOptions, "now"> = {},
): Promise<Verification> =>
  verifyPoint(context.places, context.name, await pointNamed(context, point), {
    ...options,
    now: context.runtime.now,
  });

/** What is different in the newer of two points. @throws HeadgateError as `diffOf` */
export async function diffPointsOf(context: PlanContext, from: string, to: string): Promise<PointDiff> {
  const { places, name: plan } = context;
  const [a, b] = [await pointNamed(context, from), await pointNamed(context, to)];
  return diffOf(places, { plan, id: a }, { plan, id: b });
}

/** What a restore would do, and which objects it would miss; reads only. @throws HeadgateError as `openRestore` */
export async function restorePlanOf(
  context: PlanContext,
  point: string,
  request: RestoreRequest,
  into?: string,
): Promise<RestorePlan> {
  const world = await openRestore(context, await pointNamed(context, point), into);
  return withMissing(world.source.point, await planOf(world, request));
}

/** Removes, or with `dryRun` says it would remove, what the plan does not keep. @throws HeadgateError as `prune` */
export async function pruneOf(context: PlanContext, dryRun: boolean): Promise<PruneResult> {
  const { runtime, name, plan, places } = context;
  return prune(places, name, plan.keep, {
    now: Math.floor(runtime.now()),
    dryRun,
    orphanAfterMs: Math.max(ORPHAN_MS, 2 * plan.deadline),
    ...(await pointsInUse(context)),
  });
}

/** Legal holds of the plan. @throws HeadgateError of the places */
export const holdsOf = ({ places, name }: PlanContext): Promise<readonly Hold[]> => listHolds(places, name);

/** @throws HeadgateError `backup.unknown`, `input.invalid` without a reason */
export async function holdOf(
  context: PlanContext,
  point: string,
  said: { readonly reason: string; readonly by: string },
): Promise<Hold> {
  const { places, name: plan, runtime } = context;
  return addHold(places, { plan, id: await pointNamed(context, point), ...said, now: Math.floor(runtime.now()) });
}

/** @throws HeadgateError `backup.unknown` where there is no such hold */
export const releaseOf = async (context: PlanContext, point: string): Promise<Hold> =>
  removeHold(context.places, context.name, await pointNamed(context, point));

/** What the plan costs a month. @throws HeadgateError as `costOf` */
export function costOfPlan(context: PlanContext): Promise<CostView> {
  const { name, plan, places, config, runtime, streams } = context;
  const { places: settings } = readPlaces(plan.to, config.destinations ?? {}, `backup.${name}.to`, (path) => path);
  const { AWS_REGION: region } = process.env;
  return costOf({
    ...{ plan: name, config: plan, places, settings, now: Math.floor(runtime.now()) },
    ...(region === undefined ? {} : { region }),
    ...(streams ? { streams } : {}),
  });
}

/** What a run would take now, and what it would stumble over. @throws HeadgateError `backup.unknown` where the plan takes no topics */
export function previewOf(context: PlanContext): Promise<PreviewView> {
  const { streams, topics, plan, runtime } = context;
  if (streams && topics) return planView(streams, topics, plan, Math.floor(runtime.now()));
  throw new HeadgateError("backup.unknown", `${context.name} takes no topics: no cluster is configured`);
}
