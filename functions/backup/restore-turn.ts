import type { RestoreTurn } from "../../shared/core/backup/restore/state.ts";
import type { RestorePlan, RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type RestoreReport, restorePoint } from "./restore.ts";
import { compareRestored, type PartitionCompared } from "./restore-compare.ts";
import { keySet } from "./restore-records.ts";
import type { RestoreContext, RestoreLimits, RestoreProgress } from "./restore-types.ts";

/** What later turns need of earlier ones, beside what the cluster itself shows. */
export interface RestoreKept {
  readonly v: 1;
  readonly request: RestoreRequest;
  /** As it was decided before anything was touched. */
  readonly plan: RestorePlan;
  readonly report?: Omit<RestoreReport, "plan">;
  readonly compared: readonly PartitionCompared[];
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const NOTHING = { records: 0, bytes: 0, partitions: 0, groups: 0, faults: [] };

/** What an error says about going on. Never throws. */
export const failedTurn = (error: unknown): RestoreTurn => ({
  ...NOTHING,
  status: "failed",
  final: error instanceof HeadgateError && !error.retryable,
  why: message(error),
});

/** One turn of bringing back: until all is in, or its time is over. `recordsOnly`: groups and settings come later. */
export async function restoreTurn(
  context: RestoreContext,
  kept: RestoreKept,
  limits: RestoreLimits & {
    readonly onProgress?: (progress: RestoreProgress) => void;
    readonly recordsOnly?: boolean;
    readonly id?: string;
  },
): Promise<{ readonly kept: RestoreKept; readonly turn: RestoreTurn }> {
  const report = await restorePoint(context, kept.request, { ...limits, before: kept.plan });
  const { plan: _, ...rest } = report;
  const whole = report.partitions.filter(({ status }) => status === "done").length;
  const trouble = report.partitions.find(({ status, why }) => status === "more" && why !== undefined)?.why;
  const turn: RestoreTurn = {
    status: report.status,
    records: report.records,
    bytes: report.bytes,
    partitions: whole,
    groups: report.groups.filter(({ status }) => status === "set").length,
    faults: report.faults,
    ...(trouble === undefined ? {} : { why: trouble }),
  };
  return { kept: { ...kept, report: rest }, turn };
}

/** One turn of comparing. */
export async function compareTurn(
  context: RestoreContext,
  kept: RestoreKept,
  limits: RestoreLimits,
): Promise<{ readonly kept: RestoreKept; readonly turn: RestoreTurn }> {
  const { time, keys } = kept.request;
  const failed = (kept.report?.partitions ?? []).filter(({ status }) => status === "failed");
  const known = new Set(
    [...kept.compared, ...failed.map((one) => ({ ...one, topic: one.target }))].map(
      ({ topic, partition }) => `${topic}/${partition}`,
    ),
  );
  const { whole, partitions } = await compareRestored(context, kept.plan, {
    known,
    picking: { ...time, ...(keys ? { keys: keySet(keys) } : {}) },
    mayGoOn: () =>
      limits.signal?.aborted !== true && (limits.deadline === undefined || context.now() < limits.deadline),
  });
  const compared = [...kept.compared, ...partitions];
  const faults = compared.flatMap(({ differences, examples }) => (differences === 0 ? [] : examples.slice(0, 2)));
  const turn: RestoreTurn = {
    ...NOTHING,
    status: !whole ? "more" : faults.length === 0 ? "done" : "partly",
    partitions: compared.length,
    faults,
  };
  return { kept: { ...kept, compared }, turn };
}
