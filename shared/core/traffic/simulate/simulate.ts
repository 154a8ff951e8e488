import { chooserOf } from "../balance/chooser.ts";
import { hostLoads } from "../balance/loads.ts";
import { randomOf } from "../balance/random.ts";
import { type Balancer, balancerOf } from "../balancer.ts";
import type { PolicySpec } from "../section.ts";
import type { Host, PickRequest, PolicyName } from "../types.ts";
import type { GivenHost } from "./hosts-read.ts";
import { hashes, type KeyHashes, keyHashes, movedOf } from "./moved.ts";
import { nsPerPick, ROUNDS } from "./pick-cost.ts";
import { BEGIN, type QueueResult, simulateQueue } from "./queue.ts";
import type { Balancing } from "./setting.ts";
import { able, capacityOf, speedsOf } from "./speeds.ts";
import { sharesOf, spreadOf } from "./spread.ts";

/** What is simulated. */
export interface SimulateSpec {
  readonly balancing: Balancing;
  readonly requests: number;
  /** Share of what the hosts that may be picked can serve together; default 0.8. */
  readonly load?: number;
  /** Mean service time of a nominal host; see `speedsOf`. */
  readonly serviceMs?: number;
  /** Different keys of the requests. Default: as many as make the luck of the draw small. */
  readonly keys?: number;
  readonly seed?: number;
  readonly tags?: readonly string[] | undefined;
  /** A clock with fractions of milliseconds; without it a pick is not timed. */
  readonly nowMs?: () => number;
}

/** What a policy did; times are in mean service times of a nominal host. Null: there is nothing to tell. */
export interface PolicyFigures {
  readonly policy: PolicyName;
  readonly requests: number;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Share of each host by id: of the requests, or of the keys where a key alone decides. */
  readonly share: Readonly<Record<string, number>>;
  /** Evenness of the shares, each divided by its weight, over the hosts that may be picked. */
  readonly cv: number | null;
  readonly maxOverMean: number | null;
  readonly movedOnRemovePct: number | null;
  readonly movedOnAddPct: number | null;
  readonly nsPerPick: number | null;
}

/** The figures and what they rest on. */
export interface PolicyRun {
  readonly figures: PolicyFigures;
  readonly result: QueueResult;
  /** Queues grew for as long as requests came: the times would be longer still with more requests. */
  readonly diverges: boolean;
  /** Unhealthy or ejected hosts were used, because too few are well. */
  readonly panic: boolean;
  readonly serviceMs: number;
}

const LOAD = 0.8;
/** Keys whose hosts are compared before and after a change of members. */
const MOVED_KEYS = 100_000;
/** Keys by whose owners an evenness is told: with a million the luck of the draw is 0.3 % at ten hosts. */
const SHARE_KEYS = 1_000_000;
/** Keys by which picks are timed. */
const COST_KEYS = 65_536;
/** Looks at hosts that one of these may take. */
const MOST_LOOKS = 20_000_000;
/** Changes of members that are tried; see `movedOf`. */
const CHANGES = 20;

/** Requests whose queues still grow: more than so many per host wait at the end, and more than a share of all. */
const DIVERGED = { perHost: 100, share: 0.01 };

/** How many keys are looked at: rendezvous looks at every host for each. */
const affordable = (policy: PolicyName, hosts: number, wanted: number): number =>
  policy === "rendezvous" ? Math.max(1000, Math.min(wanted, Math.floor(MOST_LOOKS / hosts))) : wanted;

/**
 * Plays a stream of requests through one policy. Hosts in the order in which the balancer sees them; what is in flight on them by
 * their file is not counted in: the figures are those of a steady state.
 */
