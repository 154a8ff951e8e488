/** Quantile of the standard normal distribution, 0 < p < 1 (Abramowitz and Stegun 26.2.23 as a start, then Newton's steps): error below 1e-9. */
export function normalQuantile(p: number): number {
  const tail = Math.min(p, 1 - p);
  const t = Math.sqrt(-2 * Math.log(tail));
  let z =
    t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
  for (let turn = 0; turn < 3; turn += 1) z += (upperTail(z) - tail) / density(z);
  return p < 0.5 ? -z : z;
}

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** Probability above z ≥ 0: series near 0, continued fraction beyond (Abramowitz and Stegun 26.2.11, 26.2.14). */
function upperTail(z: number): number {
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-17; n += 1) sum += term *= (z * z) / (2 * n + 1);
    return 0.5 - density(z) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n -= 1) fraction = n / (z + fraction);
  return density(z) / (z + fraction);
}

/** Probability of a standard normal value below `z`. */
export const normalBelow = (z: number): number => (z < 0 ? upperTail(-z) : 1 - upperTail(z));

/** Quantile of Student's t for `freedom` ≥ 1 degrees: Hill, algorithm 396 (1970), by its expansion for three and more. */
export function studentQuantile(p: number, freedom: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  if (freedom < 2) return Math.tan(Math.PI * (p - 0.5));
  if (freedom < 3) {
    const x = 2 * p - 1;
    return x * Math.sqrt(2 / (1 - x * x));
  }
  const z = normalQuantile(p);
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}
