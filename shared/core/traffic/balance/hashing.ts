import { hashModulo } from "../hash/xxhash64.ts";
import type { PickRequest, PolicyName } from "../types.ts";
import { type Bound, boundOf } from "./bounded.ts";
import { avoided, type Chooser, type Field, greatest, placeAfter, refreshField, type Tie } from "./field.ts";
import { inFlight } from "./loads.ts";
import { maglevTable } from "./maglev.ts";
import { primeFrom } from "./prime.ts";
import { rendezvousDraw, rendezvousScore, rendezvousTable } from "./rendezvous.ts";
import { ringPoint, ringTable, steadyRing } from "./ring.ts";

/** What a table answers. */
interface Table {
  /** The host at a position, at the given attempt (0: the first). Halves are signed: unsigned ones past 2^31 would be boxed. */
  at(high: number, low: number, attempt: number): number;
  /** Share of all positions that lead to each host, by index. */
  shares(): Float64Array;
}

/** Envoy's Maglev. A size that has no room for every host is raised to a prime past 100 × hosts, or some would get nothing. */
export function maglev(field: Field, policy: PolicyName, tableSize: number, balanceFactor: number): Chooser {
  return byTable(field, policy, balanceFactor, () => {
    const size = tableSize > field.count ? tableSize : primeFrom(100 * field.count);
    const entries = maglevTable(keysOf(field), field.weights, size);
    // Half as large, it stays in the cache beside what else a caller does.
    const table = field.hosts.length <= 65_536 ? Uint16Array.from(entries) : entries;
    const modulo = hashModulo(size);
    return {
      // A second attempt flips nearly all bits of the hash, as Envoy's: −attempt has most of them set.
      at: (high, low, attempt) => table[attempt === 0 ? modulo(high, low) : modulo(~high, low ^ -attempt)] as number,
      shares() {
        const shares = new Float64Array(field.hosts.length);
        for (const host of table) shares[host] = (shares[host] as number) + 1 / size;
        return shares;
      },
    };
  });
}

/** How many points a ring has: each host its own number, or all together as Envoy has it. */
export interface RingSize {
  readonly pointsPerHost: number;
  readonly minimumRingSize?: number | undefined;
  readonly maximumRingSize: number;
}

/** A ring; Envoy's where a minimum is given. A second attempt goes to the next point. */
export function ring(field: Field, policy: PolicyName, size: RingSize, balanceFactor: number): Chooser {
  return byTable(field, policy, balanceFactor, () => {
    const { pointsPerHost, minimumRingSize, maximumRingSize } = size;
    const points =
      minimumRingSize === undefined
        ? steadyRing(keysOf(field), field.weights, pointsPerHost, maximumRingSize)
        : ringTable(keysOf(field), field.weights, minimumRingSize, maximumRingSize);
    return {
      at(high, low, attempt) {
        const point = ringPoint(points, high, low);
        return points.owner[attempt === 0 ? point : (point + attempt) % points.size] as number;
      },
      shares() {
        const shares = new Float64Array(field.hosts.length);
        let before = positionOf(points.size - 1) - 1;
        for (let point = 0; point < points.size; point += 1) {
          const host = points.owner[point] as number;
          shares[host] = (shares[host] as number) + positionOf(point) - before;
          before = positionOf(point);
        }
        return shares;
      },
    };
    function positionOf(point: number): number {
      return ((points.high[point] as number) + (points.low[point] as number) / 4_294_967_296) / 4_294_967_296;
    }
  });
}

function byTable(field: Field, policy: PolicyName, balanceFactor: number, build: () => Table): Chooser {
  const bound = balanceFactor > 0 ? boundOf(field, balanceFactor) : undefined;
  const built = Float64Array.from(field.weights);
  let table = build();
  let shares: Float64Array | undefined;
  const at = { high: 0, low: 0 };
  return {
    policy,
    pick(request) {
      if (field.count === 0) return -1;
      positionInto(field, request, at);
      let picked = table.at(at.high, at.low, 0);
      const avoid = request.tried === undefined ? undefined : avoided(field, request);
      if (avoid !== undefined) picked = untriedOf(field, table, at, avoid);
      if (bound !== undefined) picked = bound.settle(picked, at.low, avoid);
      field.loads.last = picked;
      return picked;
    },
    values(_request, i) {
      shares ??= table.shares();
      return {
        tableShare: shares[i] as number,
        weight: field.weights[i] as number,
        active: inFlight(field.loads, i),
      };
    },
    tie: () => undefined,
    refresh() {
      if (built.every((weight, i) => weight === field.weights[i])) return;
      built.set(field.weights);
      refreshField(field);
      bound?.refresh();
      table = build();
      shares = undefined;
    },
  };
}

/** The first attempt that leads elsewhere; where all attempts lead to tried ones (they have nearly all entries) the next in turn. */
function untriedOf(field: Field, table: Table, at: { high: number; low: number }, avoid: readonly number[]): number {
  let picked = -1;
  for (let attempt = 0; attempt < 4 * field.count + 16; attempt += 1) {
    picked = table.at(at.high, at.low, attempt);
    if (!avoid.includes(picked)) return picked;
  }
  for (let place = placeAfter(field, picked); avoid.includes(picked); place = place + 1 < field.count ? place + 1 : 0) {
    picked = field.members[place] as number;
  }
  return picked;
}

/** Weighted rendezvous hashing: every member is asked, and a change moves nothing but what it must. */
export function rendezvous(field: Field, balanceFactor: number): Chooser {
  const table = rendezvousTable(keysOf(field));
  const bound: Bound | undefined = balanceFactor > 0 ? boundOf(field, balanceFactor) : undefined;
  const at = { high: 0, low: 0 };
  const tie: Tie = { equals: 0, fewer: false };
  const rate = (i: number) => {
    const draw = rendezvousDraw(table, i, at.high, at.low);
    // With equal weights the draws are in the order of the scores.
    const score = field.equal ? draw : rendezvousScore(draw, field.weights[i] as number);
    field.scores[i] = bound === undefined || bound.hasRoom(i) ? score : score - 1e300;
  };
  return {
    policy: "rendezvous",
    pick(request) {
      if (field.count === 0) return -1;
      positionInto(field, request, at);
      bound?.count();
      for (let place = 0; place < field.count; place += 1) rate(field.members[place] as number);
      return greatest(field, request.tried === undefined ? undefined : avoided(field, request), tie);
    },
    values(request, i) {
      const weight = field.weights[i] as number;
      if (!request.hashed) return { weight };
      return { score: rendezvousScore(rendezvousDraw(table, i, request.hashHigh, request.hashLow), weight), weight };
    },
    tie: () => undefined,
    refresh() {
      refreshField(field);
      bound?.refresh();
    },
  };
}

/** The request's hash, or for one without a key any position: as Envoy, hashing is then random. */
function positionInto(field: Field, request: PickRequest, at: { high: number; low: number }): void {
  if (request.hashed) {
    at.high = request.hashHigh | 0;
    at.low = request.hashLow | 0;
    return;
  }
  at.high = (field.random.next() * 4_294_967_296) | 0;
  at.low = (field.random.next() * 4_294_967_296) | 0;
}

function keysOf(field: Field): string[] {
  return field.hosts.map(({ backend }) => backend.hashKey ?? backend.id);
}
