/** Brent gives up after so many steps and answers the best point it has. */
const MOST_STEPS = 1_001;

/**
 * A root of `f` between two points, by the method of Brent (Algorithms for Minimization without Derivatives, 1973, chapter 4):
 * inverse quadratic or linear interpolation where that is trusted, bisection elsewhere. Which point it ends at matters where `f`
 * jumps, so the order of its tests is that of R's `uniroot`, which Kayenta has taken over.
 *
 * @param tolerance absolute; the answer is within half of it, and an exact zero ends the search
 */
export function brentRoot(
  f: (at: number) => number,
  low: number,
  high: number,
  atLow: number,
  atHigh: number,
  tolerance: number,
): number {
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  let [previous, best, opposite] = [low, high, low];
  let [fPrevious, fBest, fOpposite] = [atLow, atHigh, atLow];
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const lastStep = best - previous;
    if (Math.abs(fOpposite) < Math.abs(fBest)) {
      [previous, best, opposite] = [best, opposite, best];
      [fPrevious, fBest, fOpposite] = [fBest, fOpposite, fBest];
    }
    const least = 2 * Number.EPSILON * Math.abs(best) + tolerance / 2;
    const half = (opposite - best) / 2;
    if (Math.abs(half) <= least || fBest === 0) return best;
    let step = half;
    if (Math.abs(lastStep) >= least && Math.abs(fPrevious) > Math.abs(fBest)) {
      const [p, q] = interpolation(previous, best, opposite, fPrevious, fBest, fOpposite);
      const inside = p < 0.75 * (opposite - best) * q - Math.abs(least * q) / 2;
      if (inside && p < Math.abs((lastStep * q) / 2)) step = p / q;
    }
    if (Math.abs(step) < least) step = step > 0 ? least : -least;
    [previous, fPrevious] = [best, fBest];
    best += step;
    fBest = f(best);
    if ((fBest > 0 && fOpposite > 0) || (fBest < 0 && fOpposite < 0)) {
      [opposite, fOpposite] = [previous, fPrevious];
    }
  }
  return best;
}

/** The step to the interpolated root as a fraction p / q, p not negative. */
function interpolation(
  previous: number,
  best: number,
  opposite: number,
  fPrevious: number,
  fBest: number,
  fOpposite: number,
): readonly [number, number] {
  const across = opposite - best;
  let p: number;
  let q: number;
  if (previous === opposite) {
    const s = fBest / fPrevious;
    p = across * s;
    q = 1 - s;
  } else {
    const r = fPrevious / fOpposite;
    const s = fBest / fOpposite;
    const t = fBest / fPrevious;
    p = t * (across * r * (r - s) - (best - previous) * (s - 1));
    q = (r - 1) * (s - 1) * (t - 1);
  }
  return p > 0 ? [p, -q] : [-p, q];
}
