import type { Field } from "./field.ts";
import { inFlight } from "./loads.ts";
import { nextMersenne, seedMersenne } from "./mersenne.ts";

/** Keeps hosts from taking more than their share of what is in flight, whatever the keys say. */
export interface Bound {
  /** The host itself while it has room, otherwise another one: the same sequence of others for the same hash. */
  settle(first: number, hashLow: number, avoid: readonly number[] | undefined): number;
  /** Counts what is in flight; to be called before `hasRoom`. */
  count(): void;
  hasRoom(i: number): boolean;
  refresh(): void;
}

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2017), with Envoy's slots and jumps: slots of a host =
 * ceil((in flight + 1) × factor % × share), at least 1 (Envoy rounds up before the share too, which with unequal weights is one more
 * now and then); from an overloaded host it jumps through a shuffle seeded by the hash
 * (Chen, Coleman, Shrivastava 2019). Envoy lets a host that has filled its slots take one more; here the request itself counts too, so
 * that no host is ever above ceil(factor × average).
 */
export function boundOf(field: Field, factorPercent: number): Bound {
  const { members, weights, loads } = field;
  const order = new Int32Array(members.length);
  let weightSum = 0;
  /** (In flight + 1) × percent, so that with whole weights a host's part is one division of whole numbers. */
  let hundredfold = 0;
  const refresh = () => {
    weightSum = 0;
    for (let place = 0; place < field.count; place += 1) weightSum += weights[members[place] as number] as number;
  };
  const count = () => {
    let all = 0;
    for (let place = 0; place < field.count; place += 1) all += inFlight(loads, members[place] as number);
    hundredfold = (all + 1) * factorPercent;
  };
  /** Above 1: it has no room for one more. */
  const fill = (i: number) =>
    (inFlight(loads, i) + 1) / Math.max(1, Math.ceil((hundredfold * (weights[i] as number)) / (100 * weightSum)));
  refresh();
  return {
    refresh,
    count,
    hasRoom: (i) => fill(i) <= 1,
    settle(first, hashLow, avoid) {
      count();
      if (fill(first) <= 1) return first;
      let least = first;
      for (let place = 0; place < field.count; place += 1) order[place] = members[place] as number;
      seedMersenne(hashLow);
      for (let place = 0; place < field.count; place += 1) {
        const jump = place + evenly(field.count - place);
        const other = order[jump] as number;
        order[jump] = order[place] as number;
        order[place] = other;
        if (other === first || avoid?.includes(other)) continue;
        if (fill(other) <= 1) return other;
        if (fill(other) < fill(least)) least = other;
      }
      return least;
    },
  };
}

/** Evenly 0 … below − 1, as Envoy draws it: what falls beyond the last whole part is drawn again. */
function evenly(below: number): number {
  const part = Math.floor(4_294_967_296 / below);
  for (;;) {
    const drawn = Math.floor(nextMersenne() / part);
    if (drawn < below) return drawn;
  }
}
