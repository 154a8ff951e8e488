/** How often chance alone may show as large a distance before two samples count as two populations. */
export const KS_LEVEL = 0.01;

/** Bin counts of one column: `edges` are the inner limits, ascending, so that there is one bin more than edges. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Below the first nothing has changed, between the two something has, from the second on it is another population. The rule of
 * credit scoring (Siddiqi, Credit Risk Scorecards, 2006; Yurdakul 2018 on its origin).
 */
export const PSI_CHANGED = 0.1;
export const PSI_DRIFTED = 0.25;
/** A share of 0 has no logarithm: it is read as half a row of the side it is missing on, at most this. */
const LEAST_SHARE = 1e-4;

/**
 * Inner limits of at most `bins` bins that each hold as many values of the reference as the others; equal values share a bin, so
 * there may be fewer. Values that are no numbers are left out.
 */
export function edgesOf(reference: readonly number[], bins = 10): readonly number[] {
  const sorted = reference.filter(Number.isFinite).sort((a, b) => a - b);
  const edges: number[] = [];
  for (let bin = 1; bin < bins; bin += 1) {
    const edge = sorted[Math.ceil((bin * sorted.length) / bins) - 1];
    const last = edges.at(-1);
    if (edge !== undefined && (last === undefined || edge > last) && edge < (sorted.at(-1) as number)) edges.push(edge);
  }
  return edges;
}

/** Counts of values by bin: a value belongs to the first bin whose upper limit is not below it. */
export function histogramOf(values: readonly number[], edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= (edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    counts[low] = (counts[low] as number) + 1;
  }
  return { edges, counts };
}

/**
 * Population stability index of two counts over the same bins (or categories): Σ (q − p)·ln(q / p). 0 for equal shares, symmetric,
 * never negative. Undefined where there is nothing on one side, or the bins are not the same.
 */
export function psi(reference: readonly number[], current: readonly number[]): number | undefined {
  const [before, now] = [sum(reference), sum(current)];
  if (reference.length !== current.length || !(before > 0) || !(now > 0)) return undefined;
  let total = 0;
  for (let bin = 0; bin < reference.length; bin += 1) {
    if (reference[bin] === 0 && current[bin] === 0) continue;
    const p = shareOf(reference[bin] as number, before);
    const q = shareOf(current[bin] as number, now);
    total += (q - p) * Math.log(q / p);
  }
  return total;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const shareOf = (count: number, total: number): number =>
  count > 0 ? count / total : Math.min(0.5 / total, LEAST_SHARE);

/** The same over counts by category; a category that one side lacks counts as empty there. */
export function psiOfCategories(
  reference: { readonly [category: string]: number },
  current: { readonly [category: string]: number },
): number | undefined {
  const names = [...new Set([...Object.keys(reference), ...Object.keys(current)])].sort();
  const of = (counts: { readonly [category: string]: number }) =>
    names.map((name) => (Object.hasOwn(counts, name) ? (counts[name] as number) : 0));
  return psi(of(reference), of(current));
}

export interface KolmogorovSmirnov {
  /** Largest distance of the two empirical distribution functions, 0..1. */
  readonly statistic: number;
  /** How often chance alone shows as much, if both are one population. */
  readonly pValue: number;
}

/**
 * Two-sample Kolmogorov-Smirnov test, two-sided. The p-value is the asymptotic one, 2·Σ (−1)^(k−1)·exp(−2k²λ²) with
 * λ = D·√(nm / (n + m)): what scipy calls ks_2samp(method="asymp") up to its finite-sample correction. Good from some 25
 * values on each side. Undefined where a side is empty.
 */
export function ks(first: readonly number[], second: readonly number[]): KolmogorovSmirnov | undefined {
  const a = first.filter(Number.isFinite).sort((x, y) => x - y);
  const b = second.filter(Number.isFinite).sort((x, y) => x - y);
  if (a.length === 0 || b.length === 0) return undefined;
  let [i, j, statistic] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) === value) i += 1;
    while (j < b.length && (b[j] as number) === value) j += 1;
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length));
  }
  const lambda = statistic * Math.sqrt((a.length * b.length) / (a.length + b.length));
  return { statistic, pValue: kolmogorovTail(lambda) };
}

/** P(K > λ) of Kolmogorov's distribution. Of its two series the one that converges fast is used (Marsaglia, Tsang and Wang 2003). */
export function kolmogorovTail(lambda: number): number {
  if (!(lambda > 0)) return 1;
  if (lambda < 1.18) {
    // 1 − √(2π)/λ · Σ exp(−(2k − 1)²π² / 8λ²)
    const y = Math.exp(-(Math.PI ** 2) / (8 * lambda ** 2));
    const below = (Math.sqrt(2 * Math.PI) / lambda) * (y + y ** 9 + y ** 25 + y ** 49);
    return Math.min(1, Math.max(0, 1 - below));
  }
  const x = Math.exp(-2 * lambda ** 2);
  return Math.min(1, Math.max(0, 2 * (x - x ** 4 + x ** 9 - x ** 16)));
}
