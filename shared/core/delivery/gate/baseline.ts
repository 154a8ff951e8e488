import { CUT_AT, CUT_TAU2, FOLDED, LEARNED, NOISES } from "./constants.ts";
import { DECAYS, varianceBefore } from "./wander.ts";

/**
 * What the baseline's own ticks say of each noise: log likelihoods of normal deviations of the rate with an unknown mean, which
 * is integrated out. Few ticks are kept as they are, because the rate that scales them is hardly known yet; later they are sums.
 */
export interface BaselineNoise {
  readonly ticks: number;
  /** Events and requests of the ticks, cut. */
  readonly x: number;
  readonly n: number;
  /** Few ticks: events and requests of each. */
  readonly xs?: readonly number[];
  readonly ns?: readonly number[];
  /** Many: the rate they are scaled by, and filters and sums of each noise. */
  readonly rate?: number;
  readonly sums?: Sums;
}

interface Sums {
  /** Expected deviation, answer to a constant, and variance: of each noise after the last tick. */
  readonly a: readonly number[];
  readonly h: readonly number[];
  readonly p: readonly number[];
  /** Weighted sums: constant squared, constant times deviation, deviation squared with the log of the variance. */
  readonly hh: readonly number[];
  readonly hy: readonly number[];
  readonly yy: readonly number[];
}

const LEAST_WEIGHT = 1e-9;

const fresh = (): Sums => {
  const zeros = NOISES.map(() => 0);
  const p = NOISES.map(({ tau }) => tau * tau);
  return { a: zeros, h: zeros, p, hh: NOISES.map(() => LEAST_WEIGHT), hy: zeros, yy: zeros };
};

/** One more tick; changes `sums` in place (they are copies). */
function push(sums: Sums, first: boolean, x: number, n: number, rate: number): void {
  const { a, h, p, hh, hy, yy } = sums as { readonly [K in keyof Sums]: number[] };
  const mean = n * rate;
  const y = x / mean - 1;
  for (let at = 0; at < NOISES.length; at += 1) {
    const keeps = DECAYS[at] as number;
    const before = varianceBefore(at, 1, first ? -1 : (p[at] as number));
    const a0 = keeps * (a[at] as number);
    const h0 = keeps * (h[at] as number);
    const total = before + 1 / mean;
    const e = y - a0;
    const one = 1 - h0;
    hh[at] = (hh[at] as number) + (one * one) / total;
    hy[at] = (hy[at] as number) + (e * one) / total;
    yy[at] = (yy[at] as number) + (e * e) / total + Math.log(total * mean);
    const gain = before / total;
    a[at] = a0 + gain * e;
    h[at] = h0 + gain * one;
    p[at] = before * (1 - gain);
  }
}

function summed(xs: readonly number[], ns: readonly number[], rate: number): Sums {
  const sums = copied(fresh());
  let first = true;
  for (let at = 0; at < xs.length; at += 1) {
    const n = ns[at] as number;
    if (!(n > 0)) continue;
    push(sums, first, xs[at] as number, n, rate);
    first = false;
  }
  return sums;
}

const copied = ({ a, h, p, hh, hy, yy }: Sums): Sums => ({
  a: [...a],
  h: [...h],
  p: [...p],
  hh: [...hh],
  hy: [...hy],
  yy: [...yy],
});

/** A count cut to what normal jitter about `mean` explains. */
function cut(x: number, mean: number): number {
  const most = CUT_AT * Math.sqrt(mean + CUT_TAU2 * mean * mean);
  return x > mean + most ? rounded(mean + most) : x < mean - most ? rounded(mean - most) : x;
}

/** Hundredths are enough of a count that was cut, and short in the state. */
const rounded = (value: number): number => Math.round(value * 100) / 100;

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** From the ticks before the release, oldest first. */
export function beginBaseline(xs: readonly number[], ns: readonly number[]): BaselineNoise {
  const requests = ns.slice(-LEARNED);
  let counts: readonly number[] = xs.slice(-LEARNED);
  const n = total(requests);
  // Twice: the first rate has the incidents still in it.
  for (let pass = 0; pass < 2 && n > 0; pass += 1) {
    const rate = total(counts) / n;
    counts = counts.map((x, at) => cut(x, (requests[at] as number) * rate));
  }
  return folded({ ticks: counts.length, x: total(counts), n, xs: counts, ns: requests });
}

function folded(known: BaselineNoise): BaselineNoise {
  const { ticks, x, n, xs, ns } = known;
  if (xs === undefined || ns === undefined || ticks < FOLDED) return known;
  // Nothing happened yet: there is no rate to scale by, and old ticks without events tell nothing of noise.
  if (x < 1) return { ...known, xs: xs.slice(-FOLDED), ns: ns.slice(-FOLDED) };
  return { ticks, x, n, rate: x / n, sums: summed(xs, ns, x / n) };
}

/** With the baseline's tick of this look. */
export function withTick(known: BaselineNoise, events: number, requests: number): BaselineNoise {
  if (known.ticks >= LEARNED || requests === 0) return known;
  const x = known.n > 0 ? cut(events, (requests * known.x) / known.n) : events;
  const next = { ticks: known.ticks + 1, x: known.x + x, n: known.n + requests };
  if (known.sums !== undefined && known.rate !== undefined) {
    const sums = copied(known.sums);
    push(sums, false, x, requests, known.rate);
    return { ...next, rate: known.rate, sums };
  }
  return folded({ ...next, xs: [...(known.xs ?? []), x], ns: [...(known.ns ?? []), requests] });
}

/** Log likelihood of each noise, up to a constant. */
export function baselineLogs({ x, n, xs, ns, sums }: BaselineNoise): readonly number[] {
  if (x < 1) return NOISES.map(() => 0);
  const { hh, hy, yy } = sums ?? summed(xs ?? [], ns ?? [], x / n);
  return NOISES.map((_, at) => {
    const weight = hh[at] as number;
    return -0.5 * ((yy[at] as number) - (hy[at] as number) ** 2 / weight + Math.log(weight));
  });
}
