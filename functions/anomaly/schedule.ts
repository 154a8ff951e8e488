import * as v from "valibot";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";
import { isDue, type ScoreMessage, shardsOf } from "./shards.ts";
import { scoreTargetsOf } from "./targets.ts";
import { tidy } from "./tidy.ts";

/** Where messages for the scoring workers go. Errors: HeadgateError `timers.unavailable` (retryable); some may have been sent. */
export interface ScoreQueue {
  send(messages: readonly ScoreMessage[]): Promise<void>;
}

/**
 * Asks for the shards in which something is to be read this minute. Messages name the instant up to which points are read, not the
 * points: one that is lost is made up for by the next.
 */
export async function schedule(runtime: Runtime, queue: ScoreQueue, tenant: string): Promise<readonly ScoreMessage[]> {
  const current = await currentConfig(runtime, tenant);
  const targets = current ? scoreTargetsOf(current.config) : [];
  if (targets.length === 0) return [];
  const to = Math.floor(runtime.now() / MINUTE_MS) * MINUTE_MS;
  const all = shardsOf(targets);
  const messages = all.flatMap((shard, index): ScoreMessage[] => {
    const due = shard.some(({ signals }) => signals.some((signal) => isDue(signal, index, to)));
    return due ? [{ tenant, shard: index, shards: all.length, to }] : [];
  });
  if (messages.length > 0) await queue.send(messages);
  return messages;
}

/** Once a day: what crashed workers and earlier configurations left behind. */
export async function tidyTenant(runtime: Runtime, tenant: string): Promise<number> {
  const current = await currentConfig(runtime, tenant);
  if (!current) return 0;
  return tidy(runtime, tenant, shardsOf(scoreTargetsOf(current.config)).length);
}

const ScheduleEvent = v.object({ kind: v.picklist(["score", "tidy"]), id: v.optional(v.string()) });

/** Lambda: EventBridge Scheduler with `{"kind":"score"}` each minute and `{"kind":"tidy"}` each day. */
export async function handler(event: unknown): Promise<void> {
  const { kind } = v.parse(ScheduleEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    if (kind === "tidy") await tidyTenant(runtime, tenant);
    else {
      const { scoreQueue } = await import("./sqs.ts");
      await schedule(runtime, scoreQueue(process.env), tenant);
    }
  } finally {
    await runtime.telemetry.flush();
  }
}
