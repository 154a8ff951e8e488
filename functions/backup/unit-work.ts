import { randomUUID } from "node:crypto";
import type { WrittenObject } from "../../shared/core/backup/run/unit.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { PlanContext } from "./context.ts";
import { type CopyProgress, copyUnit } from "./copy-unit.ts";
import { dataKey } from "./parts/receipts.ts";
import { keepReceipt, readUnits, unitReceipts } from "./run-papers.ts";

export interface UnitLimits {
  /** Instant of the runtime's clock at which no new work is begun; absent: none. */
  readonly until?: Millis;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
}

/**
 * Goes on with a unit where its receipts end, and leaves a receipt of its own.
 *
 * @returns whether anything is new: not where the unit is whole already
 * @throws HeadgateError where nothing could be read, or no place takes what was; then nothing counts of it
 */
export async function workUnit(
  context: PlanContext,
  { run, cut, unit }: WorkMessage,
  limits: UnitLimits,
): Promise<boolean> {
  const { streams, places, name, runtime } = context;
  if (cut === undefined || unit === undefined) throw new HeadgateError("input.invalid", "no unit is named");
  if (!streams) throw new HeadgateError("streams.unavailable", "no Kafka cluster can be reached from here");
  const done = await unitReceipts(context, run, unit);
  const last = done.at(-1);
  if (last?.receipt.rest.length === 0) return false;
  const stretches = last?.receipt.rest ?? (await readUnits(context, run, cut))[unit]?.stretches;
  if (!stretches) throw new HeadgateError("input.invalid", `${run} has no unit ${unit}`);
  const { until, signal, onProgress } = limits;
  const receipt = await copyUnit({
    ...{ streams, places, unit, stretches, part: done.length },
    prefix: dataKey({ plan: name, point: run, places }, ""),
    attempt: randomUUID().slice(0, 8),
    deadline: () => until !== undefined && runtime.now() >= until,
    now: runtime.now,
    pause: runtime.sleep,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  const kept = await keepReceipt(context, run, { ...receipt, ...(last ? { after: last.sha256 } : {}) });
  if (kept === "late") await forget(context, receipt.objects);
  return true;
}

/** Somebody else did the same part and was first: nobody refers to these. What cannot be removed now is swept with what other runs left. */
async function forget({ places }: PlanContext, objects: readonly WrittenObject[]): Promise<void> {
  await Promise.all(
    places.flatMap((place) => objects.map(({ key }) => place.objects.remove(key).catch(() => undefined))),
  );
}
