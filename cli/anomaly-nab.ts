import { createNamed, type NamedDetectorName } from "../shared/core/anomaly/detectors.ts";
import { scoreCorpus } from "../shared/core/anomaly/nab/score.ts";
import type { ScoredSeries } from "../shared/core/anomaly/nab/types.ts";
import { facts } from "./format.ts";
import type { Io } from "./io.ts";
import { readNabFolder } from "./nab-files.ts";

/** Scores the Numenta Anomaly Benchmark as it lies in a folder (data/, labels/) with one detector. */
export async function runNab(io: Io, folder: string, name: NamedDetectorName): Promise<void> {
  io.progress("reading the benchmark …");
  const series = await readNabFolder(folder);
  const scored: ScoredSeries[] = [];
  let [rows, elapsedMs] = [0, 0];
  let stateBytes: number | null = null;
  for (const { name: file, times, values, windows } of series) {
    io.progress(`${scored.length} of ${series.length} files`);
    const detector = createNamed(name);
    const scores = new Float64Array(values.length);
    const from = performance.now();
    for (let row = 0; row < values.length; row += 1)
      scores[row] = detector.push(times[row] as number, values[row] as number);
    elapsedMs += performance.now() - from;
    rows += values.length;
    const saved = detector.save?.();
    if (saved) stateBytes = Math.max(stateBytes ?? 0, saved.length);
    scored.push({ name: file, times, scores, windows });
  }
  io.progress("scoring …");
  const { standard, rewardLowFP, rewardLowFN, detected, falsePositives, threshold, windows } = scoreCorpus(scored);
  const pointsPerSecond = Math.round(rows / (Math.max(elapsedMs, 0.001) / 1_000));
  io.document({ standard, rewardLowFP, rewardLowFN, detected, falsePositives, pointsPerSecond, stateBytes });
  for (const line of facts([
    ["detector", name],
    ["standard", `${standard.toFixed(2)} (threshold ${threshold.toFixed(4)})`],
    ["reward low FP", rewardLowFP.toFixed(2)],
    ["reward low FN", rewardLowFN.toFixed(2)],
    ["windows detected", `${detected} of ${windows}`],
    ["false rows", `${falsePositives}`],
    ["points per second", `${pointsPerSecond}`],
    ["state", stateBytes === null ? "not kept" : `${stateBytes} bytes`],
  ]))
    io.line(line);
}
