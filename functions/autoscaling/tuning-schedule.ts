import * as v from "valibot";
import { autoOf } from "../../shared/core/autoscaling/auto.ts";
import { tuningSubject } from "../../shared/core/autoscaling/tune/subject.ts";
import type { TuningState } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { deployed } from "../deployed.ts";
import { throwAll } from "../throw-all.ts";
import { targetsOf } from "./targets.ts";

const AT_ONCE = 20;
/** Of the quarter of an hour that a function has at the most. Real ms. What is left over is due in the next hour as well. */
const BUDGET_MS = 10 * 60_000;

export interface TuneDueOptions {
  readonly id?: string;
  /** Real ms after which no further service is begun. */
  readonly budgetMs?: number;
}

/**
 * Looks which services with a policy `auto` want to be picked for anew, and does it, one after the other, the longest due first. It reads one small
 * item for each of them, and nothing where no service has the policy.
 *
 * @returns the services that were looked at
 * @throws HeadgateError when the store does not answer, or when a service could not be looked at
 */
export async function tuneDue(
  runtime: Runtime,
  tenant: string,
  { id, budgetMs = BUDGET_MS }: TuneDueOptions = {},
): Promise<readonly string[]> {
  const current = await currentConfig(runtime, tenant);
  const targets = current ? targetsOf(current.config).filter(({ config }) => autoOf(config)) : [];
  if (targets.length === 0) return [];
  const now = runtime.now();
  const dues = await bounded(targets, AT_ONCE, async ({ name }) => ({ name, at: await dueOf(runtime, tenant, name) }));
  const due = dues.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
  const { runTuning } = await import("./tuning-deferred.ts");
  const started = performance.now();
  const failed: Error[] = [];
  const looked: string[] = [];
  for (const { name } of due) {
    if (performance.now() - started > budgetMs) break;
    const trigger = { type: "schedule" as const, ...(id === undefined ? {} : { id }), detail: "tuning: due" };
    try {
      await runTuning(runtime, { tenant, service: name, trigger });
      looked.push(name);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      runtime.telemetry.log("error", "service could not be tuned", { tenant, service: name, error: error.message });
      failed.push(error);
    }
  }
  throwAll(failed, "services could not be tuned");
  return looked;
}

/** 0: it was never looked at, or a worker has left it behind. */
async function dueOf(runtime: Runtime, tenant: string, service: string): Promise<Millis> {
  const stored = await runtime.store.load({ tenant, noun: "autoscaling", subject: tuningSubject(service) });
  if (!stored || stored.pending) return 0;
  return (stored.state as Partial<TuningState>).dueAt ?? 0;
}

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
/** With a service: what the API hands over when a person asks for a look. */
const TuningEvent = v.object({
  kind: v.literal("tuning"),
  id: v.optional(v.string()),
  asked: v.optional(v.object({ tenant: text, service: text, detail: text })),
});

/**
 * One event: a look at one service that a person has asked for, or at whatever is due. A service that has lost its `auto` meanwhile is left alone: to try
 * again would not bring it back.
 */
export async function handleTuning(runtime: Runtime, tenant: string, event: unknown): Promise<void> {
  const { id, asked } = v.parse(TuningEvent, event);
  if (!asked) return void (await tuneDue(runtime, tenant, id === undefined ? {} : { id }));
  const { runTuning } = await import("./tuning-deferred.ts");
  const trigger = { type: "api" as const, detail: asked.detail };
  try {
    await runTuning(runtime, { tenant: asked.tenant, service: asked.service, trigger });
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code !== "service.unknown") throw error;
    runtime.telemetry.log("warn", "nothing to tune", { ...asked, error: error.message });
  }
}

/** Lambda: EventBridge Scheduler with `{"kind":"tuning"}` each hour, and the API where a person asks. */
export async function handler(event: unknown): Promise<void> {
  const { runtime, tenant } = await deployed();
  try {
    await handleTuning(runtime, tenant, event);
  } finally {
    await runtime.telemetry.flush();
  }
}
