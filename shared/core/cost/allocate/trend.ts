/** How a daily figure moves. */
export interface Trend {
  /** Change a week, in the unit of the figure (Theil–Sen: the median of the slopes between all pairs of days). */
  readonly perWeek: number;
  /** The same in percent of the median; absent where that is zero. */
  readonly percentPerWeek?: number;
  /** Whether it is more than noise: the chance of as much order without any trend is below one percent (Mann–Kendall). */
  readonly moreThanNoise: boolean;
  /** That chance, 0..1. */
  readonly chance: number;
  /** Days it is told from. */
  readonly days: number;
}

/** Below it nothing is told: with fewer days even perfect order is no proof. */
const FEWEST_DAYS = 8;
/** From here on only days of the same weekday are compared: a week has its own shape (seasonal Kendall test, Hirsch, Slack and Smith 1982). */
const SEASONAL_DAYS = 21;
const CHANCE = 0.01;

const median = (sorted: Float64Array): number => {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
};

/** Complement of the normal distribution, both sides (Abramowitz and Stegun 26.2.17; off by less than 7.5e-8). */
function twoSided(z: number): number {
  const x = Math.abs(z);
  const t = 1 / (1 + 0.2316419 * x);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.min(1, 2 * poly * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)));
}

/**
 * Of values by day number, both finite. Without assumptions about their distribution, and unmoved by single days out of the ordinary. Undefined where there are
 * too few days.
 */
export function trendOf(points: readonly { readonly day: number; readonly value: number }[]): Trend | undefined {
  if (points.length < FEWEST_DAYS) return undefined;
  const sorted = points.toSorted((a, b) => a.day - b.day);
  const seasonal = (sorted.at(-1)?.day ?? 0) - (sorted[0]?.day ?? 0) >= SEASONAL_DAYS;
  const seasons = new Map<number, { readonly day: number; readonly value: number }[]>();
  for (const point of sorted) {
    const season = seasonal ? ((point.day % 7) + 7) % 7 : 0;
    const known = seasons.get(season);
    if (known) known.push(point);
    else seasons.set(season, [point]);
  }
  const slopes: number[] = [];
  let [order, variance] = [0, 0];
  for (const own of seasons.values()) {
    for (const [index, later] of own.entries())
      for (let at = 0; at < index; at += 1) {
        const before = own[at] as (typeof own)[number];
        if (later.day === before.day) continue;
        slopes.push((later.value - before.value) / (later.day - before.day));
        order += Math.sign(later.value - before.value);
      }
    variance += varianceOf(own.map(({ value }) => value));
  }
  if (slopes.length === 0) return undefined;
  const z = variance === 0 ? 0 : (order - Math.sign(order)) / Math.sqrt(variance);
  const chance = twoSided(z);
  const perWeek = 7 * median(Float64Array.from(slopes).sort());
  const middle = median(Float64Array.from(sorted, ({ value }) => value).sort());
  return {
    perWeek,
    ...(middle === 0 ? {} : { percentPerWeek: (100 * perWeek) / middle }),
    ...{ moreThanNoise: chance < CHANCE, chance, days: points.length },
  };
}

/** Of Kendall's S without a trend; values that are equal lower it. */
function varianceOf(values: readonly number[]): number {
  const of = (n: number): number => n * (n - 1) * (2 * n + 5);
  const equal = new Map<number, number>();
  for (const value of values) equal.set(value, (equal.get(value) ?? 0) + 1);
  let sum = of(values.length);
  for (const count of equal.values()) sum -= of(count);
  return sum / 18;
}
