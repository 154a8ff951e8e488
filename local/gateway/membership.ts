import { byBytes } from "../../shared/core/kernel/byte-order.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { carryOver, type HostLoads, hostLoads } from "../../shared/core/traffic/balance/loads.ts";
import type { Random } from "../../shared/core/traffic/balance/random.ts";
import { type Balancer, balancerOf } from "../../shared/core/traffic/balancer.ts";
import type { OutlierVerdict } from "../../shared/core/traffic/outlier/eject.ts";
import { carryOutliers, isEjected, type Outliers, outlierDetector } from "../../shared/core/traffic/outlier/state.ts";
import { nextSweep, outlierSweep } from "../../shared/core/traffic/outlier/sweep.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, Host } from "../../shared/core/traffic/types.ts";
import { type BackendBreaker, type GatewayBreakers, refusesNow } from "./breakers.ts";
import { closeIdle, type GatewayBackend, type Upstream, upstreamOf } from "./upstream.ts";
import type { VersionsServed } from "./version-counts.ts";

export interface MembersOptions {
  readonly service: string;
  readonly traffic: () => TrafficConfig;
  readonly backends: () => readonly GatewayBackend[];
  readonly checks?: ((backend: string) => CheckState | undefined) | undefined;
  /** Absent: breakers are off. */
  readonly breakers: GatewayBreakers | undefined;
  /** Virtual. */
  readonly now: () => Millis;
  readonly speed: number;
  readonly random: Random;
  readonly onVerdict?: ((verdict: OutlierVerdict) => void) | undefined;
  /** Told of each try at a backend that says its version, at its end, and of what a version could not be asked. */
  readonly versions?: Pick<VersionsServed, "ended" | "missed">;
}

export interface MissingVersion {
  readonly version: string;
  /** 0..1 */
  readonly part: number;
}

const NONE_MISSING: readonly MissingVersion[] = [];

/**
 * Empty where every version with a share has a host that can take requests. Where none at all has, all of them are in it. Versions that have
 * had none since the gateway opened are not: their instances are coming up with it, which says nothing of the version.
 *
 * @param seen versions that have had a host that could; the function adds to it
 */
function missingOf({ versions }: TrafficConfig, hosts: readonly Host[], seen: Set<string>): readonly MissingVersion[] {
  if (!versions) return NONE_MISSING;
  const able = new Set<string>();
  for (const { backend, draining, healthy, ejected, open } of hosts)
    if (backend.version !== undefined && !draining && healthy && !ejected && !open) able.add(backend.version);
  const shares = Object.entries(versions).filter(([, share]) => share > 0);
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  for (const version of able) seen.add(version);
  for (const version of seen)
    if (!able.has(version) && !shares.some(([name]) => name === version)) seen.delete(version);
  return shares.flatMap(([version, share]) =>
    able.has(version) || !seen.has(version) ? [] : [{ version, part: share / total }],
  );
}

/** The list of backends as a gateway has it now, all in the same order. */
export interface Membership {
  traffic: TrafficConfig;
  upstreams: Upstream[];
  hosts: Host[];
  loads: HostLoads;
  outliers: Outliers | undefined;
  balancer: Balancer;
  /** Most requests in flight on all backends together; 0: no limit. */
  places: number;
  /** Versions that have a share and nobody who can take it, with that part of all requests. */
  missing: readonly MissingVersion[];
  /** By id, also those that are not in the list any more but have requests in flight. */
  readonly known: Map<string, Upstream>;
  /** Takes list, settings and checks as they are now. */
  adopt(): void;
  /** The same members, with what is known of each now. */
  refresh(): void;
  /** Adopts another list; otherwise does what time has brought, if anything. */
  fresh(at: Millis): void;
  breakerOf(upstream: Upstream): BackendBreaker | undefined;
}

const WINDOW_MS = 300_000;
/** A circuit that is forced open may be released by anybody: real ms until it is looked at again. */
const LOOK_AGAIN_MS = 1000;
const HEALTHY = { healthy: true, ejected: false, open: false, draining: false } as const;

const sameAddress = (one: Upstream, backend: GatewayBackend) =>
  one.port === backend.port && one.host === (backend.host ?? "127.0.0.1");

