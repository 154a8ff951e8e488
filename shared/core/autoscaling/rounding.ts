/** Relative size of what counts as float noise: 8 × 70.0000001 / 70 is 8, not 9. */
export const EPSILON = 1e-6;

/** Smallest integer not below `x`, where float noise above an integer does not count. */
export function ceil(x: number): number {
  // Plus 0: a count is never -0, which JSON does not have.
  return Math.ceil(x - EPSILON * Math.max(1, Math.abs(x))) + 0;
}

/** Largest integer not above `x`, where float noise below an integer does not count. */
export function floor(x: number): number {
  return Math.floor(x + EPSILON * Math.max(1, Math.abs(x))) + 0;
}
