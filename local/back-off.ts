/** Real ms between restarts of something that keeps failing. */
export interface BackOff {
  readonly firstMs: number;
  readonly mostMs: number;
}

export const RESTART_BACK_OFF: BackOff = { firstMs: 500, mostMs: 30_000 };

/**
 * Doubles with each failure in a row up to the most, half of it at random, so that many services broken by one cause do
 * not all come back at once ("equal jitter").
 *
 * @param failures failures in a row, at least 1
 * @param random 0 ≤ x < 1
 */
export function backOffMs(settings: BackOff, failures: number, random: number): number {
  const whole = Math.min(settings.mostMs, settings.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole / 2 + (whole / 2) * random);
}
