import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGaussian } from "../../shared/core/anomaly/gaussian.ts";
import { parseNabData, parseNabWindows } from "../../shared/core/anomaly/nab/parse.ts";
import { scoreAt, scoreCorpus } from "../../shared/core/anomaly/nab/score.ts";
import { PROFILES, type ScoredSeries } from "../../shared/core/anomaly/nab/types.ts";
import { hasNab, nab, scoredBy } from "./nab-corpus.ts";

/** A file of 100 rows (15 of probation) whose only window are rows 40 to 49. */
function file(detections: Readonly<Record<number, number>>, rows = 100): ScoredSeries {
  const times = Array.from({ length: rows }, (_, row) => row * 1000);
  return { name: "f", times, scores: times.map((_, row) => detections[row] ?? 0), windows: [[40_000, 49_000]] };
}

const standard = (detections: Readonly<Record<number, number>>) => scoreCorpus([file(detections)]).standard;

describe("what a detection is worth", () => {
  test.each([
    ["nothing detected", {}, 0],
    ["the first row of the window", { 40: 0.9 }, 100],
    ["and nothing is gained by more of it", { 40: 0.9, 45: 0.9 }, 100],
    ["a false row far from it, louder: it enters first", { 20: 0.95, 40: 0.9 }, 100 - 5.5],
    ["a false row as loud: ties enter together", { 20: 0.9, 40: 0.9 }, 100 - 5.5],
    ["a quieter false row stays out", { 20: 0.8, 40: 0.9 }, 100],
    ["rows in the probation are not looked at", { 3: 0.99, 14: 0.99, 40: 0.9 }, 100],
    ["the first row after the probation is", { 15: 0.99, 40: 0.9 }, 100 - 5.5],
  ])("%s", (_name, detections, score) => {
    expect(standard(detections)).toBeCloseTo(score, 10);
  });

  test("the last row of a window is worth a little, the row behind it costs a little", () => {
    const last = standard({ 49: 0.9 });
    expect(last).toBeGreaterThan(50);
    expect(last).toBeLessThan(65);
    const behind = standard({ 40: 0.9, 50: 0.95 });
    expect(behind).toBeLessThan(100);
    expect(behind).toBeGreaterThan(100 - 5.5);
  });

  test("two windows long behind it a false row costs the full price", () => {
    expect(standard({ 40: 0.9, 90: 0.95 })).toBeCloseTo(94.5, 10);
  });

  test("a window no row begins is refused with its file", () => {
    const broken = { ...file({}), windows: [[40_001, 49_000]] as [number, number][] };
    expect(() => scoreCorpus([broken])).toThrow(/f: window 40001/);
  });

  test("a score that is no number is refused with its row", () => {
    expect(() => scoreCorpus([file({ 7: Number.NaN })])).toThrow(/f: row 7 scores NaN/);
  });

  test("a timestamp stands for the first row that carries it", () => {
    const repeated = file({ 40: 0.9 });
    const times = [...repeated.times];
    times[60] = 40_000;
    expect(scoreCorpus([{ ...repeated, times }]).standard).toBeCloseTo(100, 10);
  });

  test("no threshold beats the one the sweep finds", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 0, max: 9 }), (eighths, threshold) => {
        const files = [file(Object.fromEntries(eighths.map((eighth, row) => [row, eighth / 8])))];
        const best = scoreCorpus(files).profiles;
        for (const name of ["standard", "rewardLowFP", "rewardLowFN"] as const) {
          const given = scoreAt(files, threshold / 8, PROFILES[name]);
          expect(given.score).toBeLessThanOrEqual(best[name].score + 1e-9);
          expect(scoreAt(files, best[name].threshold, PROFILES[name]).score).toBeCloseTo(best[name].score, 9);
        }
      }),
    );
  });
});

describe("reading the benchmark", () => {
  test("rows and windows", () => {
    const { times, values } = parseNabData(
      "a.csv",
      "timestamp,value\n2014-04-01 00:00:01,1.5\n2014-04-01 00:05:01,-2\n",
    );
    expect([...times]).toEqual([1396310401000, 1396310701000]);
    expect([...values]).toEqual([1.5, -2]);
    const windows = parseNabWindows(
      '{"a.csv": [["2014-04-01 00:00:01.000000", "2014-04-01 00:05:01.000000"]], "b.csv": []}',
    );
    expect(windows.get("a.csv")).toEqual([[times[0], times[1]]]);
    expect(windows.get("b.csv")).toEqual([]);
  });

  test.each([
    ["a value that is no number", "timestamp,value\n2014-04-01 00:00:00,x"],
    ["no value", "timestamp,value\n2014-04-01 00:00:00,"],
    ["no time", "timestamp,value\n2014-04-01,1"],
    ["a day that does not exist", "timestamp,value\n2014-02-30 00:00:00,1"],
  ])("%s is refused with its line", (_name, text) => {
    expect(() => parseNabData("a.csv", text)).toThrow(/a.csv, line 2/);
  });

  test.each(["[", '{"a": 1}', '{"a": [["x", "y"]]}'])("labels that are none (%s) are refused", (text) => {
    expect(() => parseNabWindows(text)).toThrow(/labels/);
  });
});

describe.skipIf(!hasNab)("the published totals", () => {
  test("the corpus has 58 files, 365,558 rows and 116 windows", async () => {
    const series = await nab();
    expect(series).toHaveLength(58);
    expect(series.reduce((sum, { times }) => sum + times.length, 0)).toBe(365_558);
    expect(series.reduce((sum, { windows }) => sum + windows.length, 0)).toBe(116);
  });

  test("a detector that never speaks scores 0 in all three profiles", async () => {
    const { standard, rewardLowFP, rewardLowFN } = scoreCorpus(scoredBy(await nab(), () => ({ push: () => 0 })));
    expect([standard, rewardLowFP, rewardLowFN]).toEqual([0, 0, 0]);
  });

  test("the windowed Gaussian scores what is published, to four decimals", async () => {
    const { standard, rewardLowFP, rewardLowFN, threshold, detected, falsePositives } = scoreCorpus(
      scoredBy(await nab(), createGaussian),
    );
    expect(standard).toBeCloseTo(39.6495, 4);
    expect(rewardLowFP).toBeCloseTo(20.868, 4);
    expect(rewardLowFN).toBeCloseTo(47.41, 4);
    expect({ threshold, detected, falsePositives }).toEqual({ threshold: 1, detected: 73, falsePositives: 409 });
  });
});
