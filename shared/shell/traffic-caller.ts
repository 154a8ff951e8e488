import { HeadgateError } from "../core/kernel/errors.ts";
import { canonical, type Json } from "../core/kernel/json.ts";
import type { Millis } from "../core/kernel/time.ts";
import { carryOver, hostLoads } from "../core/traffic/balance/loads.ts";
import { randomOf } from "../core/traffic/balance/random.ts";
import { type Balancer, balancerOf } from "../core/traffic/balancer.ts";
import { CircuitOpenError } from "../core/traffic/breaker/open-error.ts";
import { outcomeOf } from "../core/traffic/breaker/outcome.ts";
import type { Admission } from "../core/traffic/breaker/types.ts";
import { hashText } from "../core/traffic/hash/xxhash64.ts";
import { leanOf } from "../core/traffic/loads/lean.ts";
import { registrationOf } from "../core/traffic/registry.ts";
import type { Backend, Host, PickRequest } from "../core/traffic/types.ts";
import { NO_ANSWER, storeGuard } from "./breakers-guard.ts";
import { type CallerLoads, callerLoads, readRows, rowWriter } from "./traffic-caller-loads.ts";
import { failedBy, hostsOf, sameIds, signalOf } from "./traffic-caller-parts.ts";
import type { CallerOptions, CallRequest, RunCall, TrafficCaller } from "./traffic-caller-types.ts";
import { readBackends, readChecks } from "./traffic-registry.ts";

const STALENESS_MS = 5_000;
const STORE_TIMEOUT_MS = 200;
/** Looks of many environments are moved by up to this share of the staleness, always to earlier. */
const JITTER = 0.2;
/** Policies that go by requests in flight, whose weights are leant on by what all have in flight. */
const BY_LOAD: ReadonlySet<string> = new Set(["least_connections", "power_of_two"]);
/** A factor that has moved by less is not worth new tables. */
const WORTH = 0.02;

/** Everything known at one time, by index in one list. */
interface Known {
  /** Of everything but loads: the same mark, the same hosts. */
  readonly mark: string;
  readonly hosts: readonly Host[];
  readonly balancer: Balancer;
  readonly mine: CallerLoads;
  /** The factors that the balancer has. */
  readonly applied: Float64Array;
  /** Until when a circuit refuses; 0: it does not. */
  readonly openUntil: Float64Array;
}

/**
 * Many callers that all send to the least busy of what they knew seconds ago meet there, and the slowest hundredth waits twice as
 * long; so of two drawn ones, unless it is said how many.
 */
const drawing = (config: CallerOptions["config"]): CallerOptions["config"] =>
  config.balance.policy === "least_connections" && config.balance.choices === undefined
    ? { ...config, balance: { ...config.balance, choices: 2 } }
    : config;

/**
 * Balances calls for a process that may be frozen between them and has many like it: what is known comes from the store, at most
 * `stalenessMs` old when a pick is made, and from the calls made here. A cold start reads first. A store that does not answer leaves what was last known.
 */
