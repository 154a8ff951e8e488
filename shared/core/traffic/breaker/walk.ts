/**
 * Calls until the rule `consecutive` opens, on average, where each call fails with the same probability and nothing is forgotten. The
 * count is a random walk with a floor at 0: from count i it takes d(0) = 1/p calls, d(i) = (1 + (1 − p) · d(i − 1)) / p, to come one
 * higher for the first time, and they add up. Five failures at p = .5: 30; at .3: 286; at .2: 2,265; at .1: 83,030.
 *
 * @returns Infinity where it never opens, or not within what a double holds
 */
export function expectedCallsToOpen(failures: number, probability: number): number {
  if (!(probability > 0)) return Infinity;
  let up = 1 / probability;
  let total = up;
  for (let count = 1; count < failures && Number.isFinite(total); count += 1) {
    up = (1 + (1 - probability) * up) / probability;
    total += up;
  }
  return total;
}

/** From so many calls on the walk has settled, and each further call opens with one and the same probability. */
const SETTLED = 1e-13;
const MOST_STEPS = 20_000_000;

/**
 * Probability that the rule `consecutive` has opened within so many calls: the walk's distribution, call by call, until the share that
 * opens at each call does not change any more, and from there on in one step.
 *
 * @returns undefined where that takes too long to compute: thousands of failures, and not settled by then
 */
export function probabilityToOpen(failures: number, probability: number, calls: number): number | undefined {
  if (calls < failures || !(probability > 0)) return 0;
  let counts = new Float64Array(failures);
  let next = new Float64Array(failures);
  counts[0] = 1;
  let left = 1;
  let before = 0;
  for (let call = 1; call <= calls; call += 1) {
    next.fill(0);
    for (let count = 0; count < failures; count += 1) {
      const here = counts[count] as number;
      const down = Math.max(0, count - 1);
      next[down] = (next[down] as number) + here * (1 - probability);
      if (count + 1 < failures) next[count + 1] = (next[count + 1] as number) + here * probability;
    }
    const remains = next.reduce((sum, share) => sum + share, 0);
    const kept = left > 0 ? remains / left : 0;
    left = remains;
    [counts, next] = [next, counts];
    const settled = call > failures && Math.abs(kept - before) < SETTLED;
    if (settled || left === 0) return 1 - left * kept ** (calls - call);
    if (call * failures > MOST_STEPS) return undefined;
    before = kept;
  }
  return 1 - left;
}
