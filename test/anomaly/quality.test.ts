import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { Dataset } from "../../shared/core/anomaly/config.ts";
import { edgesOf, histogramOf, kolmogorovTail, ks, psi, psiOfCategories } from "../../shared/core/anomaly/drift.ts";
import {
  type DatasetSummary,
  expectedRows,
  type QualityHistory,
  qualityOf,
} from "../../shared/core/anomaly/quality.ts";
import { DAY, MINUTE, MONDAY } from "./given.ts";

const counts = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 12 });
const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("population stability index", () => {
  it.each([
    // Each from the formula by hand: Σ (q − p)·ln(q / p).
    [[50, 50], [50, 50], 0],
    [[50, 50], [60, 40], 0.1 * Math.log(1.2) - 0.1 * Math.log(0.8)],
    [[10, 20, 70], [30, 30, 40], 0.2 * Math.log(3) + 0.1 * Math.log(1.5) - 0.3 * Math.log(4 / 7)],
  ])("of %j and %j is %d", (before, now, index) => {
    expect(psi(before, now)).toBeCloseTo(index, 12);
  });

  it("is never negative, the same both ways, and 0 for equal shares", () => {
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 9 }), (a, b, times) => {
        const size = Math.min(a.length, b.length);
        const [first, second] = [a.slice(0, size), b.slice(0, size)];
        const index = psi(first, second);
        if (index === undefined) return;
        expect(index).toBeGreaterThanOrEqual(0);
        expect(index).toBeCloseTo(psi(second, first) as number, 9);
        if (first.every((count) => count > 0))
          expect(
            psi(
              first,
              first.map((count) => count * times),
            ),
          ).toBeCloseTo(0, 9);
      }),
    );
  });

  it("is finite where a bin is empty on one side, and large", () => {
    expect(psi([1_000, 0], [500, 500])).toBeGreaterThan(1);
    expect(psiOfCategories({ de: 900, fr: 100 }, { de: 100, it: 900 })).toBeGreaterThan(1);
    expect(psiOfCategories({ de: 9, fr: 1 }, { fr: 10, de: 90 })).toBeCloseTo(0, 9);
  });

  it("is unknown without rows, or over other bins", () => {
    expect(psi([], [])).toBeUndefined();
    expect(psi([0, 0], [1, 2])).toBeUndefined();
    expect(psi([1, 2], [1, 2, 3])).toBeUndefined();
  });

  it("bins of the reference hold as many values each, and every value has its bin", () => {
    const reference = Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 1_000);
    expect(histogramOf(reference, edgesOf(reference)).counts).toEqual(Array.from({ length: 10 }, () => 100));
    expect(edgesOf([5, 5, 5, 5])).toEqual([]);
    fc.assert(
      fc.property(values, values, (some, others) => {
        const histogram = histogramOf(others, edgesOf(some));
        expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(others.length);
        expect(edgesOf(some)).toEqual([...edgesOf(some)].sort((a, b) => a - b));
      }),
    );
  });
});

