import type { Millis } from "../kernel/time.ts";
import { type Chooser, chooserOf } from "./balance/chooser.ts";
import type { HostLoads } from "./balance/loads.ts";
import type { Stash } from "./balancer-stash.ts";
import type { PolicySpec } from "./section.ts";
import { type SlowStartSpec, slowStartFactor } from "./tiers/slow-start.ts";
import type { Host, PickRequest } from "./types.ts";

/** What all leaves of a balancer share. */
export interface LeafContext {
  readonly policy: PolicySpec;
  readonly slowStart: SlowStartSpec | undefined;
  readonly hosts: readonly Host[];
  readonly loads: HostLoads;
  readonly random: Stash;
}

/** The hosts that one policy chooses from. Made when it is first picked from, brought up to date when it is next. */
export interface Leaf {
  readonly leaf: true;
  /** Level, version and zone in one text. */
  readonly key: string;
  members: Int32Array;
  /** Weight of each member before slow start. */
  base: Float64Array;
  /** By host index, 0: not here. The chooser reads them in place. */
  readonly weights: Float64Array;
  chooser: Chooser | undefined;
  /** The chooser does not know the members and weights yet. */
  dirty: boolean;
  /** The chooser, while there is nothing to be done before it is asked. */
  ready: Chooser | undefined;
  /** Picks of this kind take a turn of the chooser's own, so one that a why has seen is kept for the next pick. −1: none. */
  promised: number;
  /** It takes turns by weight, though the policy has none, because some member is in slow start. */
  slowly: boolean;
}

export function leafOf(key: string, size: number): Leaf {
  return {
    leaf: true,
    key,
    members: new Int32Array(0),
    base: new Float64Array(0),
    weights: new Float64Array(size),
    chooser: undefined,
    dirty: true,
    ready: undefined,
    promised: -1,
    slowly: false,
  };
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
};

/** Sets who is in a leaf. The same members with the same weights leave the chooser and its tables alone. */
export function setMembers(leaf: Leaf, members: Int32Array, base: Float64Array): void {
  if (same(leaf.members, members) && same(leaf.base, base)) return;
  leaf.members = members;
  leaf.base = base;
  setDirty(leaf);
}

/** Before the next pick the chooser must be told of members, weights or the time. */
export function setDirty(leaf: Leaf): void {
  leaf.dirty = true;
  leaf.ready = undefined;
}

const HASHING: ReadonlySet<string> = new Set(["consistent_hashing", "ring_hash", "maglev", "rendezvous"]);

export const isHashing = (policy: PolicySpec): boolean => HASHING.has(policy.policy);

/** Slow start changes no tables of hashing (as in Envoy): keys would move at every step. */
export const startsSlowly = (context: Pick<LeafContext, "policy" | "slowStart">): boolean =>
  context.slowStart !== undefined && !isHashing(context.policy);

/** Whether a host is still in its slow start. */
export function isStarting(host: Host | undefined, slowStart: SlowStartSpec | undefined, at: Millis): boolean {
  return slowStart !== undefined && host?.readySince !== undefined && at - host.readySince < slowStart.window;
}

/** Brings the chooser up to date with members, weights and the time. */
export function prepare(leaf: Leaf, context: LeafContext, at: Millis): Chooser {
  const { policy, hosts, slowStart } = context;
  const slows = startsSlowly(context);
  let slowly = false;
  leaf.weights.fill(0);
  for (let place = 0; place < leaf.members.length; place += 1) {
    const index = leaf.members[place] as number;
    let weight = leaf.base[place] as number;
    const since = hosts[index]?.readySince;
    if (slows && slowStart !== undefined && since !== undefined) {
      const factor = slowStartFactor(at - since, slowStart);
      if (factor < 1) slowly = true;
      weight *= factor;
    }
    // However small a share is, none at all would take the host out.
    leaf.weights[index] = weight > 0 ? weight : Number.MIN_VALUE;
  }
  slowly = slowly && policy.policy === "round_robin";
  if (leaf.chooser === undefined || slowly !== leaf.slowly) {
    const used: PolicySpec = slowly ? { ...policy, policy: "weighted_round_robin" } : policy;
    leaf.chooser = chooserOf(used, hosts, leaf.weights, context.loads, context.random);
  } else leaf.chooser.refresh?.();
  leaf.slowly = slowly;
  leaf.dirty = false;
  if (leaf.promised >= 0 && leaf.weights[leaf.promised] === 0) leaf.promised = -1;
  if (leaf.promised < 0) leaf.ready = leaf.chooser;
  return leaf.chooser;
}

/** Whether the promised host is what this request would get: not one it tried, unless it tried all. */
function promiseHolds({ promised, members }: Leaf, { tried }: PickRequest): boolean {
  if (promised < 0) return false;
  return tried === undefined || !tried.includes(promised) || members.every((index) => tried.includes(index));
}

/** Picks from a leaf, the promised host first. */
export function pickFrom(leaf: Leaf, context: LeafContext, request: PickRequest): number {
  const chooser = leaf.dirty || leaf.chooser === undefined ? prepare(leaf, context, request.at) : leaf.chooser;
  if (!promiseHolds(leaf, request)) return chooser.pick(request);
  const { promised } = leaf;
  leaf.promised = -1;
  leaf.ready = leaf.chooser;
  context.loads.last = promised;
  return promised;
}

/** Whether picks take turns that the chooser keeps: all else is settled by the loads and the draws, which can be put back. */
function takesTurns(leaf: Leaf, { policy }: LeafContext): boolean {
  if (leaf.slowly || policy.policy === "round_robin" || policy.policy === "weighted_round_robin") return true;
  return policy.policy === "least_connections" && (typeof policy.choices === "number" || policy.activeBias === 0);
}

/**
 * Which host the next pick of this leaf gives, and how ties were settled; the next pick then gives it. To be called while the draws are
 * looked at; `loads.last` moves as it does in a pick, the caller puts it back.
 */
export function peekFrom(
  leaf: Leaf,
  context: LeafContext,
  request: PickRequest,
): { readonly picked: number; readonly tie: string | undefined } {
  const chooser = leaf.dirty || leaf.chooser === undefined ? prepare(leaf, context, request.at) : leaf.chooser;
  if (promiseHolds(leaf, request)) {
    context.loads.last = leaf.promised;
    return { picked: leaf.promised, tie: undefined };
  }
  const picked = chooser.pick(request);
  if (takesTurns(leaf, context)) {
    leaf.promised = picked;
    leaf.ready = undefined;
  }
  return { picked, tie: chooser.tie() };
}
