/** Seeded chance: the same seed gives the same stream on every machine. */
export interface Chance {
  /** Uniform in (0, 1). */
  readonly uniform: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Events of `n` trials with chance `p` each. */
  readonly binomial: (n: number, p: number) => number;
}

/** Expected events drawn at once: beyond, exp(-mean) comes near the smallest float. */
const AT_ONCE = 200;

/** xoshiro128** (Blackman and Vigna) seeded by splitmix32; binomials by inversion, which is exact and fast for rare events. */
export function chanceOf(seed: number): Chance {
  let mix = seed | 0;
  const split = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = split();
  let b = split();
  let c = split();
  let d = split();
  const uniform = (): number => {
    const five = Math.imul(b, 5);
    const drawn = Math.imul((five << 7) | (five >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return ((drawn >>> 0) + 0.5) / 4_294_967_296;
  };
  let spare = Number.NaN;
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const inverted = (n: number, p: number): number => {
    const odds = p / (1 - p);
    let mass = Math.exp(n * Math.log1p(-p));
    let left = uniform();
    let x = 0;
    while (left > mass && x < n) {
      left -= mass;
      x += 1;
      mass *= (odds * (n - x + 1)) / x;
    }
    return x;
  };
  const binomial = (n: number, p: number): number => {
    if (p <= 0 || n <= 0) return 0;
    if (p > 0.5) return n - binomial(n, 1 - p);
    let rest = n;
    let sum = 0;
    while (rest * p > AT_ONCE) {
      const part = Math.floor(AT_ONCE / p);
      sum += inverted(part, p);
      rest -= part;
    }
    return sum + inverted(rest, p);
  };
  return { uniform, normal, binomial };
}
