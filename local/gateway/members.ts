import type { Millis } from "../../shared/core/kernel/time.ts";
import { begin, end, type HostLoads } from "../../shared/core/traffic/balance/loads.ts";
import type { Balancer } from "../../shared/core/traffic/balancer.ts";
import { httpFails, outcomeOf } from "../../shared/core/traffic/breaker/outcome.ts";
import { type OutlierResult, outlierResult, outlierResultOf } from "../../shared/core/traffic/outlier/result.ts";
import type { Outliers } from "../../shared/core/traffic/outlier/state.ts";
import type { CheckState, Host, PickRequest, PickWhy } from "../../shared/core/traffic/types.ts";
import { type CircuitLook, refusesNow } from "./breakers.ts";
import { type MembersOptions, membership } from "./membership.ts";
import { obstacleOf } from "./obstacle.ts";
import type { Ending } from "./retries.ts";
import type { Ticket } from "./ticket.ts";
import { closeIdle, type Upstream } from "./upstream.ts";

/** The backends of one service as its gateway sees them, and the choice among them. */
export interface Members {
  /** The backend for a request, admitted by its circuit; undefined: none can take it now. */
  pick(ticket: Ticket): Upstream | undefined;
  begin(upstream: Upstream): void;
  /**
   * @param ms real ms that the try took
   * @param untold the ending says nothing about the backend, and yet its version is counted: the client has gone and it was the backend
   *   that it waited for, or it heard of a failure
   */
  end(upstream: Upstream, ticket: Ticket, ending: Ending, ms: number, untold?: "waited" | "failed"): void;
  /** A new request goes to this one, or is refused: versions that could not be asked have missed it. */
  missed(instead: Upstream | undefined): void;
  /** Nobody listens there. */
  down(upstream: Upstream): void;
  /** Takes the list, the settings and the checks as they are now. */
  update(): void;
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

type Asked = Pick<Ticket, "hashed" | "hashHigh" | "hashLow" | "tags" | "match">;
const NOBODY: Asked = { hashed: false, hashHigh: 0, hashLow: 0, tags: undefined, match: undefined };

export function members(options: MembersOptions): Members {
  const { now, speed } = options;
  const list = membership(options);
  const { known, breakerOf } = list;
  const request: PickRequest = { at: 0, hashed: false, hashHigh: 0, hashLow: 0 };

  const ask = (ticket: Asked, tried: number[] | undefined, at: Millis): number => {
    request.at = at;
    request.hashed = ticket.hashed;
    request.hashHigh = ticket.hashHigh;
    request.hashLow = ticket.hashLow;
    request.tags = ticket.tags;
    request.match = ticket.match;
    request.tried = tried;
    return list.balancer.pick(request);
  };

  /** Tells breaker and detector how a try ended. `gone` and `stale` say nothing about the backend. */
  const tell = (upstream: Upstream, ticket: Ticket, ending: Exclude<Ending, "gone" | "stale">, ms: number) => {
    const at = now();
    const { traffic, outliers } = list;
    const breaker = ticket.admission === undefined ? undefined : breakerOf(upstream);
    if (breaker && ticket.admission !== undefined && traffic.breaker !== "off") {
      const fails = httpFails(traffic.breaker, ending);
      breaker.done(ticket.admission, outcomeOf(traffic.breaker, !fails, ms), ms);
      // Only a failure can have opened it, and only one that is not closed can change by a success.
      if ((fails || upstream.watched) && upstream.index >= 0) {
        const look = breaker.look();
        if (refusesNow(look, at) !== list.hosts[upstream.index]?.open) list.refresh();
        else upstream.watched = look.status !== "closed";
      }
    }
    if (!outliers || upstream.index < 0) return;
    const result: OutlierResult = typeof ending === "number" ? outlierResultOf(ending) : "local";
    const verdict = outlierResult(outliers, upstream.index, result, at);
    if (!verdict) return;
    options.onVerdict?.(verdict);
    if (verdict.action === "ejected") list.refresh();
  };

  return {
    pick: (ticket) => {
      const at = now();
      list.fresh(at);
      let tried: number[] | undefined;
      if (ticket.tried) for (const { index } of ticket.tried) if (index >= 0) (tried ??= []).push(index);
      for (let round = 0; round <= list.upstreams.length; round++) {
        const index = ask(ticket, tried, at);
        const upstream = index < 0 ? undefined : list.upstreams[index];
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
        if (!list.hosts[index]?.open) list.refresh();
      }
      return undefined;
    },
    begin: (upstream) => {
      upstream.active++;
      upstream.requests++;
      if (upstream.index >= 0) begin(list.loads, upstream.index, now());
    },
    end: (upstream, ticket, ending, ms, untold) => {
      const at = now();
      const told = ending !== "gone" && ending !== "stale";
      const failed = told && (typeof ending === "string" || ending >= 500);
      upstream.active--;
      if (failed) upstream.failures++;
      else if (told) upstream.downs = 0;
      if (typeof ending === "number") upstream.latency.record(ms);
      if (upstream.index >= 0) end(list.loads, upstream.index, at, told ? ms : Number.NaN, !failed);
      const { version } = upstream.registration;
      // How long another protocol was spoken says nothing about how quick the version is.
      if (version !== undefined && ending !== 101 && (told || untold))
        options.versions?.ended(version, at, ms, failed || untold === "failed");
      if (told) tell(upstream, ticket, ending, ms);
      else if (ticket.admission !== undefined) breakerOf(upstream)?.done(ticket.admission, "ignored", ms);
      if (upstream.active > 0) return;
      for (const resolve of upstream.idle.splice(0)) resolve();
      if (upstream.index < 0 && known.get(upstream.id) === upstream) known.delete(upstream.id);
    },
    missed: (instead) => {
      const { missing } = list;
      if (missing.length === 0 || !options.versions) return;
      const served = instead?.registration.version;
      // When nobody is well all are asked, and what comes of it is counted.
      if (missing.some(({ version }) => version === served)) return;
      const at = now();
      for (const { version, part } of missing) options.versions.missed(version, at, part);
    },
    down: (upstream) => {
      upstream.downs++;
      upstream.downUntil = performance.now() + Math.min(DOWN_MOST_MS, DOWN_FIRST_MS * 2 ** (upstream.downs - 1));
      closeIdle(upstream);
      if (upstream.index >= 0) list.refresh();
    },
    update: list.adopt,
    usable: () => {
      list.fresh(now());
      return list.hosts.filter((host) => !host.draining && !host.open && host.healthy).length;
    },
    anyPick: () => {
      const at = now();
      list.fresh(at);
      return ask(NOBODY, undefined, at) >= 0;
    },
    fresh: () => list.fresh(now()),
    check: (upstream) => (list.traffic.health ? options.checks?.(upstream.id) : undefined),
    circuit: (upstream) => breakerOf(upstream)?.look(),
    places: () => list.places,
    obstacle: () => obstacleOf(list.hosts),
    openUntil: () => {
      const shut = list.hosts.filter((one) => !one.draining && one.healthy);
      if (shut.length === 0 || !shut.every((one) => one.open)) return undefined;
      const until = list.upstreams.map((one) => breakerOf(one)?.look().openUntil ?? Number.POSITIVE_INFINITY);
      const first = Math.min(...until);
      return Number.isFinite(first) ? Math.max(0, (first - now()) / speed) : 60_000;
    },
    active: (id) => known.get(id)?.active ?? 0,
    idle: (id) => {
      const one = known.get(id);
      if (!one || one.active === 0) return Promise.resolve();
      return new Promise((resolve) => one.idle.push(resolve));
    },
    why: (asked) => list.balancer.why({ ...asked, at: now() }),
    all: () => list.upstreams,
    balancer: () => list.balancer,
    loads: () => list.loads,
    outliers: () => list.outliers,
    hosts: () => list.hosts,
    close: () => {
      for (const one of known.values()) closeIdle(one);
    },
  };
}
