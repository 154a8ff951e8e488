import type { AggregateOp } from "./ast.ts";
import { add } from "./sums.ts";

/** Cells of all groups at all steps: the value and two more numbers each. */
export interface Cells {
  readonly values: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** An aggregation, value by value; `count` begins at 1. */
export interface Accumulate {
  readonly take: (cells: Cells, at: number, value: number, count: number) => void;
  readonly result: (cells: Cells, at: number, count: number) => number;
}

const value = ({ values }: Cells, at: number): number => values[at] as number;
const scratch = { sum: 0, lost: 0 };

function addTo(sums: Float64Array, losses: Float64Array, at: number, one: number): void {
  scratch.sum = sums[at] as number;
  scratch.lost = losses[at] as number;
  add(scratch, one);
  sums[at] = scratch.sum;
  losses[at] = scratch.lost;
}

const count: Accumulate = { take: () => undefined, result: (_, __, n) => n };
const group: Accumulate = { take: () => undefined, result: () => 1 };

/** The largest (or smallest) value; NaN only where there is nothing else. */
const extreme = (sign: 1 | -1): Accumulate => ({
  take: ({ values }, at, one, n) => {
    const found = values[at] as number;
    if (n === 1 || one * sign > found * sign || Number.isNaN(found)) values[at] = one;
  },
  result: value,
});

const sum: Accumulate = {
  take: ({ values, first }, at, one, n) => {
    if (n === 1) values[at] = one;
    else addTo(values, first, at, one);
  },
  result: ({ values, first }, at) => (values[at] as number) + (first[at] as number),
};

const plainSum: Accumulate = {
  take: ({ values }, at, one, n) => {
    values[at] = n === 1 ? one : (values[at] as number) + one;
  },
  result: value,
};

/** The mean by its sum; by increments from where the sum would overflow, which `second` remembers as 1. */
const mean: Accumulate = {
  take: ({ values, first, second }, at, one, n) => {
    if (n === 1) {
      values[at] = one;
      return;
    }
    if (second[at] === 0) {
      const [before, lost] = [values[at] as number, first[at] as number];
      addTo(values, first, at, one);
      if (Math.abs(values[at] as number) !== Infinity) return;
      second[at] = 1;
      values[at] = before / (n - 1);
      first[at] = lost / (n - 1);
    }
    const q = (n - 1) / n;
    values[at] = (values[at] as number) * q;
    first[at] = (first[at] as number) * q;
    addTo(values, first, at, one / n);
  },
  result: ({ values, first, second }, at, n) =>
    second[at] === 0
      ? (values[at] as number) / n + (first[at] as number) / n
      : (values[at] as number) + (first[at] as number),
};

/** The mean of Prometheus 2: by increments, without compensation; an infinite mean stays what it is. */
const plainMean: Accumulate = {
  take: ({ values }, at, one, n) => {
    const before = values[at] as number;
    if (n === 1) values[at] = one;
    else if (Math.abs(before) !== Infinity || (before !== one && !Number.isFinite(one)))
      values[at] = before + (one / n - before / n);
  },
  result: value,
};

/** Population variance (Welford). Prometheus 3 has NaN where the first value is not finite, Prometheus 2 only where another follows. */
const variance = (v2: boolean, root: boolean): Accumulate => ({
  take: ({ values, first }, at, one, n) => {
    if (n === 1) {
      first[at] = one;
      values[at] = v2 || Number.isFinite(one) ? 0 : Number.NaN;
      return;
    }
    const delta = one - (first[at] as number);
    first[at] = (first[at] as number) + delta / n;
    values[at] = (values[at] as number) + delta * (one - (first[at] as number));
  },
  result: ({ values }, at, n) => {
    const square = (values[at] as number) / n;
    return root ? Math.sqrt(square) : square;
  },
});

/** Sums and means are compensated (Neumaier) in Prometheus 3 and were not in 2. */
export function accumulator(op: AggregateOp, v2: boolean): Accumulate {
  switch (op) {
    case "sum":
      return v2 ? plainSum : sum;
    case "avg":
      return v2 ? plainMean : mean;
    case "min":
      return extreme(-1);
    case "max":
      return extreme(1);
    case "count":
      return count;
    case "stddev":
      return variance(v2, true);
    case "stdvar":
      return variance(v2, false);
    default:
      return group;
  }
}