describe("two-sample Kolmogorov-Smirnov", () => {
  it.each([
    // Kolmogorov's distribution: Smirnov's tables (1948), and to 12 digits any statistics package.
    [0, 1],
    [0.5, 0.963945243664875],
    [1, 0.269999671677355],
    [1.18, 0.123454027],
    [1.3581, 0.05],
    [1.6276, 0.01],
    [2, 0.00067092525578],
  ])("the tail beyond %d is %d", (lambda, tail) => {
    expect(kolmogorovTail(lambda)).toBeCloseTo(tail, lambda > 1.1 && lambda < 2 ? 4 : 11);
  });

  it("both of its series give the same where they meet", () => {
    expect(kolmogorovTail(1.18 - 1e-9)).toBeCloseTo(kolmogorovTail(1.18 + 1e-9), 7);
  });

  it("the statistic is the largest distance of the two distributions", () => {
    expect(ks([1, 2, 3, 4], [1, 2, 3, 4])).toEqual({ statistic: 0, pValue: 1 });
    expect(ks([1, 2, 3, 4], [5, 6, 7, 8])?.statistic).toBe(1);
    expect(ks([1, 2, 3, 4], [3, 4, 5, 6])?.statistic).toBe(0.5);
    expect(ks([1, 1, 1, 2], [1, 2, 2, 2])?.statistic).toBe(0.5);
    expect(ks([], [1])).toBeUndefined();
  });

  it("keeps between 0 and 1, is the same both ways, and knows nothing of units", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const found = ks(a, b);
        if (!found) return;
        expect(found.statistic).toBeGreaterThanOrEqual(0);
        expect(found.statistic).toBeLessThanOrEqual(1);
        expect(found.pValue).toBeGreaterThanOrEqual(0);
        expect(found.pValue).toBeLessThanOrEqual(1);
        expect(ks(b, a)?.statistic).toBeCloseTo(found.statistic, 12);
        const doubled = (some: readonly number[]) => some.map((value) => value * 2);
        expect(ks(doubled(a), doubled(b))?.statistic).toBeCloseTo(found.statistic, 12);
      }),
    );
  });

  it("rejects equal populations about as often as its p-value says", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const draw = (shift = 0) => Array.from({ length: 100 }, () => random() + shift);
    const rejected = Array.from({ length: 400 }, () => ks(draw(), draw())).filter((one) => (one?.pValue ?? 1) < 0.05);
    expect(rejected.length).toBeGreaterThan(4);
    expect(rejected.length).toBeLessThan(32);
    expect(ks(draw(), draw(0.4))?.pValue).toBeLessThan(1e-4);
  });
});

const dataset = (input: v.InferInput<typeof Dataset>) => v.parse(Dataset, input);
const score = (
  input: v.InferInput<typeof Dataset>,
  summary: Partial<DatasetSummary>,
  history: QualityHistory = { volumes: [] },
) => qualityOf(dataset(input), { at: MONDAY, ...summary }, history);

