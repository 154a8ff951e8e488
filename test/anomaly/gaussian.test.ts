import { expect, test } from "vitest";
import { createGaussian } from "../../shared/core/anomaly/gaussian.ts";

function scores(values: readonly number[]): number[] {
  const detector = createGaussian();
  return values.map((value) => detector.push(0, value));
}

test("one, two and three deviations score the share of a normal distribution that lies nearer", () => {
  const spread = Array.from({ length: 100 }, (_, row) => (row % 2 === 0 ? -1 : 1));
  for (const [value, share] of [
    [1, 0.841344746069],
    [-2, 0.977249868052],
    [3, 0.998650101968],
    [-9, 1],
  ] as const) {
    expect(scores([...spread, value])[100]).toBeCloseTo(share, 11);
  }
});

test("the first value scores 0, a constant one half, a jump off it 1", () => {
  const found = scores([5, 5, 5, 5.1]);
  expect(found).toEqual([0, 0.5, 0.5, 1]);
});

test("once full, the window slides by a hundred rows", () => {
  const usual = Array.from({ length: 6400 }, (_, row) => row % 2);
  const later = Array<number>(6500).fill(100);
  const found = scores([...usual, ...later, 100]);
  expect(found[6400 + 99]).toBe(1);
  expect(found[6400 + 6400]).toBeCloseTo(0.5, 6);
});

test("a value that is no number scores 0 and is not learnt", () => {
  expect(scores([1, 2, Number.NaN, 3])[3]).toBe(scores([1, 2, 3])[2]);
});