export function simulatePolicy(hosts: readonly GivenHost[], spec: SimulateSpec): PolicyRun {
  const { balancing, requests, load = LOAD, seed = 1, tags } = spec;
  const { policy, balanceFactor } = balancing.balance;
  const all = hosts.map((one) => one.host);
  const usable = usableOf(hosts);
  const keyed = hashes(policy);
  const keys = keyed ? affordable(policy, hosts.length, spec.keys ?? SHARE_KEYS) : (spec.keys ?? 0);
  // First of all, while the pick is the only one that this process has made.
  const cost = spec.nowMs && pickCost(balancing.balance, usable.length > 0 ? usable : all, spec.nowMs, spec);

  const speeds = speedsOf(hosts, spec.serviceMs);
  const counted = new Set(usable);
  const capacity = capacityOf(speeds, (host) => counted.size === 0 || counted.has(all[host] as Host));
  const loads = hostLoads(hosts.length);
  const balancer = balancerOf(balancing, all, loads, randomOf(seed + 1));
  const result = simulateQueue((request) => balancer.pick(request), loads, {
    requests,
    rate: load * capacity,
    speeds,
    seed,
    keys,
    tags,
  });

  const counts = keyed && balanceFactor === 0 ? keysOwned(balancing, all, keyHashes(keys), seed) : result.counts;
  const share = sharesOf(counts);
  const weights = all.map((host, index) => (counted.has(host) || (share[index] ?? 0) > 0 ? host.backend.weight : 0));
  const spread = spreadOf(counts, weights);
  const compared = keyed ? affordable(policy, hosts.length * CHANGES, MOVED_KEYS) : 0;
  const moved = keyed ? movedOf(balancing.balance, usable, keyHashes(compared), seed) : undefined;
  const figures: PolicyFigures = {
    policy,
    requests,
    p50: result.p50 ?? null,
    p99: result.p99 ?? null,
    share: Object.fromEntries(all.map((host, index) => [host.backend.id, share[index] ?? 0])),
    cv: spread?.cv ?? null,
    maxOverMean: spread?.maxOverMean ?? null,
    movedOnRemovePct: moved?.movedOnRemovePct ?? null,
    movedOnAddPct: moved?.movedOnAddPct ?? null,
    nsPerPick: cost ?? null,
  };
  const diverges = result.waiting > DIVERGED.perHost * hosts.length && result.waiting > DIVERGED.share * requests;
  return { figures, result, diverges, panic: balancer.panic(), serviceMs: speeds.serviceMs };
}

/** Hosts with nothing in the way; where there are none, those that a panic would use. */
function usableOf(hosts: readonly GivenHost[]): readonly Host[] {
  const members = hosts.filter(able);
  const pickable = members.length > 0 ? members : hosts.filter(({ host }) => !host.draining && !host.open);
  return pickable.map((one) => one.host);
}

/** Keys that each host has, as the balancer deals them while nothing is in flight. */
function keysOwned(balancing: Balancing, hosts: readonly Host[], keys: KeyHashes, seed: number): Float64Array {
  const balancer: Balancer = balancerOf(balancing, hosts, hostLoads(hosts.length), randomOf(seed));
  const counts = new Float64Array(hosts.length);
  const request: PickRequest = { at: BEGIN, hashed: true, hashHigh: 0, hashLow: 0 };
  for (let index = 0; index < keys.size; index += 1) {
    request.hashHigh = keys.high[index] as number;
    request.hashLow = keys.low[index] as number;
    const host = balancer.pick(request);
    if (host >= 0) counts[host] = (counts[host] as number) + 1;
  }
  return counts;
}

/** What the policy's own pick costs, its hosts idle. */
function pickCost(
  balance: PolicySpec,
  hosts: readonly Host[],
  nowMs: () => number,
  { seed = 1, tags }: Pick<SimulateSpec, "seed" | "tags">,
): number {
  const weights = Float64Array.from(hosts, (one) => one.backend.weight);
  const chooser = chooserOf(balance, hosts, weights, hostLoads(hosts.length), randomOf(seed));
  const picks = Math.max(100, Math.min(50_000, Math.floor(MOST_LOOKS / ROUNDS / hosts.length)));
  return nsPerPick(chooser, keyHashes(COST_KEYS), nowMs, { picks, tags });
}