describe("quality of a dataset", () => {
  it.each([
    [{ id: "string", amount: "number" }, 1, []],
    [{ id: "string" }, 0.5, ["amount is missing"]],
    [{ id: "int", amount: "number" }, 0.5, ["id is int, expected string"]],
    [{ id: "string", amount: "number", more: "int" }, 0.75, ["more is new"]],
    [{}, 0, ["amount is missing", "id is missing"]],
  ])("schema %j scores %d", (schema, expected, findings) => {
    expect(score({ schema: { id: "string", amount: "number" } }, { schema })).toEqual([
      { dimension: "schema", score: expected, findings },
    ]);
  });

  it.each([
    [0, 1],
    [10, 1],
    [55, 0.5],
    [100, 0],
  ])("%i missing of 100, 10 allowed, scores %d", (missing, expected) => {
    const [found] = score({ completeness: { amount: 0.1 } }, { rows: 100, nulls: { amount: missing, other: 100 } });
    expect(found?.score).toBeCloseTo(expected, 12);
    expect(found?.findings).toHaveLength(expected < 1 ? 1 : 0);
  });

  it('completeness: the worst column counts, and "*" stands for the others', () => {
    const [found] = score({ completeness: { "*": 0 } }, { rows: 10, nulls: { a: 1, b: 5 } });
    expect(found).toMatchObject({
      score: 0.5,
      findings: ["a: 10 % are missing, 0 % are allowed", "b: 50 % are missing, 0 % are allowed"],
    });
  });

  it.each([
    [30, 1],
    [60, 1],
    [120, 0.5],
    [600, 0.1],
  ])("the newest row %i minutes old, an hour allowed, scores %d", (minutes, expected) => {
    const [found] = score({ freshness: "1h" }, { newestAt: MONDAY - minutes * MINUTE });
    expect(found?.score).toBeCloseTo(expected, 12);
  });

  it.each([
    [1_000, 1],
    [950, 1],
    [450, 0.5],
    [2_000, 5 / 9],
    [0, 0],
  ])("%i rows where 1,000 are expected score %d", (rows, expected) => {
    const [found] = score({ volume: { rows: 1_000 } }, { rows });
    expect(found?.score).toBeCloseTo(expected, 12);
  });

  it("volume is learnt from the same weekday of earlier weeks, and unknown before the first", () => {
    const volumes = [1, 2, 3, 4, 5, 6, 7, 14, 21]
      .map((days) => ({ at: MONDAY - days * DAY, rows: days * 100 }))
      .reverse();
    expect(expectedRows(volumes, MONDAY, 4)).toBe(1_400);
    expect(expectedRows(volumes, MONDAY, 2)).toBe(1_050);
    expect(expectedRows([], MONDAY, 4)).toBeUndefined();
    expect(score({ volume: {} }, { rows: 700 }, { volumes })[0]?.score).toBeCloseTo(0.5 / 0.9, 12);
    expect(score({ volume: {} }, { rows: 700 })).toEqual([]);
  });

  it("drift is 1 up to a PSI of 0.1 and 0 from the configured one on", () => {
    const reference = { amount: [100, 100], country: { de: 90, fr: 10 } };
    const drift = (amount: readonly number[], country: Record<string, number> = { de: 90, fr: 10 }) =>
      score({}, { distributions: { amount, country } }, { volumes: [], reference })[0];
    expect(drift([55, 45])).toEqual({ dimension: "drift", score: 1, findings: [] });
    expect(drift([90, 10])).toMatchObject({ score: 0, findings: ["amount is distributed differently (PSI 0.88)"] });
    expect(drift([70, 30])?.score).toBeCloseTo((0.25 - (psi([100, 100], [70, 30]) as number)) / 0.15, 9);
    expect(drift([50, 50], { it: 100 })?.score).toBe(0);
  });

  it("drawn values are another population where chance does not explain their distance", () => {
    const drawn = (shift: number) => ({ amount: Array.from({ length: 100 }, (_, index) => index + shift) });
    const samples = drawn(0);
    const against = (shift: number) => score({}, { samples: drawn(shift) }, { volumes: [], samples })[0];
    expect(against(5)).toEqual({ dimension: "drift", score: 1, findings: [] });
    expect(against(50)).toEqual({
      dimension: "drift",
      score: 0.5,
      findings: ["amount is distributed differently (KS 0.50, p < 0.0001)"],
    });
    expect(score({}, { samples }), "without a reference nothing is known").toEqual([]);
  });

  it("what a summary does not tell is not scored: absent is never 0", () => {
    const everything = { schema: { id: "string" }, completeness: { "*": 0 }, freshness: "1h", volume: { rows: 10 } };
    expect(score(everything, {})).toEqual([]);
    expect(score({}, { rows: 1, nulls: { a: 1 }, schema: {}, newestAt: 0 })).toEqual([]);
  });

  it("every score is between 0 and 1, and says what is wrong exactly where it is below 1", () => {
    const count = fc.integer({ min: 0, max: 1_000 });
    const columns = fc.dictionary(fc.constantFrom("a", "b", "c"), count);
    fc.assert(
      fc.property(
        fc.record({
          rows: count,
          nulls: columns,
          newestAt: fc.integer({ min: MONDAY - 9 * DAY, max: MONDAY + DAY }),
          distributions: fc.dictionary(fc.constantFrom("a", "b"), fc.array(count, { minLength: 3, maxLength: 3 })),
        }),
        (summary) => {
          const found = score({ completeness: { "*": 0.2 }, freshness: "1d", volume: { rows: 300 } }, summary, {
            volumes: [],
            reference: { a: [1, 2, 3], b: [3, 2, 1] },
          });
          for (const one of found) {
            expect(one.score).toBeGreaterThanOrEqual(0);
            expect(one.score).toBeLessThanOrEqual(1);
            expect(one.findings.length > 0).toBe(one.score < 1 || one.findings.length > 0);
            if (one.score < 1) expect(one.findings).not.toEqual([]);
          }
        },
      ),
    );
  });
});
