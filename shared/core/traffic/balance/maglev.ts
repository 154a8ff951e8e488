import { byBytes } from "../../kernel/byte-order.ts";
import { HeadgateError } from "../../kernel/errors.ts";
import { hashModulo, textHash } from "../hash/xxhash64.ts";
import { isPrime, primeFrom } from "./prime.ts";

/** Envoy's default: the prime next to 2^16. */
export const MAGLEV_SIZE = 65_537;

/**
 * Maglev's table (Eisenbud et al., NSDI 2016, listing 1) as Envoy fills it, entry for entry: hosts in the order of their keys' bytes,
 * offset = xxHash64(key) mod size, skip = xxHash64(key, seed 1) mod (size − 1) + 1; a host of the greatest weight takes a free entry
 * in every round, one of half that weight in every second. Entries are indexes into `keys`; a weight of 0 has none.
 * Empty where nobody has weight. Throws `config.invalid` where `size` is no prime: a skip could then miss entries for ever.
 */
export function maglevTable(keys: readonly string[], weights: ArrayLike<number>, size: number): Int32Array {
  if (!isPrime(size)) throw sizeFault(size);
  const order = membersOf(keys, weights);
  const table = new Int32Array(order.length === 0 ? 0 : size).fill(-1);
  if (order.length === 0) return table;
  const at = new Int32Array(order.length);
  const skip = new Int32Array(order.length);
  const offsetOf = hashModulo(size);
  const skipOf = hashModulo(size - 1);
  for (const [index, member] of order.entries()) {
    const first = textHash(keys[member] as string);
    const second = textHash(keys[member] as string, 1);
    at[index] = offsetOf(first.high, first.low);
    skip[index] = skipOf(second.high, second.low) + 1;
  }
  const take = (index: number) => {
    let place = at[index] as number;
    const step = skip[index] as number;
    while ((table[place] as number) >= 0) place = place + step < size ? place + step : place + step - size;
    table[place] = order[index] as number;
    at[index] = place + step < size ? place + step : place + step - size;
  };
  const shares = normalised(order, weights);
  if (shares.every((share) => share === shares[0])) {
    for (let filled = 0; filled < size; filled += 1) take(filled % order.length);
  } else takeByWeight(shares, size, take);
  return table;
}

/** Keys' places in the order in which they take their turns; those without weight are left out. */
function membersOf(keys: readonly string[], weights: ArrayLike<number>): number[] {
  const members: number[] = [];
  for (let index = 0; index < keys.length; index += 1) if ((weights[index] as number) > 0) members.push(index);
  return members.sort((a, b) => byBytes(keys[a] as string, keys[b] as string) || a - b);
}

/** Weights as shares of 1, with Envoy's arithmetic: the sum first, then each. */
export function normalised(members: readonly number[], weights: ArrayLike<number>): Float64Array {
  let sum = 0;
  for (const member of members) sum += weights[member] as number;
  return Float64Array.from(members, (member) => (weights[member] as number) / sum);
}

/**
 * A host takes its turn in round n when n × its share has reached its target, which then grows by the greatest share. Envoy walks all
 * hosts in each round; with one heavy host among ten thousand that is a minute of passing over, so the rounds of each host are worked
 * out instead and taken from a heap by (round, place).
 */
function takeByWeight(shares: Float64Array, size: number, take: (index: number) => void): void {
  const greatest = shares.reduce((most, share) => Math.max(most, share), 0);
  const count = shares.length;
  const targets = new Float64Array(count);
  const rounds = new Float64Array(count).fill(1);
  // In the first round everybody has a turn, in order: that is a heap already.
  const heap = Int32Array.from(shares, (_, index) => index);
  const before = (a: number, b: number) =>
    (rounds[a] as number) < (rounds[b] as number) || ((rounds[a] as number) === (rounds[b] as number) && a < b);
  for (let filled = 0; filled < size; filled += 1) {
    const index = heap[0] as number;
    take(index);
    targets[index] = (targets[index] as number) + greatest;
    rounds[index] = roundFor(targets[index] as number, shares[index] as number, rounds[index] as number);
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= count) break;
      if (child + 1 < count && before(heap[child + 1] as number, heap[child] as number)) child += 1;
      if (!before(heap[child] as number, index)) break;
      heap[hole] = heap[child] as number;
      hole = child;
    }
    heap[hole] = index;
  }
}

/** The first round after `round` in which round × share is no less than the target, by the same product of floats that is compared. */
function roundFor(target: number, share: number, round: number): number {
  let found = Math.max(round + 1, Math.ceil(target / share));
  while (found - 1 > round && (found - 1) * share >= target) found -= 1;
  while (found * share < target) found += 1;
  return found;
}

function sizeFault(size: number): HeadgateError {
  const allowed = `a prime, for example ${Number.isFinite(size) && size < 67_108_864 ? primeFrom(size) : MAGLEV_SIZE}`;
  return new HeadgateError("config.invalid", `the size of a Maglev table must be prime: ${size} is not`, {
    faults: [{ path: "balance.tableSize", message: "not a prime", value: String(size), allowed }],
  });
}
