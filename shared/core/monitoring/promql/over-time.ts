import { add, openSum, quantileOf } from "./sums.ts";
import type { Window } from "./windows.ts";

export function sumOverTime({ values, low, high }: Window): number {
  const total = openSum();
  for (let index = low; index < high; index++) add(total, values[index] as number);
  return Math.abs(total.sum) === Infinity ? total.sum : total.sum + total.lost;
}

/** The mean by its sum; by increments from where the sum would overflow (promql/functions.go, funcAvgOverTime). */
export function avgOverTime({ values, low, high }: Window): number {
  const total = openSum(values[low]);
  let count = 1;
  let mean: ReturnType<typeof openSum> | undefined;
  for (let index = low + 1; index < high; index++) {
    const value = values[index] as number;
    count += 1;
    if (!mean) {
      const { sum, lost } = total;
      add(total, value);
      if (Math.abs(total.sum) !== Infinity) continue;
      mean = { sum: sum / (count - 1), lost: lost / (count - 1) };
    }
    increment(mean, value, count);
  }
  return mean ? mean.sum + mean.lost : total.sum / count + total.lost / count;
}

/** Takes the `count`-th value into an incremental mean. */
export function increment(mean: { sum: number; lost: number }, value: number, count: number): void {
  const q = (count - 1) / count;
  mean.sum *= q;
  mean.lost *= q;
  add(mean, value / count);
}

/** The mean of Prometheus 2: incremental from the beginning; an infinite mean stays what it is. */
export function avgOverTimeV2({ values, low, high }: Window): number {
  const mean = openSum();
  let count = 0;
  for (let index = low; index < high; index++) {
    const value = values[index] as number;
    count += 1;
    if (Math.abs(mean.sum) === Infinity && (mean.sum === value || Number.isFinite(value))) continue;
    add(mean, value / count - mean.sum / count);
  }
  return Math.abs(mean.sum) === Infinity ? mean.sum : mean.sum + mean.lost;
}

/** Population variance (Welford, with compensated sums). */
export function varianceOverTime({ values, low, high }: Window): number {
  const [mean, squares] = [openSum(), openSum()];
  let count = 0;
  for (let index = low; index < high; index++) {
    const value = values[index] as number;
    count += 1;
    const delta = value - (mean.sum + mean.lost);
    add(mean, delta / count);
    add(squares, delta * (value - (mean.sum + mean.lost)));
  }
  return (squares.sum + squares.lost) / count;
}

/** Index of the largest (or smallest) value; NaN only where there is nothing else. `last`: among equals the last one. */
export function extreme({ values, low, high }: Window, sign: 1 | -1, last: boolean): number {
  let best = low;
  for (let index = low + (last ? 0 : 1); index < high; index++) {
    const [value, found] = [(values[index] as number) * sign, (values[best] as number) * sign];
    if (Number.isNaN(found) || value > found || (last && value === found)) best = index;
  }
  return best;
}

export const quantileOverTime = ({ values, low, high }: Window, q: number): number =>
  quantileOf(q, values.slice(low, high));

/** Median absolute deviation. */
export function madOverTime({ values, low, high }: Window): number {
  const copy = values.slice(low, high);
  if (copy.some(Number.isNaN)) return Number.NaN;
  const median = quantileOf(0.5, copy);
  return quantileOf(
    0.5,
    copy.map((value) => Math.abs(value - median)),
  );
}
