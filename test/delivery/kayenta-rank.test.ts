import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brentRoot } from "../../shared/core/delivery/kayenta/brent.ts";
import { commonLanguageEffect, rankSumZ, shiftOf } from "../../shared/core/delivery/kayenta/mann-whitney.ts";
import { normalQuantile, twoSidedTail } from "../../shared/core/delivery/kayenta/normal.ts";
import { ascending, prepare } from "../../shared/core/delivery/kayenta/prepare.ts";
import { mean, percentile, statsOf } from "../../shared/core/delivery/kayenta/statistics.ts";

const samples = (x: readonly number[], y: readonly number[]) => ({ x: ascending(x), y: ascending(y) });

/**
 * Name, experiment, control; two-sided p and U/(nm) by scipy 1.17.1 (`mannwhitneyu`, asymptotic, with continuity); ends of the 98 %
 * interval found among all differences by the same statistic written with `scipy.stats.rankdata`.
 */
const GOLDEN: readonly (readonly [string, number[], number[], number, number, number, number])[] = [
  [
    "apart",
    [12.1, 13.4, 11.9, 14.2, 12.8, 13.1, 12.5, 13.9],
    [10.2, 11.1, 9.8, 10.7, 11.4, 10.1, 10.9, 11.0],
    0.0009391056991171899,
    1,
    1.2,
    3.3,
  ],
  [
    "alike",
    [5.1, 4.8, 5.6, 5.0, 4.9, 5.3, 5.2],
    [5.0, 5.4, 4.7, 5.5, 5.25, 4.95, 5.15, 5.05],
    1,
    0.49107142857142855,
    -0.4,
    0.4,
  ],
  [
    "tied",
    [3, 4, 4, 5, 2, 4, 3, 6, 5, 4],
    [3, 3, 2, 4, 3, 2, 3, 4, 1, 3, 2, 3],
    0.013663025005258548,
    0.8041666666666667,
    0,
    2,
  ],
  ["mostly 0", [0, 0, 0, 2, 0, 0, 1, 0, 0, 3], [0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 0.25585211363932203, 0.61, 0, 1],
  [
    "tiny",
    [2.1e-6, 2.4e-6, 2.2e-6, 2.9e-6, 2.5e-6, 2.6e-6, 2.3e-6, 2.8e-6],
    [1.0e-6, 1.2e-6, 1.1e-6, 1.4e-6, 1.3e-6, 0.9e-6, 1.5e-6, 0.8e-6],
    0.0009391056991171899,
    1,
    9e-7,
    1.7e-6,
  ],
  [
    "unequal",
    [101, 99, 105, 110, 98],
    [90, 95, 97, 92, 88, 91, 96, 94, 93, 89, 102, 87],
    0.005216597949762756,
    0.95,
    3,
    17,
  ],
];

describe("the rank test", () => {
  it.each(GOLDEN)("%s: p, effect and interval are those of scipy", (_, x, y, p, effect, low, high) => {
    const both = samples(x, y);
    expect(twoSidedTail(rankSumZ(both, 0))).toBeCloseTo(p, 12);
    expect(commonLanguageEffect(both)).toBeCloseTo(effect, 12);
    const exact = shiftOf(both, 0.98, true);
    expect([exact.low, exact.high]).toEqual([expect.closeTo(low, 12), expect.closeTo(high, 12)]);
    const rough = shiftOf(both, 0.98);
    expect(Math.abs(rough.low - low)).toBeLessThan(1e-4);
    expect(Math.abs(rough.high - high)).toBeLessThan(1e-4);
  });

  it("too few values for the quantile: the interval is all differences, as in R", () => {
    expect(shiftOf(samples([10, 20, 30, 40], [1, 2, 3, 4]), 0.98)).toMatchObject({ low: 6, high: 39 });
  });

  it("the estimate of a plain shift is the shift, in the middle where the statistic is 0 for a while", () => {
    const { estimate } = shiftOf(samples([11, 12, 13, 14, 15], [1, 2, 3, 4, 5]), 0.98, true);
    expect(estimate).toBeCloseTo(10, 12);
    // Differences 9, 10, 19, 20: from 10 to 19 as many lie above as below.
    expect(shiftOf(samples([10, 20], [0, 1]), 0.98, true).estimate).toBe(14.5);
  });

  const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 25 });
  const two = fc.tuple(values, values).filter(([x, y]) => new Set(x).size > 1 && new Set(y).size > 1);

  it("the other way round the interval is mirrored", () => {
    fc.assert(
      fc.property(two, ([x, y]) => {
        const [there, back] = [shiftOf(samples(x, y), 0.98, true), shiftOf(samples(y, x), 0.98, true)];
        expect([-back.high, -back.low].map((one) => one + 0)).toEqual([there.low + 0, there.high + 0]);
      }),
    );
  });

  it("exact roots scale with the values and hold the estimate between them", () => {
    fc.assert(
      fc.property(two, fc.constantFrom(2 ** -30, 2 ** 20), ([x, y], scale) => {
        const plain = shiftOf(samples(x, y), 0.98, true);
        const by = (list: readonly number[]) => list.map((one) => one * scale);
        const scaled = shiftOf(samples(by(x), by(y)), 0.98, true);
        expect([scaled.low, scaled.high, scaled.estimate]).toEqual(
          [plain.low, plain.high, plain.estimate].map((one) => one * scale),
        );
        expect(plain.low).toBeLessThanOrEqual(plain.estimate);
        expect(plain.estimate).toBeLessThanOrEqual(plain.high);
      }),
    );
  });

  it("Kayenta's roots are within 1e-4 of the exact ones", () => {
    fc.assert(
      fc.property(two, ([x, y]) => {
        const [rough, exact] = [shiftOf(samples(x, y), 0.98), shiftOf(samples(x, y), 0.98, true)];
        expect(Math.abs(rough.low - exact.low)).toBeLessThanOrEqual(1e-4);
        expect(Math.abs(rough.high - exact.high)).toBeLessThanOrEqual(1e-4);
      }),
    );
  });
});

