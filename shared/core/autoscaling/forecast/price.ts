/** What a number of tasks is judged by. All in one unit of tasks, real or reference. */
export interface Price {
  /** Square root of the work expected. */
  readonly level: number;
  /** Worth of one standardized error on that scale. */
  readonly spread: number;
  /** Task-minutes that a minute costs in which work waits. */
  readonly violation: number;
  /** Task-minutes that one task costs a minute: above 1 fewer tasks, below 1 more. */
  readonly thrift: number;
}

/** Share of the errors that are larger than `z`. */
export type Tail = (z: number) => number;

/** Beyond so many tasks nothing is priced. */
const MOST = 1_000_000;

/**
 * Newsvendor: the smallest count of tasks c that minimises `c × thrift / violation + share of errors above (√c − level) / spread`. One more task is
 * bought as long as it avoids violation minutes worth more than it costs. No quantile to choose: it follows from the prices.
 */
export function cheapest({ level, spread, violation, thrift }: Price, tail: Tail): number {
  const each = thrift / violation;
  if (!(level >= 0) || !(spread > 0) || !(each > 0)) return Number.NaN;
  let count = Math.min(MOST, Math.max(1, Math.floor(0.6 * level * level)));
  let best = count;
  let least = Number.POSITIVE_INFINITY;
  for (; count <= MOST && count * each <= least; count += 1) {
    const cost = count * each + tail((Math.sqrt(count) - level) / spread);
    if (cost < least) {
      least = cost;
      best = count;
    }
  }
  return best;
}

/** Task-minutes a minute that having `to` tasks saves over having `from`. Negative: it costs so much more. */
export function savingOf({ level, spread, violation, thrift }: Price, tail: Tail, from: number, to: number): number {
  const missed = (count: number) => violation * tail((Math.sqrt(count) - level) / spread);
  return missed(from) - missed(to) - thrift * (to - from);
}

/** The tail of a pool of errors, in ascending order. */
export function poolTail(sorted: ArrayLike<number>, size = sorted.length): Tail {
  return (z) => {
    let [low, high] = [0, size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as number) > z) high = middle;
      else low = middle + 1;
    }
    return (size - low) / size;
  };
}

/** The tail of a table as `Forecast.errors` is one: the largest first, entry j of n exceeded by (j / (n − 1))². Empty: {@link normalTail}. */
export function tableTail(errors: readonly number[]): Tail {
  const last = errors.length - 1;
  if (last < 1) return normalTail;
  return (z) => {
    if (z >= (errors[0] as number)) return 0;
    if (z < (errors[last] as number)) return 1;
    // The last entry that is above z, and how far z is from it to the next one.
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((errors[middle] as number) > z) low = middle;
      else high = middle;
    }
    const [above, below] = [errors[low] as number, errors[high] as number];
    const share = (low + (above - z) / (above - below)) / last;
    return share * share;
  };
}

/** While there are too few errors to go by: a normal distribution, wider by half. */
const WIDER = 1.5;

/** Upper tail of a normal distribution whose deviation is {@link WIDER} (M. Abramowitz and I. Stegun, 26.2.17; off by less than 1e-7). */
export function normalTail(z: number): number {
  const x = Math.abs(z) / WIDER;
  const t = 1 / (1 + 0.2316419 * x);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? upper : 1 - upper;
}

/** Deviations of a normal distribution that 95, and 90 of 100 cases stay below. */
const NORMAL_95 = 1.6448536;
const NORMAL_90 = 1.2815516;
/** Where there are too few errors, 80 of 100 cases are taken to lie this close. */
export const normalQuantile80: number = NORMAL_90 * WIDER;

/** The standardized error that 95 of 100 stay below. */
export function likelyMost(errors: readonly number[]): number {
  return errors.length < 2 ? NORMAL_95 * WIDER : quantile(errors, 0.95);
}

/** The standardized error that a share of those in a table stays below: see {@link tableTail}. */
export function quantile(errors: readonly number[], share: number): number {
  const last = errors.length - 1;
  const at = Math.sqrt(Math.min(1, Math.max(0, 1 - share))) * last;
  const low = Math.min(last - 1, Math.floor(at));
  const [above, below] = [errors[low] as number, errors[low + 1] as number];
  return above + (below - above) * (at - low);
}
