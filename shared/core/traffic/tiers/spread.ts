/**
 * Deals picks to a few parts by weight, smoothly and exactly: nginx's rule (each turn adds its weight to every part, the largest
 * wins and pays the sum). After sum/gcd turns every part has had exactly its share; no luck is involved.
 */
export interface Spread {
  readonly weights: Float64Array;
  readonly current: Float64Array;
  /** Sum of the weights; 0 deals nothing. */
  total: number;
}

export function spreadOf(weights: readonly number[]): Spread {
  const spread = { weights: Float64Array.from(weights), current: new Float64Array(weights.length), total: 0 };
  for (const weight of spread.weights) spread.total += weight;
  return spread;
}

/** Which part is next, without taking the turn; -1 where none has a weight. The first of equals. */
export function spreadPeek({ weights, current, total }: Spread): number {
  if (total <= 0) return -1;
  let best = -1;
  let most = -Infinity;
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] as number;
    const value = (current[index] as number) + weight;
    if (weight > 0 && value > most) {
      best = index;
      most = value;
    }
  }
  return best;
}

/** Takes a turn. */
export function spreadNext(spread: Spread): number {
  const best = spreadPeek(spread);
  if (best < 0) return best;
  const { weights, current, total } = spread;
  for (let index = 0; index < weights.length; index += 1)
    current[index] = (current[index] as number) + (weights[index] as number);
  current[best] = (current[best] as number) - total;
  return best;
}

/** Takes over what parts are owed, by name: a change of health or shares must not start the turns anew. */
export function carrySpread(
  from: Spread,
  fromKeys: readonly (string | number)[],
  to: Spread,
  toKeys: readonly (string | number)[],
): void {
  let kept = 0;
  let parts = 0;
  for (const [index, key] of toKeys.entries()) {
    const before = fromKeys.indexOf(key);
    if ((to.weights[index] ?? 0) <= 0) continue;
    parts += 1;
    // Debts are measured in turns, so that shares written as 95/5 and as 0.95/0.05 carry alike.
    if (before >= 0 && from.total > 0) to.current[index] = ((from.current[before] ?? 0) / from.total) * to.total;
    kept += to.current[index] ?? 0;
  }
  // The debts of all parts always sum to nothing.
  for (let index = 0; index < to.current.length; index += 1)
    if ((to.weights[index] ?? 0) > 0) to.current[index] = (to.current[index] ?? 0) - kept / parts;
}

/**
 * Which part so many units (0 ≤ units < total) from the beginning fall into: for keys, which must always meet the same part. −1: none
 * has a weight.
 */
export function spreadAt({ weights }: Spread, units: number): number {
  let left = units;
  let last = -1;
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] as number;
    if (weight <= 0) continue;
    last = index;
    if (left < weight) return index;
    left -= weight;
  }
  return last;
}