export function trafficCaller(options: CallerOptions): TrafficCaller {
  const { store, tenant, service, environment, config, now, random, breakers } = options;
  const staleness = options.stalenessMs ?? STALENESS_MS;
  const share = options.shareLoads ?? true;
  const counts = { reads: 0, writes: 0, picks: 0, refused: 0, degraded: 0 };
  const { wait } = options;
  const guard = storeGuard({ wallNow: now, ...(wait ? { wait } : {}) }, (what) => {
    if (what === "degraded") counts.degraded += 1;
  });
  const writeRow = rowWriter(store, tenant, service, environment, staleness);
  const leaning = share && BY_LOAD.has(config.balance.policy);
  const fixed = (options.backends ?? []).map((input) => registrationOf(input, { source: "config", at: 0 }));
  const pickRandom = randomOf(Math.floor(random() * 2 ** 32));
  const request: PickRequest = { at: 0, hashed: false, hashHigh: 0, hashLow: 0 };
  let known: Known | undefined;
  let knownAt: Millis | undefined;
  let nextLook: Millis = 0;
  let looking: Promise<void> | undefined;
  let degraded: { readonly error: unknown } | undefined;

  function rebuild(hosts: readonly Host[], mark: string, at: Millis): Known {
    if (known?.mark === mark) return known;
    if (known && sameIds(known.hosts, hosts)) {
      // Others of them are well: tables over the same members stay.
      const next = { ...known, mark, hosts };
      next.balancer.update(hosts.map((host, i) => shown(next, host, i, at)));
      return next;
    }
    const loads = hostLoads(hosts.length, { decayMs: config.balance.decay });
    if (known) carryOver(known.balancer.loads, known.hosts, loads, hosts);
    const mine = known ? known.mine.for(hosts, loads) : callerLoads(hosts, loads, at);
    const balancer = balancerOf(drawing(config), hosts, loads, pickRandom);
    const openUntil = new Float64Array(hosts.length);
    const before = new Map(known?.hosts.map((host, i) => [host.backend.id, known?.openUntil[i] ?? 0]));
    for (const [i, { backend }] of hosts.entries()) openUntil[i] = before.get(backend.id) ?? 0;
    const next: Known = { mark, hosts, balancer, mine, applied: new Float64Array(hosts.length).fill(1), openUntil };
    apply(next, at);
    return next;
  }

  /** A host as the balancer has it: with its circuit, and its weight leant on. */
  function shown({ applied, openUntil }: Known, host: Host, i: number, at: Millis): Host {
    const weight = host.backend.weight * (applied[i] as number);
    const backend = weight === host.backend.weight ? host.backend : { ...host.backend, weight };
    return { ...host, open: (openUntil[i] as number) > at, backend };
  }

  /** Tells the balancer of circuits and factors, where they differ from what it has. */
  function apply(to: Known, at: Millis): void {
    const { hosts, mine, applied, balancer, openUntil } = to;
    let moved = false;
    for (let i = 0; i < hosts.length; i += 1) {
      const lean = leaning ? leanOf(mine.lean[i] as number) : 1;
      if (Math.abs(lean - (applied[i] as number)) > WORTH * (applied[i] as number)) {
        applied[i] = lean;
        moved = true;
      }
      const until = openUntil[i] as number;
      if (balancer.hosts[i]?.open !== until > at) moved = true;
      if (until > 0 && until <= at) openUntil[i] = 0;
    }
    if (moved) balancer.update(hosts.map((host, i) => shown(to, host, i, at)));
  }

  async function look(at: Millis): Promise<void> {
    const row = known && share ? known.mine.row(at) : undefined;
    counts.reads += share ? 3 : 2;
    if (row) counts.writes += 1;
    const answer = await guard.ask("read", options.storeTimeoutMs ?? STORE_TIMEOUT_MS, () =>
      Promise.all([
        readBackends(store, tenant, service, at),
        readChecks(store, tenant, service),
        share ? readRows(store, tenant, service, environment, at, staleness) : new Map(),
        // A row that could not be written is made up for by the next one.
        row ? writeRow(row).catch(() => {}) : undefined,
      ]),
    );
    nextLook = now() + staleness * (1 - JITTER * random());
    if (answer === NO_ANSWER) {
      if (!degraded) options.onDegraded?.(true);
      degraded ??= { error: undefined };
      if (!known && fixed.length > 0) known = rebuild(hostsOf(fixed, new Map()), "fixed", at);
      return;
    }
    if (degraded) options.onDegraded?.(false);
    degraded = undefined;
    const [backends, checks, others] = answer;
    const taken = new Set(fixed.map(({ id }) => id));
    const all = [...fixed, ...backends.filter((one) => !taken.has(one.id) && one.source !== "config")];
    const hosts = hostsOf(all, checks);
    known = rebuild(hosts, canonical(hosts as unknown as Json), at);
    known.mine.learn(others, row, at);
    apply(known, at);
    knownAt = at;
  }

  /** What is known, looked at again where it is too old. One look serves all who wait. */
  function fresh(): Promise<void> | undefined {
    const at = now();
    if (looking) return known ? undefined : looking;
    // A clock that was set back must not make it stay old.
    if (known && at < nextLook && nextLook - at <= staleness) return undefined;
    looking = look(at).finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function ready(): Promise<Known> {
    const pending = fresh();
    if (pending) await pending;
    if (known) return known;
    throw new HeadgateError(
      "store.unavailable",
      `backends of ${service} were never read, and the store does not answer`,
      {
        retryable: true,
      },
    );
  }

  function asked(call: CallRequest, at: Millis, tried?: readonly number[]): PickRequest {
    request.at = at;
    request.hashed = call.key !== undefined;
    if (call.key !== undefined) hashText(call.key, request);
    request.tags = call.tags;
    request.match = call.match;
    request.tried = tried;
    return request;
  }

  function choose(from: Known, call: CallRequest, tried?: readonly number[]): number {
    const at = now();
    if (from.openUntil.some((until) => until > 0)) apply(from, at);
    counts.picks += 1;
    const picked = from.balancer.pick(asked(call, at, tried));
    if (picked >= 0) return picked;
    const refused = [...from.openUntil].filter((until) => until > at);
    if (refused.length > 0) throw new CircuitOpenError(`${service}/*`, "open", Math.min(...refused));
    throw none();
  }

  const none = () =>
    new HeadgateError("backend.none", `${service} has no backend that takes requests`, { retryable: true });
  const backendAt = (from: Known, i: number): Backend => (from.hosts[i] as Host).backend;

  /** The circuit's answer for a backend; undefined where there are no circuits. */
  async function admitted(id: string): Promise<Admission | undefined> {
    return breakers?.get(`${service}/${id}`).admit();
  }

  async function made<T>(
    from: Known,
    i: number,
    admission: Admission | undefined,
    call: RunCall<T>,
    work: (backend: Backend, signal: AbortSignal) => T | PromiseLike<T>,
  ): Promise<T> {
    const backend = backendAt(from, i);
    const start = now();
    from.mine.begin(i, start);
    let ok = false;
    let gaveUp = false;
    try {
      const answer = await work(backend, signalOf(call));
      ok = call.succeeded ? call.succeeded(answer) : !failedBy(answer);
      return answer;
    } catch (error) {
      gaveUp = call.signal?.aborted ?? false;
      throw error;
    } finally {
      const at = now();
      const ms = Math.max(0, at - start);
      // By id: the list may be another one by now.
      const index = known === from ? i : (known?.hosts.findIndex((host) => host.backend.id === backend.id) ?? -1);
      if (index >= 0) known?.mine.end(index, at, gaveUp ? Number.NaN : ms, ok || gaveUp);
      if (admission && breakers && config.breaker !== "off") {
        const outcome = gaveUp ? "ignored" : outcomeOf(config.breaker, ok, ms);
        await breakers.get(`${service}/${backend.id}`).done(admission, outcome, ms);
      }
    }
  }

  return {
    pick: async (call = {}) => {
      const from = await ready();
      return backendAt(from, choose(from, call));
    },
    why: async (call = {}) => {
      const from = await ready();
      const at = now();
      apply(from, at);
      return from.balancer.why(asked(call, at));
    },
    run: async (call, work) => {
      const from = await ready();
      const tried: number[] = [];
      let retryAt: Millis | undefined;
      while (tried.length < from.hosts.length) {
        const i = choose(from, call, tried.length > 0 ? tried : undefined);
        if (tried.includes(i)) break;
        const admission = await admitted(backendAt(from, i).id);
        if (admission?.admitted !== false) return made(from, i, admission, call, work);
        counts.refused += 1;
        retryAt = Math.min(retryAt ?? Number.POSITIVE_INFINITY, admission.retryAt ?? now() + staleness);
        // A force may be taken back long before it ends.
        const again = now() + staleness;
        from.openUntil[i] = admission.reason === "forced_open" ? again : (admission.retryAt ?? again);
        tried.push(i);
      }
      if (tried.length > 0) throw new CircuitOpenError(`${service}/*`, "open", retryAt);
      throw none();
    },
    flush: async () => {
      const row = known && share ? known.mine.row(now()) : undefined;
      if (row) counts.writes += 1;
      await Promise.all([row ? writeRow(row).catch(() => {}) : undefined, breakers?.flush()]);
    },
    look: () => ({
      ...(knownAt === undefined ? {} : { knownAt }),
      degraded: degraded !== undefined,
      ...(known ? { balancer: known.balancer.state() } : {}),
      hosts: (known?.hosts ?? []).map(({ backend }, i) => ({
        id: backend.id,
        active: known?.mine.loads.active[i] ?? 0,
        elsewhere: known?.mine.elsewhere[i] ?? 0,
        lean: known?.applied[i] ?? 1,
        open: (known?.openUntil[i] ?? 0) > now(),
      })),
    }),
    stats: () => ({ ...counts }),
  };
}
