import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { ejectsWithin } from "../../shared/core/traffic/checks/streak.ts";
import { priorityLoads } from "../../shared/core/traffic/tiers/priority.ts";
import type { Host } from "../../shared/core/traffic/types.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { GatewayLook, LevelLook } from "../../shared/shell/gateway-look.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type {
  BackendCountsView,
  BackendStateView,
  GatewayView,
  TrafficBackendView,
  TrafficServiceSummary,
  TrafficServicesView,
  TrafficServiceView,
} from "../api/views-traffic.ts";
import { bounded } from "../bounded.ts";
import { writtenOfAll } from "./all-services.ts";
import { latestOf } from "./history.ts";
import { type KnownHost, type KnownService, knownService } from "./hosts.ts";
import { settingsIn, settingsOf, trafficServices } from "./service-traffic.ts";
import { sharesSubject, versionsIn } from "./versions.ts";
import { versionsView } from "./versions-view.ts";

/** Services that are read at a time. */
const AT_ONCE = 16;
const PAGE = 500;
const SHARES_SHOWN = 20;
const DECISIONS_SHOWN = 20;

/** What is in the way of a host first. */
export function stateOf({ draining, healthy, ejected, open }: Host): BackendStateView {
  if (draining) return "draining";
  if (!healthy) return "unhealthy";
  if (ejected) return "ejected";
  return open ? "circuit_open" : "ok";
}

function countsOf(hosts: readonly KnownHost[]): BackendCountsView {
  const states = Map.groupBy(hosts, ({ host }) => stateOf(host));
  const count = (state: BackendStateView) => states.get(state)?.length ?? 0;
  return {
    total: hosts.length,
    ok: count("ok"),
    draining: count("draining"),
    unhealthy: count("unhealthy"),
    ejected: count("ejected"),
    circuitOpen: count("circuit_open"),
  };
}

/** Priority levels as a balancer would weigh them: hosts that are on their way out count nowhere. */
export function levelsOf({ hosts, settings: { config } }: KnownService): readonly LevelLook[] {
  const byPriority = Map.groupBy(
    hosts.filter(({ host }) => !host.draining),
    ({ backend }) => backend.priority,
  );
  const levels = [...byPriority]
    .sort(([a], [b]) => a - b)
    .map(([priority, all]) => ({
      priority,
      healthy: all.filter(({ host }) => stateOf(host) === "ok").length,
      total: all.length,
    }));
  const { shares, panic } = priorityLoads(levels, config);
  return levels.map((level, index) => ({ ...level, share: shares[index] ?? 0, panic: panic[index] ?? false }));
}

const gatewayOf = ({ backends: _, ...rest }: GatewayLook): GatewayView => rest;

export function summaryOf(known: KnownService): TrafficServiceSummary {
  const { settings, hosts, look } = known;
  const { service, config, configured } = settings;
  const levels = levelsOf(known);
  const shares = (look?.backends ?? [])
    .flatMap(({ id, share }) => (share === undefined ? [] : { id, share }))
    .sort((a, b) => b.share - a.share)
    .slice(0, SHARES_SHOWN);
  return {
    service,
    configured,
    policy: config.balance.policy,
    backends: countsOf(hosts),
    panic: look?.panic ?? levels.some(({ panic }) => panic),
    ...(levels.length > 1 ? { levels } : {}),
    breaker: config.breaker === "off" ? "off" : config.breaker.rule,
    checks: config.health !== undefined,
    ...(shares.length > 0 ? { shares } : {}),
    ...(look ? { gateway: gatewayOf(look) } : {}),
  };
}

/** @throws HeadgateError of the store */
export async function trafficServicesView(runtime: Runtime, tenant: string): Promise<TrafficServicesView> {
  const applied = await currentConfig(runtime, tenant);
  const settings = applied ? trafficServices(applied).flatMap((name) => settingsIn(applied, name) ?? []) : [];
  const written = await writtenOfAll(runtime, tenant);
  const items = await bounded(settings, AT_ONCE, async (one) => {
    const known = await knownService(runtime, tenant, one, written.of(one.service));
    const { shares } = versionsIn(one, written.shares(sharesSubject(one)));
    return { ...summaryOf(known), ...(shares ? { versions: shares } : {}) };
  });
  return { clock: clockOf(runtime), items };
}

function circuitOf({ circuit, look }: KnownHost): TrafficBackendView["circuit"] {
  if (circuit) {
    const { status, since, openUntil, opens, forced } = circuit;
    return {
      status,
      since,
      ...(openUntil === undefined ? {} : { openUntil }),
      opens,
      ...(forced
        ? {
            forced: {
              state: forced.state,
              by: forced.by,
              why: forced.why,
              ...(forced.until === undefined ? {} : { until: forced.until }),
            },
          }
        : {}),
    };
  }
  if (!look?.circuit) return undefined;
  return {
    status: look.circuit,
    ...(look.openUntil === undefined ? {} : { openUntil: look.openUntil }),
    ...(look.circuitForced ? { forced: { state: look.circuitForced } } : {}),
  };
}

/** Everything that is known of one backend. */
export function backendView(known: KnownHost): TrafficBackendView {
  const { backend, host, check, ejection, look } = known;
  const circuit = circuitOf(known);
  return {
    ...backend,
    state: stateOf(host),
    ...(check ? { check } : {}),
    ...(ejection ? { ejection } : {}),
    ...(circuit ? { circuit } : {}),
    ...(look ? { gateway: measured(look) } : {}),
  };
}

function measured(look: NonNullable<KnownHost["look"]>): NonNullable<TrafficBackendView["gateway"]> {
  const { active, requests, failures, recent, share, p50Ms, p99Ms, averageMs, usable, slowStartPercent } = look;
  return {
    ...{ active, requests, failures, usable },
    ...(recent === undefined ? {} : { recent }),
    ...(share === undefined ? {} : { share }),
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
    ...(averageMs === undefined ? {} : { averageMs }),
    ...(slowStartPercent === undefined ? {} : { slowStartPercent }),
  };
}

/**
 * One service with a page of its backends.
 *
 * @throws HeadgateError `service.unknown`; `input.invalid` for a cursor that is none; those of store and journal
 */
export async function trafficServiceView(
  runtime: Runtime,
  tenant: string,
  service: string,
  { limit = PAGE, cursor }: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<TrafficServiceView> {
  const settings = await settingsOf(runtime, tenant, service);
  const [known, versions, decisions] = await Promise.all([
    knownService(runtime, tenant, settings),
    versionsView(runtime, tenant, settings),
    latestOf(runtime, tenant, service, DECISIONS_SHOWN),
  ]);
  const from =
    cursor === undefined ? 0 : known.hosts.findIndex(({ backend }) => backend.id === decodeURIComponent(cursor)) + 1;
  if (cursor !== undefined && from === 0)
    throw new HeadgateError("input.invalid", "the cursor is of a backend that is there no more; begin anew");
  const page = known.hosts.slice(from, from + limit);
  const last = page.at(-1);
  return {
    clock: clockOf(runtime),
    summary: { ...summaryOf(known), ...(versions ? { versions: versions.shares } : {}) },
    configVersion: settings.version,
    config: settings.config,
    version: known.version,
    ...(settings.config.health ? { checksWithin: ejectsWithin(settings.config.health).sentence } : {}),
    ...(versions ? { versions } : {}),
    backends: page.map(backendView),
    ...(last && from + limit < known.hosts.length ? { cursor: encodeURIComponent(last.backend.id) } : {}),
    decisions,
  };
}
