import { describe, expect, test } from "vitest";
import { createDetector, loadDetector } from "../../shared/core/anomaly/detector/detector.ts";
import { ALARM_SCORE } from "../../shared/core/anomaly/detector/types.ts";
import { scoreAt, scoreCorpus } from "../../shared/core/anomaly/nab/score.ts";
import { PROFILES } from "../../shared/core/anomaly/nab/types.ts";
import { hasNab, nab, scoredBy } from "./nab-corpus.ts";

describe.skipIf(!hasNab)("the detector on the benchmark", () => {
  test("is above every published total in all three profiles, at one threshold", async () => {
    const scored = scoredBy(await nab(), createDetector);
    const { standard, rewardLowFP, rewardLowFN } = scoreCorpus(scored);
    expect(standard).toBeGreaterThanOrEqual(78.5);
    expect(rewardLowFP).toBeGreaterThanOrEqual(70.3);
    expect(rewardLowFN).toBeGreaterThanOrEqual(83.1);
    expect(scoreAt(scored, ALARM_SCORE, PROFILES.standard).score).toBeGreaterThanOrEqual(standard - 0.01);
  });

  test("goes on exactly where it was saved, at any row of a real series with repeated and backward timestamps", async () => {
    const series = (await nab()).find(({ name }) => name.includes("machine_temperature"));
    const whole = createDetector();
    let part = createDetector();
    for (let row = 0; row < 12_000; row += 1) {
      const at = series?.times[row] as number;
      const value = series?.values[row] as number;
      if (row % 11 === 0) part = loadDetector(part.save());
      if (whole.push(at, value) !== part.push(at, value)) expect.unreachable(`row ${row} differs`);
    }
    expect(Buffer.compare(whole.save(), part.save())).toBe(0);
  });
});
