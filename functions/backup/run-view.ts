import type { Beside, RunState } from "../../shared/core/backup/run/types.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { PlanContext } from "./context.ts";
import type { BackupRunView } from "./views.ts";

/** A rate needs a moment to mean something. */
const SETTLED_MS = 2 * SECOND_MS;

/**
 * How far the run under way is. Without one: the last that ended, whole.
 *
 * @param under what workers of this process have read of units that are not whole
 */
export function runView(
  { runtime, name }: Pick<PlanContext, "runtime" | "name">,
  { current, ended }: RunState,
  under: readonly { readonly bytes: number; readonly records: number }[] = [],
): BackupRunView {
  const run = current;
  if (!run) {
    const [last] = ended;
    const { point } = last ?? {};
    return {
      ...{ id: last?.id ?? "", plan: name, phase: last?.phase ?? "cutting", by: "", why: "" },
      ...{ startedAt: last?.startedAt ?? 0, deadline: last?.endedAt ?? 0 },
      ...(point ? { cutAt: point.cutAt, kind: point.kind } : {}),
      ...{ units: { done: 0, lost: 0 }, bytes: point?.newBytes ?? 0, records: point?.newRecords ?? 0, parts: [] },
    };
  }
  const { cut, counts } = run;
  const sum = (what: (one: { bytes: number; records: number }) => number): number =>
    under.reduce((total, one) => total + what(one), 0);
  const bytes = counts.bytes + sum((one) => one.bytes);
  const took = cut ? (runtime.now() - cut.at) / runtime.speed : 0;
  const rate = run.phase === "copying" && took >= SETTLED_MS && bytes > 0 ? bytes / (took / SECOND_MS) : undefined;
  const left = cut && rate !== undefined && cut.bytes > bytes ? ((cut.bytes - bytes) / rate) * SECOND_MS : undefined;
  return {
    ...{ id: run.id, plan: name, phase: run.phase, by: run.by, why: run.why },
    ...{ startedAt: run.startedAt, deadline: run.deadline },
    ...(cut ? { cutAt: cut.at, kind: cut.kind, totalBytes: cut.bytes } : {}),
    units: { done: counts.units, lost: run.lost.length, ...(cut ? { total: cut.units } : {}) },
    ...{ bytes, records: counts.records + sum((one) => one.records) },
    ...(rate === undefined ? {} : { bytesPerSecond: Math.round(rate) }),
    ...(left === undefined ? {} : { leftMs: Math.round(left) }),
    parts: Object.entries(run.parts).map(([kind, note]) => ({
      kind: kind as Beside,
      status: note.status,
      ...(note.why === undefined ? {} : { why: note.why }),
    })),
    ...(run.trouble === undefined ? {} : { trouble: run.trouble }),
  };
}
