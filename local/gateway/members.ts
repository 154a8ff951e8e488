import { byBytes } from "../../shared/core/kernel/byte-order.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { begin, carryOver, end, type HostLoads, hostLoads } from "../../shared/core/traffic/balance/loads.ts";
import type { Random } from "../../shared/core/traffic/balance/random.ts";
import { type Balancer, balancerOf } from "../../shared/core/traffic/balancer.ts";
import { httpFails, outcomeOf } from "../../shared/core/traffic/breaker/outcome.ts";
import type { OutlierVerdict } from "../../shared/core/traffic/outlier/eject.ts";
import { type OutlierResult, outlierResult, outlierResultOf } from "../../shared/core/traffic/outlier/result.ts";
import { carryOutliers, isEjected, type Outliers, outlierDetector } from "../../shared/core/traffic/outlier/state.ts";
import { nextSweep, outlierSweep } from "../../shared/core/traffic/outlier/sweep.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, Host, PickRequest, PickWhy } from "../../shared/core/traffic/types.ts";
import { type BackendBreaker, type CircuitLook, type GatewayBreakers, refusesNow } from "./breakers.ts";
import type { Ending } from "./retries.ts";
import type { Ticket } from "./ticket.ts";
import { closeIdle, type GatewayBackend, type Upstream, upstreamOf } from "./upstream.ts";

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
}

/** The backends of one service as its gateway sees them, and the choice among them. */
export interface Members {
  /** The backend for a request, admitted by its circuit; undefined: none can take it now. */
  pick(ticket: Ticket): Upstream | undefined;
  begin(upstream: Upstream): void;
  /** @param ms real ms that the try took */
  end(upstream: Upstream, ticket: Ticket, ending: Ending, ms: number): void;
  /** Nobody listens there. */
  down(upstream: Upstream): void;
  /** Takes the list, the settings and the checks as they are now. */
  update(): void;
  /** What time brings: sweeps, returns, circuits that may be tried again. */
  tick(): void;
  /** Backends that may get requests. */
  usable(): number;
  /** Whether there is one for a request that waits. */
  anyPick(): boolean;
  /** Takes the list as it is now, if it is another one. */
  fresh(): void;
  check(upstream: Upstream): CheckState | undefined;
  circuit(upstream: Upstream): CircuitLook | undefined;
  /** Most requests in flight on all backends; 0: no limit. */
  places(): number;
  /** Why there is none, as a sentence without its end. */
  obstacle(): string;
  /** Real ms until the first circuit may be tried, where open circuits are all that is in the way. */
  openUntil(): number | undefined;
  active(id: string): number;
  /** Ends when nothing is in flight on the backend. */
  idle(id: string): Promise<void>;
  why(request: Omit<PickRequest, "at">): PickWhy;
  readonly all: () => readonly Upstream[];
  readonly balancer: () => Balancer;
  readonly loads: () => HostLoads;
  readonly outliers: () => Outliers | undefined;
  readonly hosts: () => readonly Host[];
  close(): void;
}

/** Real ms that a backend which refused a connection is passed over, twice as long each time in a row. */
const DOWN_FIRST_MS = 1000;
const DOWN_MOST_MS = 10_000;
const WINDOW_MS = 300_000;
/** A circuit that is forced open may be released by anybody: real ms until it is looked at again. */
const LOOK_AGAIN_MS = 1000;

