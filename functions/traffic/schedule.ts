import * as v from "valibot";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { CheckHttp } from "../../shared/edge/http-check.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";
import { throwAll } from "../throw-all.ts";
import type { CheckQueue } from "./check-queue.ts";
import type { Looked } from "./checker.ts";

/** Deployed, looks are no closer than this: a message and a read of every service's backends each. */
const CLOSEST_SECONDS = 10;

const MINUTES_A_DAY = 1_440;
/** Of the day, UTC: what is forgotten once a day. */
const TIDY_MINUTE = 187;

/** Seconds into the minute at which it is looked again, because some service wants its checks more often than each minute. */
export function moreLooks(everyMs: readonly number[]): readonly number[] {
  const least = Math.min(MINUTE_MS, ...everyMs) / SECOND_MS;
  const step = Math.max(CLOSEST_SECONDS, Math.floor(least));
  const seconds: number[] = [];
  for (let at = step; at < 60; at += step) seconds.push(at);
  return seconds;
}

/**
 * The look of each minute: makes what is due, orders further looks within the minute where a service wants them, and finishes verdicts that
 * another look has left.
 *
 * @throws HeadgateError of store and journal; the first of several errors
 */
export async function minute(
  runtime: Runtime,
  tenant: string,
  { check, queue }: { readonly check: CheckHttp; readonly queue: CheckQueue },
): Promise<Looked> {
  const [{ checkDue, checkedServices }, { finishChecks, tidyChecks }, { handTo }, { sweepCircuits }] =
    await Promise.all([
      import("./checker.ts"),
      import("./check-sweep.ts"),
      import("./check-queue.ts"),
      import("./breaker-journal.ts"),
    ]);
  const services = await checkedServices(runtime, tenant);
  for (const seconds of moreLooks(services.map(({ config }) => config.health?.every ?? MINUTE_MS)))
    await queue.send([{ kind: "look", tenant }], seconds);
  const trigger = { type: "schedule" as const, detail: "checks" };
  const looked = await checkDue(runtime, tenant, { check, trigger, hand: handTo(queue) });
  await finishChecks(runtime, tenant);
  await sweepCircuits(runtime, tenant);
  if (Math.floor(runtime.now() / MINUTE_MS) % MINUTES_A_DAY === TIDY_MINUTE) await tidyChecks(runtime, tenant);
  throwAll(looked.errors, "checks could not be written");
  return looked;
}

const ChecksEvent = v.object({ kind: v.literal("check") });

/** Lambda: EventBridge Scheduler with `{"kind":"check"}` each minute. */
export async function handler(event: unknown): Promise<void> {
  v.parse(ChecksEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    const { deployedCheck, deployedQueue } = await import("./check-deployed.ts");
    await minute(runtime, tenant, { check: deployedCheck(), queue: deployedQueue(process.env) });
  } finally {
    await runtime.telemetry.flush();
  }
}