describe("its parts", () => {
  it("Brent finds roots, at an end and within", () => {
    const cubic = (at: number) => at ** 3 - 2 * at - 5;
    expect(brentRoot(cubic, 2, 3, cubic(2), cubic(3), 1e-12)).toBeCloseTo(2.0945514815423265, 12);
    expect(brentRoot((at) => at, 0, 3, 0, 3, 1e-4)).toBe(0);
    const steps: number[] = [];
    const counted = (at: number) => {
      steps.push(at);
      return cubic(at);
    };
    brentRoot(counted, 2, 3, cubic(2), cubic(3), 1e-12);
    expect(steps.length).toBeLessThan(12);
  });

  // scipy 1.17.1: norm.ppf, 2 * norm.sf.
  it.each([
    [0.01, -2.3263478740408408],
    [0.3, -0.5244005127080409],
    [0.975, 1.959963984540054],
    [1e-12, -7.034483825301131],
    [1e-50, -14.933337534788487],
  ])("the normal quantile of %d is %d", (p, z) => expect(normalQuantile(p) / z).toBeCloseTo(1, 14));
  it.each([
    [0.5, 0.6170750774519738],
    [1.959963984540054, 0.05],
    [2.83, 0.004654800413463103],
    [8, 1.244192114854348e-15],
  ])("the tails beyond %d hold %d", (z, p) => {
    expect(twoSidedTail(z) / p).toBeCloseTo(1, 12);
    expect(twoSidedTail(-z)).toBe(twoSidedTail(z));
  });

  it("percentiles lie between neighbours (numpy's linear, R's type 7)", () => {
    const sorted = ascending([15, 20, 35, 40, 50]);
    expect([0, 25, 40, 99, 100].map((p) => percentile(sorted, p))).toEqual([15, 20, 29, 49.6, 50]);
  });

  it("mean and deviation are those of a sample; of nothing all is 0", () => {
    expect(statsOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
      min: 2,
      max: 9,
      mean: 5,
      std: expect.closeTo(2.138089935299395, 12),
      count: 8,
    });
    expect(statsOf([4])).toEqual({ min: 4, max: 4, mean: 4, std: 0, count: 1 });
    expect(statsOf([])).toEqual({ min: 0, max: 0, mean: 0, std: 0, count: 0 });
    expect(mean([0.1, 0.2, 0.3])).toBeCloseTo(0.2, 16);
  });

  it("periods without a value go, or count as 0; outliers go only where that is asked for", () => {
    expect(prepare([1, Number.NaN, 3], {})).toEqual([1, 3]);
    expect(prepare([1, Number.NaN, 3], { nanStrategy: "replace" })).toEqual([1, 0, 3]);
    // 21 of 22 values are alike: quartiles meet, so the fence is the 99th percentile, which lies below the one that is far off.
    const far = [...Array.from({ length: 21 }, () => 1), 50];
    expect(prepare(far, {})).toHaveLength(22);
    expect(prepare(far, { outliers: { strategy: "remove" } })).toHaveLength(21);
    expect(prepare([10, 11, 12, 13, 14, 15], { outliers: { strategy: "remove" } })).toHaveLength(6);
    const wide = { outliers: { strategy: "remove", outlierFactor: 100 } };
    expect(prepare([10, 11, 12, 13, 90], wide)).toHaveLength(5);
  });
});