export function members(options: MembersOptions): Members {
  const { service, now, random, speed } = options;
  const known = new Map<string, Upstream>();
  const breakers = new Map<Upstream, BackendBreaker>();
  const readySince = new Map<string, Millis>();
  let given: readonly GatewayBackend[] = [];
  let traffic = options.traffic();
  let upstreams: Upstream[] = [];
  let hosts: Host[] = [];
  let loads = hostLoads(0);
  let outliers: Outliers | undefined;
  let balancer = balancerOf(traffic, hosts, loads, random);
  /** Something about the hosts may be otherwise from then on, virtual and real. */
  let changesAt = Number.POSITIVE_INFINITY;
  let changesAtReal = Number.POSITIVE_INFINITY;
  let first = true;
  const request: PickRequest = { at: 0, hashed: false, hashHigh: 0, hashLow: 0 };

  const sameAddress = (one: Upstream, backend: GatewayBackend) =>
    one.port === backend.port && one.host === (backend.host ?? "127.0.0.1");

  const adopt = () => {
    given = options.backends();
    traffic = options.traffic();
    const at = now();
    const sorted = [...given].sort((a, b) => byBytes(a.id, b.id));
    const before = { hosts, loads, upstreams };
    upstreams = [];
    for (const backend of sorted) {
      if (upstreams.at(-1)?.id === backend.id) continue;
      const old = known.get(backend.id);
      let one = old && sameAddress(old, backend) ? old : upstreamOf(service, backend, at);
      if (one === old) {
        const { registration } = upstreamOf(service, backend, old.registration.registeredAt);
        one = Object.assign(old, { registration });
      } else {
        known.set(backend.id, one);
        // What is there when the gateway opens is not new.
        if (!first) readySince.set(backend.id, at);
      }
      upstreams.push(one);
    }
    const ids = new Set(upstreams);
    for (const one of before.upstreams) {
      if (ids.has(one)) continue;
      one.index = -1;
      closeIdle(one);
      breakers.delete(one);
      if (known.get(one.id) === one) {
        readySince.delete(one.id);
        if (one.active === 0) known.delete(one.id);
      }
    }
    for (const [index, one] of upstreams.entries()) one.index = index;
    const { balance } = traffic;
    const next = hostLoads(upstreams.length, { decayMs: balance.decay * speed, windowMs: WINDOW_MS * speed });
    const bare = upstreams.map((one): Host => ({ ...HEALTHY, backend: one.registration }));
    carryOver(before.loads, before.hosts, next, bare);
    loads = next;
    for (const one of upstreams) loads.active[one.index] = one.active;
    const names = upstreams.map(({ id }) => id);
    const { outlier } = traffic;
    if (outlier === "off") outliers = undefined;
    else outliers = outliers ? carryOutliers(outliers, names, outlier) : outlierDetector(outlier, names, random, at);
    first = false;
    refresh(true);
  };

  /** The same members, with what is known of each now. */
  const refresh = (anew = false) => {
    const at = now();
    const real = performance.now();
    changesAt = outliers ? nextSweep(outliers) : Number.POSITIVE_INFINITY;
    changesAtReal = Number.POSITIVE_INFINITY;
    const down = upstreams.filter((one) => one.downUntil > real);
    for (const one of down) changesAtReal = Math.min(changesAtReal, one.downUntil);
    // With nobody left, trying is better than refusing: what is known may be out of date.
    const heedDown = down.length < upstreams.length;
    hosts = upstreams.map((one): Host => {
      const { registration, index } = one;
      const check = traffic.health ? options.checks?.(one.id) : undefined;
      const circuit = breakerOf(one)?.look();
      const open = circuit !== undefined && refusesNow(circuit, at);
      if (open) changesAt = Math.min(changesAt, circuit.openUntil ?? at + LOOK_AGAIN_MS * speed);
      one.watched = circuit !== undefined && circuit.status !== "closed";
      const since = readySince.get(one.id);
      return {
        backend: registration,
        healthy: check?.healthy ?? true,
        ejected: (outliers !== undefined && isEjected(outliers, index)) || (heedDown && one.downUntil > real),
        open,
        draining: registration.drainingSince !== undefined,
        ...(since === undefined ? {} : { readySince: since }),
      };
    });
    if (anew) balancer = balancerOf(traffic, hosts, loads, random);
    else balancer.update(hosts);
  };

  const breakerOf = (upstream: Upstream): BackendBreaker | undefined => {
    if (!options.breakers || traffic.breaker === "off") return undefined;
    let breaker = breakers.get(upstream);
    if (!breaker) breakers.set(upstream, (breaker = options.breakers(upstream.circuit)));
    return breaker;
  };

  const fresh = (at: Millis) => {
    if (options.backends() !== given) adopt();
    else if (at >= changesAt || performance.now() >= changesAtReal) tick();
  };

  const tick = () => {
    if (outliers) {
      for (const verdict of outlierSweep(outliers, now())) {
        if (verdict.action === "returned") readySince.set(verdict.id, verdict.at);
        options.onVerdict?.(verdict);
      }
    }
    refresh();
  };

  const ask = (ticket: Asked, tried: number[] | undefined, at: Millis): number => {
    request.at = at;
    request.hashed = ticket.hashed;
    request.hashHigh = ticket.hashHigh;
    request.hashLow = ticket.hashLow;
    request.tags = ticket.tags;
    request.match = ticket.match;
    request.tried = tried;
    return balancer.pick(request);
  };

  const countable = (): Host[] => hosts.filter((host) => !host.draining && !host.open && host.healthy);

  adopt();
  return {
    pick: (ticket) => {
      const at = now();
      fresh(at);
      let tried: number[] | undefined;
      if (ticket.tried) for (const { index } of ticket.tried) if (index >= 0) (tried ??= []).push(index);
      for (let round = 0; round <= upstreams.length; round++) {
        const index = ask(ticket, tried, at);
        const upstream = index < 0 ? undefined : upstreams[index];
        if (!upstream) return undefined;
        const breaker = breakerOf(upstream);
        if (!breaker) {
          ticket.admission = undefined;
          return upstream;
        }
        const admission = breaker.admit();
        ticket.admission = admission;
        if (admission !== undefined) return upstream;
        // Its probe is on its way already: somebody else, and not it again.
        if (tried?.includes(index)) return undefined;
        (tried ??= []).push(index);
        if (!hosts[index]?.open) refresh();
      }
      return undefined;
    },
    begin: (upstream) => {
      upstream.active++;
      upstream.requests++;
      if (upstream.index >= 0) begin(loads, upstream.index, now());
    },
    end: (upstream, ticket, ending, ms) => {
      const at = now();
      const failed = typeof ending === "number" ? ending >= 500 : ending !== "gone" && ending !== "stale";
      const told = ending !== "gone" && ending !== "stale";
      upstream.active--;
      if (failed) upstream.failures++;
      else if (typeof ending === "number") upstream.downs = 0;
      if (told && typeof ending === "number") upstream.latency.record(ms);
      if (upstream.index >= 0) end(loads, upstream.index, at, told ? ms : Number.NaN, !failed);
      const { admission } = ticket;
      const breaker = admission === undefined ? undefined : breakerOf(upstream);
      if (breaker && admission !== undefined && traffic.breaker !== "off") {
        const fails = ending !== "gone" && ending !== "stale" && httpFails(traffic.breaker, ending);
        breaker.done(admission, told ? outcomeOf(traffic.breaker, !fails, ms) : "ignored", ms);
        // Only a failure can have opened it, and only one that is not closed can change by a success.
        if ((fails || upstream.watched) && upstream.index >= 0) {
          const look = breaker.look();
          const open = refusesNow(look, at);
          if (open !== hosts[upstream.index]?.open) refresh();
          else upstream.watched = look.status !== "closed";
        }
      }
      if (outliers && told && upstream.index >= 0) {
        const result: OutlierResult = typeof ending === "number" ? outlierResultOf(ending) : "local";
        const verdict = outlierResult(outliers, upstream.index, result, at);
        if (verdict) {
          options.onVerdict?.(verdict);
          if (verdict.action === "ejected") refresh();
        }
      }
      if (upstream.active > 0) return;
      for (const resolve of upstream.idle.splice(0)) resolve();
      if (upstream.index < 0 && known.get(upstream.id) === upstream) known.delete(upstream.id);
    },
    down: (upstream) => {
      upstream.downs++;
      upstream.downUntil = performance.now() + Math.min(DOWN_MOST_MS, DOWN_FIRST_MS * 2 ** (upstream.downs - 1));
      closeIdle(upstream);
      if (upstream.index >= 0) refresh();
    },
    update: adopt,
    tick,
    usable: () => {
      fresh(now());
      return countable().length;
    },
    anyPick: () => {
      const at = now();
      fresh(at);
      return ask(NOBODY, undefined, at) >= 0;
    },
    fresh: () => fresh(now()),
    check: (upstream) => (traffic.health ? options.checks?.(upstream.id) : undefined),
    circuit: (upstream) => breakerOf(upstream)?.look(),
    places: () => {
      let sum = 0;
      for (const { draining, backend } of hosts) {
        if (draining) continue;
        if (backend.maxConnections === 0) return 0;
        sum += backend.maxConnections;
      }
      return sum;
    },
    obstacle: () => {
      if (hosts.length === 0) return "there is no backend";
      const parts = (
        [
          ["draining", hosts.filter((one) => one.draining).length],
          ["failing their checks", hosts.filter((one) => !one.draining && !one.healthy).length],
          ["ejected", hosts.filter((one) => !one.draining && one.healthy && one.ejected).length],
          ["with an open circuit", hosts.filter((one) => !one.draining && one.healthy && one.open).length],
        ] as const
      ).filter(([, count]) => count > 0);
      const list = parts.map(([what, count]) => `${count} ${what}`).join(", ");
      const backends = hosts.length === 1 ? "1 backend" : `${hosts.length} backends`;
      return list === "" ? `none of ${backends} could take it` : `of ${backends}: ${list}`;
    },
    openUntil: () => {
      const shut = hosts.filter((one) => !one.draining && one.healthy);
      if (shut.length === 0 || !shut.every((one) => one.open)) return undefined;
      const until = upstreams.map((one) => breakerOf(one)?.look().openUntil ?? Number.POSITIVE_INFINITY);
      const first = Math.min(...until);
      return Number.isFinite(first) ? Math.max(0, (first - now()) / speed) : 60_000;
    },
    active: (id) => known.get(id)?.active ?? 0,
    idle: (id) => {
      const one = known.get(id);
      if (!one || one.active === 0) return Promise.resolve();
      return new Promise((resolve) => one.idle.push(resolve));
    },
    why: (asked) => balancer.why({ ...asked, at: now() }),
    all: () => upstreams,
    balancer: () => balancer,
    loads: () => loads,
    outliers: () => outliers,
    hosts: () => hosts,
    close: () => {
      for (const one of known.values()) closeIdle(one);
    },
  };
}

type Asked = Pick<Ticket, "hashed" | "hashHigh" | "hashLow" | "tags" | "match">;
const NOBODY: Asked = { hashed: false, hashHigh: 0, hashLow: 0, tags: undefined, match: undefined };
const HEALTHY = { healthy: true, ejected: false, open: false, draining: false } as const;
