import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { PlanContext } from "./context.ts";
import { lookAtRun, runKey, runStateOf } from "./run.ts";
import { isDamage } from "./verified.ts";
import { verifyPoint } from "./verify.ts";
import type { WorkLimits } from "./work-queue.ts";

/** Of the time that is left; the rest is for telling that it was not enough. */
const SHARE = 0.9;
/** The longest a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Reads back what a run wrote, at every destination that has the point, and tells the run what was found.
 *
 * @throws HeadgateError where it could not be read: that is no damage
 */
export async function verifyRun(context: PlanContext, message: WorkMessage, limits: WorkLimits): Promise<void> {
  const { runtime, tenant, name, places } = context;
  const state = runStateOf(await runtime.store.load(runKey(tenant, name)));
  const has = state?.current?.point?.at ?? places.map((place) => place.name);
  const late = AbortSignal.timeout(Math.floor(Math.min(SHARE * limits.leftMs(), LONGEST_MS)));
  const found = await verifyPoint(
    places.filter((place) => has.includes(place.name)),
    name,
    message.run,
    {
      ...{ deep: message.depth === "deep", onlyNew: true, now: runtime.now },
      signal: limits.signal ? AbortSignal.any([late, limits.signal]) : late,
    },
  ).catch((error: unknown) => {
    if (!late.aborted) throw error;
    throw new HeadgateError(
      "objects.unavailable",
      "it has more than can be read back in one turn of a function; verify it by hand",
    );
  });
  if (!found.ok && !found.faults.some(isDamage))
    throw new HeadgateError("objects.unavailable", found.text, { retryable: true });
  const { ok, text } = found;
  await lookAtRun(context, { type: "queue", detail: "verified" }, { told: { verified: { ok, text } } });
}
