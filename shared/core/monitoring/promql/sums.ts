/**
 * Neumaier's summation as Prometheus does it (util/kahansum): the running sum, and what rounding took from it. One mutable object
 * per sum, because it runs in the innermost loops.
 */
export interface Sum {
  sum: number;
  lost: number;
}

export const openSum = (sum = 0): Sum => ({ sum, lost: 0 });

export function add(into: Sum, value: number): void {
  const { sum } = into;
  const total = sum + value;
  if (total === Infinity || total === -Infinity) into.lost = 0;
  else if (Math.abs(sum) >= Math.abs(value)) into.lost += sum - total + value;
  else into.lost += value - total + sum;
  into.sum = total;
}

/**
 * Quantile of a list, linear between neighbours (promql/quantile.go). NaN sorts first. The list is sorted in place.
 */
export function quantileOf(q: number, values: Float64Array): number {
  const count = values.length;
  if (count === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  sortNanFirst(values);
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (values[lower] as number) * (1 - weight) + (values[upper] as number) * weight;
}

/** Typed arrays sort NaN last. */
function sortNanFirst(values: Float64Array): void {
  values.sort();
  let nans = 0;
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans])) nans += 1;
  if (nans === 0 || nans === values.length) return;
  values.copyWithin(nans, 0, values.length - nans);
  values.fill(Number.NaN, 0, nans);
}

/** Go's math.Max and math.Min: an infinity decides before NaN does. */
export const goMax = (a: number, b: number): number => (a === Infinity || b === Infinity ? Infinity : Math.max(a, b));
export const goMin = (a: number, b: number): number =>
  a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
