import * as v from "valibot";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";

/** A group that is due for longer than this is overdue: its timer was lost, and the sweep could not flush it. */
const LATE_MS = 2 * MINUTE_MS;
/** More need not be counted to be told. */
const MOST_COUNTED = 2_000;

/**
 * Flushes what no timer woke, of all tenants, and tells how much is left that should have been, at each run, zero as well: an alarm takes its absence
 * for the fault it would be.
 *
 * @throws what the flushes throw, after the count was told
 */
export async function sweep(runtime: Runtime, flushDue: FlushDue): Promise<number> {
  let failure: { readonly error: unknown } | undefined;
  try {
    await flushDue(runtime);
  } catch (error) {
    failure = { error };
  }
  const due = await runtime.store.due(runtime.now() - LATE_MS, MOST_COUNTED);
  const overdue = due.filter(({ noun }) => isAlerting(noun)).length;
  runtime.telemetry.gauge("headgate_flushes_overdue", overdue);
  if (failure) throw failure.error;
  return overdue;
}

type FlushDue = (runtime: Runtime) => Promise<unknown>;

/** Groups, and silences of which a notice is due; rows beside them are never due. */
const isAlerting = (noun: string) => noun === "alerting" || noun === "alerting-silence";

const SweepEvent = v.object({ kind: v.literal("sweep") });

/** Lambda: EventBridge Scheduler with `{"kind":"sweep"}` each minute. */
export async function handler(event: unknown): Promise<void> {
  v.parse(SweepEvent, event);
  const { runtime } = await deployed();
  try {
    const { flushDue } = await import("./flush.ts");
    await sweep(runtime, flushDue);
  } finally {
    await runtime.telemetry.flush();
  }
}
