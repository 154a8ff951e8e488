import { handleDeliveryWakes } from "../../functions/delivery/queue.ts";
import { tickDelivery } from "../../functions/delivery/schedule.ts";
import { deliverySettings } from "../../functions/delivery/settings.ts";
import { versionsNow } from "../../functions/traffic/versions.ts";
import type { RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { memoryCounts } from "../../shared/edge/memory-counts.ts";
import { memoryReleases } from "../../shared/edge/memory-releases.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { alertingFrom } from "../../shared/shell/config-alerting.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { GatewayLook, TrafficLooks } from "../../shared/shell/gateway-look.ts";
import { world } from "../api/kit.ts";

const SECOND = 1_000;

/** Minutes instead of hours, and one look of the gate each half minute as ever. */
export const CONFIG = `version: 1
services:
  orders: { run: { command: [node, orders.mjs] } }
delivery:
  orders: { first: 5m, step: 2m, bake: 2m, steps: [10, 50, 100] }
`;

const ALERTMANAGER = "route: { receiver: web }\nreceivers: [{ name: web }]\n";

export interface Quality {
  /** Of each request. */
  readonly errors?: number;
  readonly slow?: number;
}

/**
 * A control plane in memory with a service of four instances of version v1, a gateway that divides its requests by the shares in force and
 * counts them, and a clock that only moves when told to.
 */
export async function deliveryWorld(
  options: { readonly config?: string; readonly perSecond?: number; readonly access?: "keys" | "loopback" } = {},
) {
  const { perSecond = 200 } = options;
  const w = await world({ config: "", ...(options.access ? { access: options.access } : {}) });
  const { clock, runtime, timers } = w;
  const text = options.config ?? CONFIG;
  const files = { read: (path: string) => (path === "am.yml" ? ALERTMANAGER : undefined), list: () => [] };
  const parsed = parseConfig(text, { alerting: alertingFrom(files) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(runtime, "default", { ...parsed, text }, { by: "test" });
  const releases = memoryReleases({ now: clock.now, startMs: 10 * SECOND });
  const counts = memoryCounts();
  const quality = new Map<string, Quality>();
  const told: Alert[] = [];
  let weights: Readonly<Record<string, number>> | undefined;
  const look = (service: string): GatewayLook | undefined => {
    if (service !== "orders") return undefined;
    const versions =
      weights && Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, { weight, recent: 0 }]));
    const backends = Object.entries(releases.counts(service)).flatMap(([version, count]) =>
      Array.from({ length: count }, () => ({ version, weight: 1, usable: true })),
    );
    return { service, windowMs: 60_000, backends, ...(versions ? { versions } : {}) } as unknown as GatewayLook;
  };
  const traffic: TrafficLooks = Object.assign(look, { changed: () => {} });
  Object.assign(runtime, {
    releases: releases.releases,
    counts: () => counts.counts,
    traffic,
    alerts: { send: async (_tenant: string, alerts: readonly Alert[]) => void told.push(...alerts) },
  });
  releases.add("orders", "v1", 4);

  /** What the gateway has served since `from`, second by second, by the shares in force. */
  let served = clock.now() - 3_600 * SECOND;
  const serve = () => {
    const all = Object.values(weights ?? { v1: 1 }).reduce((sum, share) => sum + share, 0);
    for (; served + 10 * SECOND <= clock.now(); served += 10 * SECOND)
      for (const [version, share] of Object.entries(weights ?? { v1: 1 })) {
        const requests = Math.round((10 * perSecond * share) / all);
        const { errors = 0.01, slow = 0.01 } = quality.get(version) ?? {};
        const of = (rate: number) => Math.min(requests, Math.round(requests * rate));
        counts.record("orders", version, served, { requests, errors: of(errors), slow: of(slow), p99Ms: 80 });
      }
  };
  serve();
  const state = async (service = "orders"): Promise<RolloutState | undefined> => {
    const stored = await w.store.load({ tenant: "default", noun: "delivery", subject: `rollout:${service}` });
    return stored?.state as unknown as RolloutState | undefined;
  };
  const refresh = async () => {
    const settings = await deliverySettings(runtime, "default", "orders");
    weights = (await versionsNow(runtime, "default", settings.traffic)).shares;
  };
  const wakes = async () => {
    const due = timers.take();
    const records = due.map((wake, index) => ({ messageId: `m${index}`, body: JSON.stringify(wake) }));
    await refresh();
    const { batchItemFailures } = await handleDeliveryWakes(runtime, records);
    await refresh();
    return { due: due.length, failed: batchItemFailures.length };
  };
  return {
    ...w,
    releases,
    counts,
    told,
    quality,
    state,
    refresh,
    wakes,
    shares: () => weights,
    deploy: async (body: object, headers?: Record<string, string>) => {
      await refresh();
      const answer = await w.post("/api/v1/delivery/orders/releases", body, headers);
      await refresh();
      return answer;
    },
    command: async (name: string, body: object = {}) => {
      await refresh();
      const answer = await w.post(`/api/v1/delivery/orders/${name}`, body);
      await refresh();
      return answer;
    },
    /** Goes from wake to wake, as timers do, until nothing is under way, `until` says so, or the time is over. */
    play: async (most = 3_600 * SECOND, until: (state: RolloutState) => boolean = () => false) => {
      const end = clock.now() + most;
      for (;;) {
        const now = await state();
        if (!now?.current || until(now)) return now;
        const next = timers.waiting()[0]?.at;
        const at = Math.min(next ?? Number.POSITIVE_INFINITY, clock.now() + 60 * SECOND);
        if (at > end) return now;
        clock.set(Math.max(at, clock.now() + 1));
        serve();
        if (next !== undefined && next <= clock.now()) await wakes();
        else {
          await refresh();
          await tickDelivery(runtime, "default");
          await refresh();
        }
      }
    },
  };
}

export type DeliveryWorld = Awaited<ReturnType<typeof deliveryWorld>>;