export function membership(options: MembersOptions): Membership {
  const { service, now, random, speed } = options;
  const breakers = new Map<Upstream, BackendBreaker>();
  const readySince = new Map<string, Millis>();
  const seenVersions = new Set<string>();
  let given: readonly GatewayBackend[] | undefined;
  /** Something about the hosts may be otherwise from then on, virtual and real. */
  let changesAt = Number.POSITIVE_INFINITY;
  let changesAtReal = Number.POSITIVE_INFINITY;
  const settings = options.traffic();
  const none = hostLoads(0);
  const self: Membership = {
    traffic: settings,
    upstreams: [],
    hosts: [],
    loads: none,
    outliers: undefined,
    balancer: balancerOf(settings, [], none, random),
    places: 0,
    missing: NONE_MISSING,
    known: new Map(),
    adopt: () => {
      const list = options.backends();
      const next = options.traffic();
      const settled = next === self.traffic;
      if (list !== given) take(list);
      if (list !== given || !settled) rebuild(next);
      self.traffic = next;
      given = list;
      const hosts = hostsNow();
      if (settled) self.balancer.update(hosts, self.loads);
      else self.balancer = balancerOf(next, hosts, self.loads, random);
    },
    refresh: () => self.balancer.update(hostsNow()),
    fresh: (at) => {
      if (options.backends() !== given) self.adopt();
      else if (at >= changesAt || performance.now() >= changesAtReal) tick();
    },
    breakerOf: (upstream) => {
      if (!options.breakers || self.traffic.breaker === "off") return undefined;
      let breaker = breakers.get(upstream);
      if (!breaker) breakers.set(upstream, (breaker = options.breakers(upstream.circuit)));
      return breaker;
    },
  };

  const take = (list: readonly GatewayBackend[]) => {
    const { known } = self;
    const at = now();
    const before = self.upstreams;
    const taken: Upstream[] = [];
    for (const backend of [...list].sort((a, b) => byBytes(a.id, b.id))) {
      if (taken.at(-1)?.id === backend.id) continue;
      const old = known.get(backend.id);
      if (old && sameAddress(old, backend)) {
        old.registration = upstreamOf(service, backend, old.registration.registeredAt).registration;
        taken.push(old);
        continue;
      }
      const one = upstreamOf(service, backend, at);
      known.set(backend.id, one);
      // What is there when the gateway opens is not new.
      if (given) readySince.set(backend.id, at);
      taken.push(one);
    }
    const staying = new Set(taken);
    for (const one of before) {
      if (staying.has(one)) continue;
      one.index = -1;
      closeIdle(one);
      breakers.delete(one);
      if (known.get(one.id) !== one) continue;
      readySince.delete(one.id);
      if (one.active === 0) known.delete(one.id);
    }
    for (const [index, one] of taken.entries()) one.index = index;
    self.upstreams = taken;
  };

  /** What is counted by index, for another list or other settings. */
  const rebuild = ({ balance, outlier }: TrafficConfig) => {
    const { upstreams, outliers } = self;
    const next = hostLoads(upstreams.length, { decayMs: balance.decay * speed, windowMs: WINDOW_MS * speed });
    const bare = upstreams.map((one): Host => ({ ...HEALTHY, backend: one.registration }));
    carryOver(self.loads, self.hosts, next, bare);
    for (const one of upstreams) next.active[one.index] = one.active;
    self.loads = next;
    const ids = upstreams.map(({ id }) => id);
    if (outlier === "off") self.outliers = undefined;
    else
      self.outliers = outliers ? carryOutliers(outliers, ids, outlier) : outlierDetector(outlier, ids, random, now());
  };

  const hostsNow = (): Host[] => {
    const { upstreams, outliers, traffic } = self;
    const at = now();
    const real = performance.now();
    changesAt = outliers ? nextSweep(outliers) : Number.POSITIVE_INFINITY;
    changesAtReal = Number.POSITIVE_INFINITY;
    let down = 0;
    for (const { downUntil } of upstreams) {
      if (downUntil <= real) continue;
      down++;
      changesAtReal = Math.min(changesAtReal, downUntil);
    }
    // With nobody left, trying is better than refusing: what is known may be out of date.
    const heedDown = down < upstreams.length;
    let places = 0;
    let unlimited = false;
    self.hosts = upstreams.map((one): Host => {
      const { registration, index } = one;
      const check = traffic.health ? options.checks?.(one.id) : undefined;
      const circuit = self.breakerOf(one)?.look();
      const open = circuit !== undefined && refusesNow(circuit, at);
      if (open) changesAt = Math.min(changesAt, circuit.openUntil ?? at + LOOK_AGAIN_MS * speed);
      one.watched = circuit !== undefined && circuit.status !== "closed";
      const draining = registration.drainingSince !== undefined;
      if (!draining) places += registration.maxConnections;
      if (!draining && registration.maxConnections === 0) unlimited = true;
      const since = readySince.get(one.id);
      return {
        backend: registration,
        healthy: check?.healthy ?? true,
        ejected: (outliers !== undefined && isEjected(outliers, index)) || (heedDown && one.downUntil > real),
        open,
        draining,
        ...(since === undefined ? {} : { readySince: since }),
      };
    });
    self.places = unlimited ? 0 : places;
    self.missing = missingOf(options.traffic(), self.hosts, seenVersions);
    return self.hosts;
  };

  const tick = () => {
    if (self.outliers)
      for (const verdict of outlierSweep(self.outliers, now())) {
        if (verdict.action === "returned") readySince.set(verdict.id, verdict.at);
        options.onVerdict?.(verdict);
      }
    self.refresh();
  };

  self.adopt();
  return self;
}
