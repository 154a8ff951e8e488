import { describe, expect, test } from "vitest";
import { RECIPE } from "../../shared/core/anomaly/detector/constants.ts";
import { detectorOver } from "../../shared/core/anomaly/detector/detector.ts";
import { Memory } from "../../shared/core/anomaly/detector/memory.ts";
import { ALARM_SCORE } from "../../shared/core/anomaly/detector/types.ts";
import { scoreCorpus } from "../../shared/core/anomaly/nab/score.ts";
import { hasNab, nab, scoredBy } from "./nab-corpus.ts";

const create = () => detectorOver(new Memory(), {}, RECIPE);

test("the recipe on its synthetic series: 25 rows speak, with the published scores", () => {
  const detector = create();
  const scores = Array.from({ length: 4000 }, (_, i) => {
    const usual = 100 + 10 * Math.sin((2 * Math.PI * i) / 288) + ((7919 * i) % 101) / 50;
    return detector.push(300_000 * i, usual + (i === 2500 ? 40 : 0) - (i >= 3200 && i < 3300 ? 15 : 0));
  });
  expect(scores.filter((score) => score > 0)).toHaveLength(25);
  expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(7.8206, 4);
  expect([12, 136, 138, 2500, 2712, 3200, 3350, 3870].map((row) => scores[row]?.toFixed(6))).toEqual([
    "0.722250",
    "0.426634",
    "0.586848",
    "0.994112",
    "0.116673",
    "0.836934",
    "0.108167",
    "0.167359",
  ]);
});

describe.skipIf(!hasNab)("the recipe on the benchmark", () => {
  test("has the published totals and the published rows", async () => {
    const scored = scoredBy(await nab(), create);
    const { standard, rewardLowFP, rewardLowFN, detected, falsePositives } = scoreCorpus(scored);
    expect(standard).toBeCloseTo(78.5878, 4);
    expect(rewardLowFP).toBeCloseTo(70.3539, 4);
    expect(rewardLowFN).toBeCloseTo(83.139, 4);
    expect({ detected, falsePositives }).toEqual({ detected: 107, falsePositives: 180 });

    const rows = (part: string) => Array.from(scored.find(({ name }) => name.includes(part))?.scores ?? []);
    const alarms = (part: string) => rows(part).flatMap((score, row) => (score >= ALARM_SCORE ? [row] : []));
    const spoken = (part: string) => rows(part).filter((score) => score > 0).length;
    expect(spoken("nyc_taxi")).toBe(119);
    expect(rows("nyc_taxi")[5954]).toBeCloseTo(0.9786, 4);
    expect(alarms("nyc_taxi")).toEqual([
      14, 157, 498, 2976, 2993, 3221, 5908, 5954, 7166, 7167, 8512, 8541, 8833, 10067, 10098,
    ]);
    expect(spoken("AAPL")).toBe(98);
    expect(rows("AAPL")[1432]).toBeCloseTo(0.9974, 4);
    expect(alarms("AAPL")).toHaveLength(18);
    expect(spoken("art_daily_jumpsup")).toBe(39);
    expect(alarms("art_daily_jumpsup")).toHaveLength(5);
    expect(alarms("art_daily_jumpsup")).toContain(2988);
  });
});
