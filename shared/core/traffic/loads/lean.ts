/**
 * How hard each look corrects. What is shared is seconds old: who goes by it at once sends everything to the host that was idle then, together with
 * all others who read the same (Mitzenmacher, "How useful is old information?", 2000). So shares are moved by a tenth of the
 * deviation at each look, which finds slow hosts within a minute and leaves equal ones alone.
 */
const GAIN = 0.1;
/** What is learnt of a host is forgotten so slowly while nothing more is learnt. */
const FORGET = 0.01;
/** A host is never given up: a little goes there, or nobody would see that it has become fast. */
const LEAST = 0.02;

/** Equal hosts wander so far by chance; what is nearer to 1 is not acted on. */
const QUIET = 0.7;

/** The factor to go by: one where what was learnt may be chance, or where nothing was. */
export const leanOf = (lean: number): number => (lean < QUIET ? lean : 1);

/**
 * Factors on the hosts' weights, moved so that all hosts have as much in flight for their weight, by what all callers have in flight.
 *
 * @param lean one for each host, 0 < x ≤ 1; changed in place, the largest is 1 afterwards
 * @param inFlight mean requests in flight of all callers, for each host
 */
export function leanOn(lean: Float64Array, inFlight: Float64Array, weights: Float64Array): void {
  const size = lean.length;
  let all = 0;
  let total = 0;
  for (let i = 0; i < size; i += 1) {
    all += inFlight[i] as number;
    total += weights[i] as number;
  }
  if (!(total > 0)) return;
  let most = 0;
  for (let i = 0; i < size; i += 1) {
    // What it would have if everything in flight were spread by weight; one more on both sides, so that few requests say little.
    const fair = (all * (weights[i] as number)) / total;
    const next = (lean[i] as number) ** (1 - FORGET) * ((fair + 1) / ((inFlight[i] as number) + 1)) ** GAIN;
    lean[i] = next;
    if (next > most) most = next;
  }
  for (let i = 0; i < size; i += 1) lean[i] = Math.max(LEAST, (lean[i] as number) / most);
}
