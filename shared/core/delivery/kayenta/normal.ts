type Coefficients = readonly [number, number, number, number, number, number, number, number];

/** Rational approximations of Wichura, "The percentage points of the normal distribution" (AS 241, PPND16, 1988): 1 in 1e16. */
const CENTRE: readonly [Coefficients, Coefficients] = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
];
const TAIL: readonly [Coefficients, Coefficients] = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
];
const FAR: readonly [Coefficients, Coefficients] = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
];

const polynomial = (coefficients: Coefficients, at: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * at + coefficient, 0);

const ratio = ([above, below]: readonly [Coefficients, Coefficients], at: number): number =>
  polynomial(above, at) / polynomial(below, at);

/** Quantile of the standard normal distribution; `p` strictly between 0 and 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const depth = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const value = depth <= 5 ? ratio(TAIL, depth - 1.6) : ratio(FAR, depth - 5);
  return q < 0 ? -value : value;
}

/**
 * Probability that a standard normal value lies further from 0 than `z`, to either side: erfc(|z| / √2), by its series near 0 and its
 * continued fraction (Abramowitz and Stegun 7.1.6 and 7.1.14) beyond; relative error below 1e-12.
 */
export function twoSidedTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  if (Number.isNaN(x)) return Number.NaN;
  const square = x * x;
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-17; n += 1) sum += term *= (2 * square) / (2 * n + 1);
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
  }
  let fraction = 0;
  for (let n = 120; n >= 1; n -= 1) fraction = n / 2 / (x + fraction);
  return Math.exp(-square) / Math.sqrt(Math.PI) / (x + fraction);
}
