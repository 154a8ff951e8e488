import type { Millis } from "../../shared/core/kernel/time.ts";
import { averageMs } from "../../shared/core/traffic/balance/loads.ts";
import { ejectionOf } from "../../shared/core/traffic/outlier/state.ts";
import { slowStartFactor } from "../../shared/core/traffic/tiers/slow-start.ts";
import type { BackendLook, GatewayLook } from "../../shared/shell/gateway-look.ts";
import { quantile } from "../histogram.ts";
import type { GatewayCore } from "./core.ts";
import type { Members } from "./members.ts";
import type { Upstream } from "./upstream.ts";
import type { LookWindow } from "./window.ts";

const recentOf = (counts: readonly number[]) => {
  const [p50Ms, p99Ms] = [quantile(counts, 0.5), quantile(counts, 0.99)];
  return { ...(p50Ms === undefined ? {} : { p50Ms }), ...(p99Ms === undefined ? {} : { p99Ms }) };
};

/** What a gateway sees now, as plain JSON. */
export function gatewayLook(from: {
  readonly core: GatewayCore;
  readonly pool: Members;
  readonly window: LookWindow;
  readonly url: string;
  readonly now: () => Millis;
}): GatewayLook {
  const { core, pool, window, url, now } = from;
  const { counts, traffic, service } = core;
  pool.fresh();
  const at = now();
  const lately = window.read();
  const hosts = pool.hosts();
  const loads = pool.loads();
  const outliers = pool.outliers();
  const state = pool.balancer().state();
  const panic = pool.balancer().panic();
  const backends = pool.all().map((upstream): BackendLook => {
    const { index, registration } = upstream;
    const host = hosts[index];
    const recent = lately.of(upstream);
    const average = averageMs(loads, index, at);
    const check = pool.check(upstream);
    const circuit = pool.circuit(upstream);
    const slow =
      traffic.slowStart && host?.readySince !== undefined
        ? Math.round(slowStartFactor(at - host.readySince, traffic.slowStart) * 100)
        : 100;
    const level = state.levels.find(({ priority }) => priority === registration.priority);
    const able = host !== undefined && !host.draining && !host.open;
    return {
      ...registration,
      active: upstream.active,
      requests: upstream.requests,
      failures: upstream.failures,
      recent: recent.requests,
      ...(lately.requests > 0 ? { share: recent.requests / lately.requests } : {}),
      ...recentOf(recent.latency),
      ...(average === undefined ? {} : { averageMs: average }),
      ...(check ? { check } : {}),
      ...(outliers ? { ejection: ejectionOf(outliers, index) } : {}),
      ...(circuit ? { circuit: circuit.status } : {}),
      ...(circuit?.forced ? { circuitForced: circuit.forced } : {}),
      ...(circuit?.openUntil === undefined ? {} : { openUntil: circuit.openUntil }),
      usable: able && ((host.healthy && !host.ejected) || (level?.panic ?? panic)),
      ...(slow === 100 ? {} : { slowStartPercent: slow }),
    };
  });
  const statuses: Record<string, number> = {};
  for (const [status, count] of counts.statuses.entries()) if (count > 0) statuses[status] = count;
  return {
    service,
    at,
    url,
    policy: traffic.balance.policy,
    panic,
    windowMs: window.windowMs,
    backends,
    levels: state.levels.map(({ priority, usable, hosts: total, share, panic: panicking }) => ({
      priority,
      healthy: usable,
      total,
      share,
      panic: panicking,
    })),
    arrived: counts.arrived,
    completed: counts.completed,
    failed: counts.failed,
    refused: counts.refused,
    abandoned: counts.abandoned,
    retried: counts.retried,
    retriesRefused: counts.retriesRefused,
    inFlight: counts.inFlight,
    queued: counts.queued,
    queuePlaces: traffic.limits.queue,
    limited: counts.limited,
    shed: counts.shed,
    ...recentOf(lately.latency),
    statuses,
    ...(traffic.versions ? { versions: versionsOf(traffic.versions, pool.all(), lately.of) } : {}),
  };
}

function versionsOf(
  weights: Readonly<Record<string, number>>,
  all: readonly Upstream[],
  of: (upstream: Upstream) => { readonly requests: number },
): NonNullable<GatewayLook["versions"]> {
  const found = new Map<string, { weight: number; recent: number }>();
  for (const [version, weight] of Object.entries(weights)) found.set(version, { weight, recent: 0 });
  for (const upstream of all) {
    const { version } = upstream.registration;
    const one = version === undefined ? undefined : found.get(version);
    if (one) one.recent += of(upstream).requests;
  }
  return Object.fromEntries(found);
}
