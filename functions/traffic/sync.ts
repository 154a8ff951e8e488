import * as v from "valibot";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { deployed } from "../deployed.ts";
import { throwAll } from "../throw-all.ts";
import { type DiscoverResult, discoverService, sourceOf } from "./discover.ts";
import { settingsIn } from "./service-traffic.ts";
import { weighService, weightsTargetOf } from "./weights.ts";

/** Services looked at at a time: enough to hide the latency of AWS, few enough for its rate of requests. */
const AT_ONCE = 8;

/** Whether a service's source is asked in this minute. Sources asked less often have a minute of their own. */
export function isDue(everyMs: number, service: string, now: Millis): boolean {
  const minutes = Math.max(1, Math.round(everyMs / MINUTE_MS));
  return Math.floor(now / MINUTE_MS) % minutes === shardOf(service, minutes);
}

/** What a minute's look at AWS came to. */
export interface Synced {
  readonly discovered: readonly DiscoverResult[];
  /** Services whose weights were looked at, each with the reason it ended in. */
  readonly weighed: readonly { readonly service: string; readonly reason: string }[];
  readonly errors: readonly { readonly service: string; readonly error: Error }[];
}

/**
 * Reads the backends that are discovered and looks at the weights that are set, of all services of a tenant. A service that has neither
 * `discover` nor `weights` costs nothing, and one that fails stops no other.
 *
 * @throws HeadgateError `store.unavailable` when the configuration itself cannot be read
 */
export async function syncTraffic(runtime: Runtime, tenant: string): Promise<Synced> {
  const current = await currentConfig(runtime, tenant);
  const now = runtime.now();
  const services = Object.keys(current?.config.traffic ?? {}).sort();
  const discovered: DiscoverResult[] = [];
  const weighed: { service: string; reason: string }[] = [];
  const errors: { service: string; error: Error }[] = [];
  await bounded(services, AT_ONCE, async (service) => {
    const settings = current && settingsIn(current, service);
    if (!settings) return;
    try {
      const source = sourceOf(current.config, settings);
      if (source && isDue(settings.config.discover?.every ?? MINUTE_MS, service, now)) {
        const result = await discoverService(runtime, tenant, source);
        discovered.push(result);
        tell(runtime, tenant, result);
      }
      if (weightsTargetOf(settings)) {
        const result = await weighService(runtime, tenant, settings, { type: "schedule", detail: "weights" });
        weighed.push({ service, reason: result.reason ?? result.status });
      }
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      runtime.telemetry.log("error", "traffic of a service could not be brought up to date", {
        tenant,
        service,
        error: error.message,
      });
      errors.push({ service, error });
    }
  });
  return { discovered, weighed, errors };
}

function tell(runtime: Runtime, tenant: string, { service, reason, came, went, notes }: DiscoverResult): void {
  runtime.telemetry.count("headgate_discoveries_total", { reason });
  if (reason !== "changed") return;
  runtime.telemetry.log("info", "backends have changed", { tenant, service, came: came.length, went: went.length });
  for (const note of notes.slice(0, 10))
    runtime.telemetry.log("warn", "a backend is left out", { tenant, service, note });
}

const SyncEvent = v.object({ kind: v.literal("sync") });

/** Lambda: EventBridge Scheduler with `{"kind":"sync"}` each minute. */
export async function handler(event: unknown): Promise<void> {
  v.parse(SyncEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    const { errors } = await syncTraffic(runtime, tenant);
    throwAll(
      errors.map(({ error }) => error),
      "services could not be brought into force",
    );
  } finally {
    await runtime.telemetry.flush();
  }
}
