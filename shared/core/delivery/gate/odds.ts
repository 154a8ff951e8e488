/** How one tick's events fell: `c` of `n` in the canary, which had the share `q` of the requests. */
export interface Split {
  readonly c: number;
  readonly b: number;
  readonly q: number;
}

/** Canary's share of the events when its rate is `r` times the baseline's. */
export const shareAt = (r: number, q: number): number => (r * q) / (r * q + 1 - q);

/** log likelihood ratio of "the canary's rate is `r` times the baseline's" against "the same", given who had the events. */
export function logOdds({ c, b, q }: Split, r: number): number {
  if (c + b === 0) return 0;
  const p = shareAt(r, q);
  return c * Math.log(p / q) + b * Math.log((1 - p) / (1 - q));
}

/** Overdispersion of the canary's part of `n` events when each arm's rate jitters by τ². */
export const overdispersion = (n: number, q: number, tau2: number): number =>
  1 + Math.max(0, n - 1) * 2 * tau2 * q * (1 - q);

/**
 * How far apart the arms are: signed root of the deviance in units of the log ratio, with the variance that chance alone gives it.
 * Nearer to normal than the ratio of small counts, and than its logarithm when the split is uneven. Needs an event.
 */
export function distanceOf({ c, b, q }: Split): { readonly y: number; readonly chance: number } {
  const n = c + b;
  const chance = 1 / (n * q * (1 - q));
  const part = (count: number, share: number) => (count > 0 ? count * Math.log(count / (n * share)) : 0);
  const deviance = Math.max(0, 2 * (part(c, q) + part(b, 1 - q)));
  return { y: Math.sign(c - n * q) * Math.sqrt(deviance * chance), chance };
}
