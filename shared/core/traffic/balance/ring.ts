import { HeadgateError } from "../../kernel/errors.ts";
import { hashText } from "../hash/xxhash64.ts";
import { normalised } from "./maglev.ts";

/** Points on a ring of 2^64 positions, in order, and whose they are. */
export interface Ring {
  readonly size: number;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** Index into the keys. */
  readonly owner: Int32Array;
  /** For each value of the uppermost bits the first point from there on, and how far to shift for them. */
  readonly starts: Uint32Array;
  readonly shift: number;
}

/** Room for the index of a point beside the upper bits of its hash in one float. */
const INDEX_ROOM = 2 ** 23;

/**
 * Envoy's ring (ketama with xxHash64): so many points per host that the lightest has a whole number and all together are at least
 * `min`, at most `max`; point i of a host lies at xxHash64(key + "_" + i). Hosts in the order given, which decides who has the odd
 * points. When a host goes, the others get more points, and more keys move than those it had: see {@link steadyRing}.
 * Throws `config.invalid` where min > max.
 */
export function ringTable(keys: readonly string[], weights: ArrayLike<number>, min: number, max: number): Ring {
  if (min > max) throw boundsFault(min, max);
  const members = weighty(keys, weights);
  const shares = normalised(members, weights);
  const least = shares.reduce((least, share) => Math.min(least, share), 1);
  // A share too small for a float asks for more points than there may be.
  const scale = least > 0 ? Math.min(Math.ceil(least * min) / least, max) : max;
  let made = 0;
  let target = 0;
  const counts = Array.from(shares, (share) => {
    target += scale * share;
    const before = made;
    while (made < target) made += 1;
    return made - before;
  });
  return withPoints(keys, members, counts);
}

/** Points that a steady ring has at most: more than that take longer to build than anybody waits. */
const MOST_STEADY = 262_144;

/**
 * A ring on which a host's number of points does not depend on who else is there, so that nothing moves when one goes but the keys it
 * had: `points` × weight, halved or doubled for all alike until a host of mean weight has about `points` and all together no more
 * than `max` and 262,144. Each has at least one.
 */
export function steadyRing(keys: readonly string[], weights: ArrayLike<number>, points: number, max: number): Ring {
  const members = weighty(keys, weights);
  const mean = members.reduce((sum, member) => sum + (weights[member] as number), 0) / members.length;
  const most = Math.max(members.length, Math.min(max, MOST_STEADY));
  for (let perWeight = points / 2 ** Math.round(Math.log2(mean)); ; perWeight /= 2) {
    const counts = members.map((member) => Math.max(1, Math.round(perWeight * (weights[member] as number))));
    if (counts.reduce((sum, count) => sum + count, 0) <= most) return withPoints(keys, members, counts);
  }
}

function weighty(keys: readonly string[], weights: ArrayLike<number>): number[] {
  return keys.flatMap((_, index) => ((weights[index] as number) > 0 ? [index] : []));
}

function withPoints(keys: readonly string[], members: readonly number[], counts: readonly number[]): Ring {
  const size = counts.reduce((sum, count) => sum + count, 0);
  const high = new Uint32Array(size);
  const low = new Uint32Array(size);
  const owner = new Int32Array(size);
  const into = { hashHigh: 0, hashLow: 0 };
  let made = 0;
  for (const [place, member] of members.entries()) {
    const name = `${keys[member] as string}_`;
    const count = counts[place] as number;
    for (let point = 0; point < count; point += 1) {
      hashText(name + point, into);
      high[made] = into.hashHigh;
      low[made] = into.hashLow;
      owner[made] = member;
      made += 1;
    }
  }
  return sorted(high, low, owner);
}

/** The point at or after a position, the first one after the last; −1: the ring is empty. Halves signed or not. */
export function ringPoint(ring: Ring, positionHigh: number, positionLow: number): number {
  const { size } = ring;
  if (size === 0) return -1;
  const high = positionHigh >>> 0;
  const low = positionLow >>> 0;
  let point = ring.starts[high >>> ring.shift] as number;
  while (point < size) {
    const there = ring.high[point] as number;
    if (there > high || (there === high && (ring.low[point] as number) >= low)) return point;
    point += 1;
  }
  return 0;
}

function sorted(high: Uint32Array, low: Uint32Array, owner: Int32Array): Ring {
  const size = owner.length;
  const order = orderOf(high, low);
  const ring: Ring = {
    size,
    high: high.map((_, index) => high[order[index] as number] as number),
    low: low.map((_, index) => low[order[index] as number] as number),
    owner: owner.map((_, index) => owner[order[index] as number] as number),
    ...startsOf(size),
  };
  let point = 0;
  for (let top = 0; top < ring.starts.length; top += 1) {
    while (point < size && (ring.high[point] as number) >>> ring.shift < top) point += 1;
    ring.starts[top] = point;
  }
  return ring;
}

/** At least one start per point, so that the walk from there is one or two steps. */
function startsOf(size: number): Pick<Ring, "starts" | "shift"> {
  let bits = 1;
  while (2 ** bits < size * 2 && bits < 22) bits += 1;
  return { starts: new Uint32Array(2 ** bits), shift: 32 - bits };
}

/**
 * Points by position. Sorting floats needs no comparing function and is ten times as fast: the upper 30 bits of the hash and the
 * index fit into one. Those that agree in the 30 bits are put in order afterwards.
 */
function orderOf(high: Uint32Array, low: Uint32Array): Uint32Array {
  const rank = Float64Array.from(high, (value, index) => Math.floor(value / 4) * INDEX_ROOM + index).sort();
  const order = Uint32Array.from(rank, (value) => value % INDEX_ROOM);
  const after = (a: number, b: number) =>
    (high[a] as number) - (high[b] as number) || (low[a] as number) - (low[b] as number) || a - b;
  for (let index = 1; index < order.length; index += 1) {
    const moved = order[index] as number;
    let hole = index;
    for (; hole > 0 && after(order[hole - 1] as number, moved) > 0; hole -= 1) order[hole] = order[hole - 1] as number;
    order[hole] = moved;
  }
  return order;
}

function boundsFault(min: number, max: number): HeadgateError {
  return new HeadgateError("config.invalid", `a ring of at least ${min} and at most ${max} points cannot be`, {
    faults: [
      {
        path: "balance.minimumRingSize",
        message: `greater than maximumRingSize (${max})`,
        value: String(min),
        allowed: `1..${max}`,
      },
    ],
  });
}
