import { byBytes } from "../../shared/core/kernel/byte-order.ts";
import type { Circuit } from "../../shared/core/kernel/circuit.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { admit, refuses } from "../../shared/core/traffic/breaker/admit.ts";
import { checkFor } from "../../shared/core/traffic/registry.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, EjectionState, Host, Registration } from "../../shared/core/traffic/types.ts";
import type { BackendLook, GatewayLook } from "../../shared/shell/gateway-look.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { BACKENDS_NOUN, readChecks, readShards } from "../../shared/shell/traffic-registry.ts";
import { backendsIn } from "./registry.ts";
import { type ServiceSettings, settingsOf } from "./service-traffic.ts";

/** Circuits of one service that are read at the most; what is beyond is taken to be closed. */
const MOST_CIRCUITS = 20_000;
const PAGE = 1_000;

/** Everything that is known of one backend here and now. */
export interface KnownHost {
  readonly backend: Registration;
  readonly host: Host;
  readonly check?: CheckState;
  readonly ejection?: EjectionState;
  readonly circuit?: Circuit;
  /** From a gateway of this process. */
  readonly look?: BackendLook;
}

export interface KnownService {
  readonly settings: ServiceSettings;
  /** Sorted by id in byte order. */
  readonly hosts: readonly KnownHost[];
  readonly look?: GatewayLook;
  /** Another one when any backend, check, ejection or circuit is. */
  readonly version: string;
}

/** A backend with what is known of it, as a balancer sees it. */
export function hostOf(config: TrafficConfig, now: Millis, known: Omit<KnownHost, "host">): Host {
  const { backend, check, ejection } = known;
  // What was found while checks were configured says nothing any more when they are not.
  const checked = config.health ? check : undefined;
  const ready = readySince(backend, checked, ejection, now);
  return {
    backend,
    healthy: checked?.healthy ?? true,
    ejected: ejection?.until !== undefined && ejection.until > now,
    open: isShut(config, now, known),
    draining: backend.drainingSince !== undefined,
    ...(ready === undefined ? {} : { readySince: ready }),
  };
}

/** Whether its circuit lets nobody through. One that is kept is truer than what a gateway here last made of it. */
function isShut(config: TrafficConfig, now: Millis, { circuit, look }: Omit<KnownHost, "host">): boolean {
  const { breaker } = config;
  if (breaker === "off") return false;
  if (circuit) return refuses(admit(breaker, { circuit }, now));
  if (look?.circuitForced) return look.circuitForced === "open";
  return look?.circuit === "open" && (look.openUntil ?? Number.POSITIVE_INFINITY) > now;
}

/** Since when it has been able to take requests: what stands in the file always has, unless it has been away. */
function readySince(
  { source, registeredAt }: Registration,
  check: CheckState | undefined,
  ejection: EjectionState | undefined,
  now: Millis,
): Millis | undefined {
  const since = [
    ...(source === "config" ? [] : [registeredAt]),
    ...(check?.healthy ? [check.since] : []),
    ...(ejection?.until !== undefined && ejection.until <= now ? [ejection.until] : []),
  ];
  return since.length === 0 ? undefined : Math.max(...since);
}

/** What is written of a service, as somebody has just read it. */
export interface Written {
  readonly backends: readonly Stored[];
  readonly checks: ReadonlyMap<string, CheckState>;
  /** By backend id. */
  readonly circuits: ReadonlyMap<string, Circuit>;
}

/** Circuits whose names begin so, by the rest of the name. None where circuits are kept nowhere. @throws HeadgateError of the store */
export async function allCircuits(
  runtime: Runtime,
  tenant: string,
  prefix: string,
): Promise<ReadonlyMap<string, Circuit>> {
  const found = new Map<string, Circuit>();
  if (!runtime.circuits) return found;
  let cursor: string | undefined;
  do {
    const at = { ...(prefix === "" ? {} : { prefix }), ...(cursor === undefined ? {} : { cursor }) };
    const page = await runtime.circuits.list(tenant, { limit: PAGE, ...at });
    for (const { key, circuit } of page.items) found.set(key.circuit.slice(prefix.length), circuit);
    cursor = page.cursor;
  } while (cursor !== undefined && found.size < MOST_CIRCUITS);
  return found;
}

async function readWritten(runtime: Runtime, tenant: string, { service, config }: ServiceSettings): Promise<Written> {
  const [backends, checks, circuits] = await Promise.all([
    readShards(runtime.store, tenant, BACKENDS_NOUN, service),
    config.health ? readChecks(runtime.store, tenant, service) : new Map<string, CheckState>(),
    config.breaker === "off" ? new Map<string, Circuit>() : allCircuits(runtime, tenant, `${service}/`),
  ]);
  return { backends, checks, circuits };
}

/**
 * Everything that is known of a service's backends: the registry and the file, processes that a gateway here has from its fleet, checks,
 * ejections and circuits.
 *
 * @param written what was read of it already
 * @throws HeadgateError of the store
 */
export async function knownService(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  written?: Written,
): Promise<KnownService> {
  const { service, config } = settings;
  const look = runtime.traffic?.(service);
  const { backends, checks, circuits } = written ?? (await readWritten(runtime, tenant, settings));
  const known = backendsIn(settings, backends, runtime.now());
  const now = runtime.now();
  const seen = new Map(look?.backends.map((one) => [one.id, one]));
  const here = new Set(known.backends.map(({ id }) => id));
  const processes = (look?.backends ?? []).filter(({ id, source }) => source === "fleet" && !here.has(id));
  const hosts = [...known.backends, ...processes.map(registrationIn)]
    .sort((a, b) => byBytes(a.id, b.id))
    .map((backend): KnownHost => {
      const one = seen.get(backend.id);
      const check = checkFor(backend, checks.get(backend.id)) ?? one?.check;
      const circuit = circuits.get(backend.id);
      const ejection = one?.ejection;
      const about = {
        backend,
        ...(check ? { check } : {}),
        ...(ejection ? { ejection } : {}),
        ...(circuit ? { circuit } : {}),
        ...(one ? { look: one } : {}),
      };
      return { ...about, host: hostOf(config, now, about) };
    });
  const marks = hosts.map(({ host: { backend: _, ...rest } }) => rest) as unknown as Json;
  const version = hash64(`${known.version}\n${hash64(canonical(marks))}`);
  return { settings, hosts, version, ...(look ? { look } : {}) };
}

/** Only what is registered, of a look. */
function registrationIn(look: BackendLook): Registration {
  const { id, host, port, weight, maxConnections, capacity, tags, zone, region, version, priority } = look;
  const { metadata, hashKey, source, registeredAt, leaseUntil, drainingSince } = look;
  return {
    ...{ id, host, port, weight, maxConnections, capacity, tags, priority, metadata, source, registeredAt },
    ...(zone === undefined ? {} : { zone }),
    ...(region === undefined ? {} : { region }),
    ...(version === undefined ? {} : { version }),
    ...(hashKey === undefined ? {} : { hashKey }),
    ...(leaseUntil === undefined ? {} : { leaseUntil }),
    ...(drainingSince === undefined ? {} : { drainingSince }),
  };
}

/**
 * A service's backends as a balancer sees them, sorted by id in byte order, so that all callers build the same tables.
 *
 * @throws HeadgateError `service.unknown` and those of the store
 */
export async function hostsOf(runtime: Runtime, tenant: string, service: string): Promise<readonly Host[]> {
  const settings = await settingsOf(runtime, tenant, service);
  return (await knownService(runtime, tenant, settings)).hosts.map(({ host }) => host);
}
