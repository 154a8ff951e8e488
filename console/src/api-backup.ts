import type {
  BackupCommand,
  BackupCost,
  BackupCoverage,
  BackupDiff,
  BackupDrills,
  BackupHealed,
  BackupHold,
  BackupPlan,
  BackupPlans,
  BackupPointDetail,
  BackupPoints,
  BackupPrune,
  BackupTask,
  BackupVerification,
  Recovery,
  RestoreDetail,
  RestoreJobView,
  RestorePlanned,
  RestoreStarted,
  RestoreWanted,
} from "../../functions/api/views-backup.ts";
import { getDecisions } from "./api.ts";
import type { Said } from "./api-traffic.ts";
import { api, ask, given, keyed, PATIENCE_MS, segment } from "./request.ts";

const routes = api.backup;
const one = routes[":plan"];
const point = one.points[":id"];
const restore = one.restores[":id"];

const of = (plan: string) => ({ plan: segment(plan) });
const at = (plan: string, id: string) => ({ plan: segment(plan), id: segment(id) });

export const getPlans = (signal: AbortSignal): Promise<BackupPlans> =>
  ask((options) => routes.$get({}, options), signal);

export const getPlan = (plan: string, signal: AbortSignal): Promise<BackupPlan> =>
  ask((options) => one.$get({ param: of(plan) }, options), signal);

export const getPoints = (plan: string, signal: AbortSignal): Promise<BackupPoints> =>
  ask((options) => one.points.$get({ param: of(plan) }, options), signal);

export const getPoint = (plan: string, id: string, signal: AbortSignal): Promise<BackupPointDetail> =>
  ask((options) => point.$get({ param: at(plan, id) }, options), signal);

export const getVerifications = (
  plan: string,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly items: readonly BackupVerification[] }> =>
  ask((options) => point.verifications.$get({ param: at(plan, id) }, options), signal);

export const getDiff = (plan: string, id: string, to: string, signal: AbortSignal): Promise<BackupDiff> =>
  ask((options) => point.diff.$get({ param: at(plan, id), query: given({ to }) }, options), signal);

export const getHolds = (plan: string, signal: AbortSignal): Promise<{ readonly items: readonly BackupHold[] }> =>
  ask((options) => one.holds.$get({ param: of(plan) }, options), signal);

export const getCost = (plan: string, signal: AbortSignal): Promise<BackupCost> =>
  ask((options) => one.cost.$get({ param: of(plan) }, options), signal);

export const getCoverage = (plan: string, signal: AbortSignal): Promise<BackupCoverage> =>
  ask((options) => one.preview.$get({ param: of(plan) }, options), signal);

export const getDrills = (plan: string, signal: AbortSignal): Promise<BackupDrills> =>
  ask((options) => one.drills.$get({ param: of(plan) }, options), signal);

/** Where recovery of a plan stands, by what was measured. */
export const getRecovery = (plan: string, signal: AbortSignal): Promise<Recovery> =>
  ask((options) => api.recovery.plans[":plan"].$get({ param: of(plan) }, options), signal);

export const getRestores = (
  plan: string,
  signal: AbortSignal,
): Promise<{ readonly items: readonly RestoreJobView[] }> =>
  ask((options) => one.restores.$get({ param: of(plan) }, options), signal);

export const getRestore = (plan: string, id: string, signal: AbortSignal): Promise<RestoreDetail> =>
  ask((options) => restore.$get({ param: at(plan, id) }, options), signal);

/** What a restore would do; nothing is written. */
export const planRestore = (
  plan: string,
  id: string,
  wanted: { readonly into?: string; readonly request: RestoreWanted },
  signal: AbortSignal,
): Promise<RestorePlanned> =>
  ask(
    // The types of a request are read-only here and plain there; they say the same.
    (options) => one.restores.plan.$post({ param: of(plan), json: { point: id, ...wanted } as never }, options),
    signal,
  );

export const beginRestore = (
  plan: string,
  json: {
    readonly point: string;
    readonly into?: string;
    readonly request: RestoreWanted;
    readonly approval: boolean;
    readonly check: boolean;
  } & Said,
  key: string,
): Promise<RestoreStarted> =>
  ask((options) => one.restores.$post({ param: of(plan), json: json as never }, keyed(options, key)));

export const commandRestore = (
  plan: string,
  id: string,
  verb: "approve" | "cancel",
  json: Said,
  key: string,
): Promise<RestoreJobView> => ask((options) => restore[verb].$post({ param: at(plan, id), json }, keyed(options, key)));

export const runNow = (plan: string, json: Said, key: string): Promise<BackupCommand> =>
  ask((options) => one.run.$post({ param: of(plan), json }, keyed(options, key)));

export const stopRun = (plan: string, json: Said & { readonly id: string }, key: string): Promise<BackupCommand> =>
  ask((options) => one.stop.$post({ param: of(plan), json }, keyed(options, key)));

export const beginDrill = (plan: string, json: Said, key: string): Promise<BackupTask> =>
  ask((options) => one.drills.$post({ param: of(plan), json }, keyed(options, key)));

export const healPlan = (plan: string, key: string): Promise<BackupHealed> =>
  ask((options) => one.heal.$post({ param: of(plan) }, keyed(options, key)));

/** What would go; nothing does. */
export const lookAtPrune = (plan: string): Promise<BackupPrune> =>
  ask((options) => one.prune.$post({ param: of(plan), json: { dryRun: true } }, options));

export const prunePlan = (plan: string, key: string): Promise<BackupPrune> =>
  ask((options) => one.prune.$post({ param: of(plan), json: { dryRun: false } }, keyed(options, key)));

export const verifyPoint = (plan: string, id: string, deep: boolean, key: string): Promise<BackupTask> =>
  ask((options) => point.verify.$post({ param: at(plan, id), json: { deep } }, keyed(options, key)));

export const holdPoint = (
  plan: string,
  id: string,
  json: { readonly reason: string; readonly by?: string },
  key: string,
): Promise<BackupHold> => ask((options) => point.hold.$post({ param: at(plan, id), json }, keyed(options, key)));

export const releasePoint = (plan: string, id: string, key: string): Promise<BackupHold> =>
  ask((options) => point.release.$post({ param: at(plan, id) }, keyed(options, key)));

/** The record an act has just left: the answers of backups name none. Empty where it cannot be found. */
export async function recordOf(subject: string, reason: string): Promise<readonly string[]> {
  const filters = { noun: "backup", subject, reason, limit: 1 };
  const found = await getDecisions(filters, AbortSignal.timeout(PATIENCE_MS)).catch(() => undefined);
  return found?.items[0] ? [found.items[0].id] : [];
}
