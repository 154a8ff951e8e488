import type { Host, PickRequest, PolicyName } from "../types.ts";
import { type HostLoads, inFlight } from "./loads.ts";
import type { Random } from "./random.ts";

/** Picks one host for each request; made by `chooserOf`. Picks allocate nothing. */
export interface Chooser {
  readonly policy: PolicyName;
  /** Index into the hosts, or −1: none may be picked. Hosts the request tried already come only when no other is there. */
  pick(request: PickRequest): number;
  /** What it compares for host `i`, by name with the unit in it. For the why: may allocate. */
  values(request: PickRequest, i: number): Record<string, number>;
  /** How the last pick was settled between equals, as a part of a sentence; undefined: there were none. */
  tie(): string | undefined;
  /** Weights were changed in place. */
  refresh?(): void;
}

/** What every policy picks from. */
export interface Field {
  readonly hosts: readonly Host[];
  readonly weights: Float64Array;
  readonly loads: HostLoads;
  readonly random: Random;
  /** Indexes of the hosts with weight, ascending; the first `count` count. */
  readonly members: Int32Array;
  count: number;
  /** All members have the same weight. */
  equal: boolean;
  /** Of the pick in hand, by host: numbers that a function returned would be boxed. */
  readonly scores: Float64Array;
}

export function fieldOf(hosts: readonly Host[], weights: Float64Array, loads: HostLoads, random: Random): Field {
  const field: Field = {
    hosts,
    weights,
    loads,
    random,
    members: new Int32Array(hosts.length),
    count: 0,
    equal: true,
    scores: new Float64Array(hosts.length),
  };
  refreshField(field);
  return field;
}

/** Reads the weights again; tells whether the members changed. */
export function refreshField(field: Field): boolean {
  const { members, weights } = field;
  const before = field.count;
  let count = 0;
  let changed = false;
  let equal = true;
  for (let index = 0; index < field.hosts.length; index += 1) {
    const weight = weights[index] as number;
    // Also passes over NaN.
    if (!(weight > 0)) continue;
    if (members[count] !== index) changed = true;
    members[count] = index;
    if (weight !== weights[members[0] as number]) equal = false;
    count += 1;
  }
  field.count = count;
  field.equal = equal;
  return changed || before !== count;
}

/** The hosts to be avoided; undefined where none is, or where all members were tried, which is no reason to send nothing. */
export function avoided(field: Field, request: PickRequest): readonly number[] | undefined {
  const { tried } = request;
  if (tried === undefined || tried.length === 0) return undefined;
  for (let place = 0; place < field.count; place += 1) {
    if (!tried.includes(field.members[place] as number)) return tried;
  }
  return undefined;
}

/** Place among the members behind host `i`, which need not be one: where rotation goes on. */
export function placeAfter(field: Field, i: number): number {
  let low = 0;
  let high = field.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((field.members[middle] as number) <= i) low = middle + 1;
    else high = middle;
  }
  return low === field.count ? 0 : low;
}

/** How many were equally good, and what settled it. */
export interface Tie {
  equals: number;
  fewer: boolean;
}

export function tieText(tie: Tie): string | undefined {
  if (tie.equals < 2) return undefined;
  return `${tie.equals} were equal: ${tie.fewer ? "the one with fewer requests in flight" : "the next in turn"}`;
}

/**
 * The member with the greatest of `field.scores`; of equals the one with fewer requests in flight, of those the one whose last turn is
 * longest ago. −1: there is none. No score of a member may be NaN. Who puts `loads.last` back has not picked.
 */
export function greatest(field: Field, avoid: readonly number[] | undefined, tie: Tie): number {
  const { loads, members, count, scores } = field;
  const { turn } = loads;
  if (loads.last >= 0) turn[loads.last] = loads.turns += 1;
  let best = -1;
  let bestScore = 0;
  let bestActive = 0;
  tie.equals = 0;
  tie.fewer = false;
  for (let place = 0; place < count; place += 1) {
    const i = members[place] as number;
    const score = scores[i] as number;
    if (best >= 0 && score < bestScore) continue;
    if (avoid?.includes(i)) continue;
    const active = inFlight(loads, i);
    if (best < 0 || score > bestScore) {
      tie.equals = 1;
      tie.fewer = false;
    } else {
      tie.equals += 1;
      if (active !== bestActive) tie.fewer = true;
      if (active > bestActive) continue;
      if (active === bestActive && (turn[i] as number) >= (turn[best] as number)) continue;
    }
    best = i;
    bestScore = score;
    bestActive = active;
  }
  if (best >= 0) loads.last = best;
  return best;
}
