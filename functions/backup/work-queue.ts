import * as v from "valibot";
import { VERIFICATION } from "../../shared/core/backup/run/sealing.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type DurationMs, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";
import { type BatchResponse, messageOf } from "../queue-batch.ts";
import { openPlan, type PlanContext } from "./context.ts";
import type { CopyProgress } from "./copy-unit.ts";
import { lookAtRun, runKey, runStateOf } from "./run.ts";
import { workUnit } from "./unit-work.ts";
import { takeLease } from "./work-lease.ts";

const Message = v.object({
  tenant: v.string(),
  plan: v.string(),
  run: v.string(),
  task: v.picklist(["unit", "verify", "check", "restore", "drill"]),
  cut: v.optional(v.string()),
  unit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  attempt: v.number(),
  depth: v.optional(v.picklist(["shallow", "deep"])),
  approval: v.optional(v.boolean()),
  check: v.optional(v.boolean()),
});

/** Does one message, whatever it asks for. @throws HeadgateError of the store; `backup.unknown` where the plan is gone */
export async function doWork(runtime: Runtime, message: WorkMessage, limits: WorkLimits): Promise<void> {
  if (message.task === "unit" || message.task === "verify")
    await work(await openPlan(runtime, message.tenant, message.plan), message, limits);
  else await (await import("./tasks.ts")).doTask(runtime, message, limits);
}

/** Of the time that is left; the rest is for packing what was read, its receipt, and the look at the run. */
const SHARE = 0.8;
/** Where nobody limits the time: a receipt at least so often, so that little is lost with a process. Longer than the patience of copy-unit.ts. */
const LONGEST_MS = 5 * MINUTE_MS;

export interface WorkLimits {
  /** Real milliseconds that are left. */
  readonly leftMs: () => DurationMs;
  readonly signal?: AbortSignal;
  readonly onProgress?: (unit: number, progress: CopyProgress) => void;
  /** One process that looks at the run itself when work is done. */
  readonly quiet?: boolean;
}

/** What a worker knows when it is done; the run is looked at with it. */
export interface Worked {
  readonly status: "done" | "nothing" | "failed";
  readonly why?: string;
}

const messageText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Does one piece of work, whoever else may be doing it: with a lease, as far as the time goes, and what is done counts by its receipt. Then the run is looked at. A run that is
 * over, or another one, is left alone.
 *
 * @throws HeadgateError of the store
 */
export async function work(context: PlanContext, message: WorkMessage, limits: WorkLimits): Promise<Worked> {
  const { runtime, tenant, name } = context;
  const state = runStateOf(await runtime.store.load(runKey(tenant, name)));
  const current = state?.current;
  if (current?.id !== message.run || (message.task === "unit" && current.cut?.name !== message.cut))
    return { status: "nothing" };
  const time = Math.min(SHARE * limits.leftMs(), LONGEST_MS);
  const giveBack = await takeLease(runtime, message, limits.leftMs());
  if (!giveBack) return { status: "nothing" };
  let worked: Worked;
  try {
    worked =
      message.task === "unit" ? await unit(context, message, limits, time) : await verify(context, message, limits);
  } catch (error) {
    if (limits.signal?.aborted) throw error;
    worked = { status: "failed", why: messageText(error) };
    runtime.telemetry.log("warn", `work of ${name} failed`, {
      tenant,
      run: message.run,
      task: message.task,
      error: worked.why,
    });
    runtime.telemetry.count("headgate_backup_work_failures_total", { plan: name, task: message.task });
  } finally {
    await giveBack();
  }
  if (!limits.quiet) await tell(context, message, worked);
  return worked;
}

async function unit(context: PlanContext, message: WorkMessage, limits: WorkLimits, time: DurationMs): Promise<Worked> {
  const { runtime } = context;
  const news = await workUnit(context, message, {
    until: runtime.now() + time * runtime.speed,
    ...(limits.signal ? { signal: limits.signal } : {}),
    onProgress: (progress) => limits.onProgress?.(message.unit ?? 0, progress),
  });
  return { status: news ? "done" : "nothing" };
}

async function verify(context: PlanContext, message: WorkMessage, limits: WorkLimits): Promise<Worked> {
  const { verifyRun } = await import("./verify-run.ts");
  await verifyRun(context, message, limits);
  return { status: "done" };
}

/** The run is looked at with what the worker knows. Failing is no harm: the run looks for itself. */
async function tell(context: PlanContext, message: WorkMessage, { status, why }: Worked): Promise<void> {
  const { runtime, tenant } = context;
  const number = message.task === "unit" ? (message.unit ?? 0) : VERIFICATION;
  const told = status === "failed" ? { failed: [{ unit: number, why: why ?? "nobody said why" }] } : {};
  try {
    await lookAtRun(context, { type: "queue", detail: `${message.task} ${status}` }, { told });
  } catch (error) {
    runtime.telemetry.log("warn", "the run could not be looked at; it will be", {
      tenant,
      run: message.run,
      error: messageText(error),
    });
  }
}

/** Does the work that a batch of messages names, one after another. A message that is none ends in the dead-letter queue. */
export async function handleWork(
  runtime: Runtime,
  records: readonly { readonly messageId: string; readonly body: string }[],
  leftMs: () => DurationMs,
): Promise<BatchResponse> {
  const failed: string[] = [];
  for (const { messageId, body } of records) {
    const message = messageOf(Message, body) as WorkMessage | undefined;
    if (!message) {
      runtime.telemetry.log("error", "queue message is no work of a backup", { messageId });
      failed.push(messageId);
      continue;
    }
    try {
      await doWork(runtime, message, { leftMs });
    } catch (error) {
      // A plan that was taken out of the configuration has nothing to do any more.
      if (error instanceof HeadgateError && error.code === "backup.unknown") continue;
      runtime.telemetry.log("error", "work of a backup failed", { messageId, error: messageText(error) });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "backup" });
      failed.push(messageId);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

const SqsEvent = v.object({ Records: v.array(v.object({ messageId: v.string(), body: v.string() })) });

/** Lambda: the queue of work, one message at a time. */
export async function handler(
  event: unknown,
  { getRemainingTimeInMillis }: { readonly getRemainingTimeInMillis: () => number },
): Promise<BatchResponse> {
  const { Records } = v.parse(SqsEvent, event);
  const { runtime } = await deployed();
  try {
    return await handleWork(runtime, Records, getRemainingTimeInMillis);
  } finally {
    await runtime.telemetry.flush();
  }
}
