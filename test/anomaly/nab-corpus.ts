import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readNabFolder } from "../../cli/nab-files.ts";
import type { LabelledSeries, ScoredSeries } from "../../shared/core/anomaly/nab/types.ts";

/** The benchmark's data, where it lies beside the project. */
export const NAB_FOLDER = fileURLToPath(new URL("../../../shared/nab", import.meta.url));
export const hasNab = existsSync(`${NAB_FOLDER}/labels/combined_windows.json`);

let read: Promise<readonly LabelledSeries[]> | undefined;

/** Read once per file of tests. */
export function nab(): Promise<readonly LabelledSeries[]> {
  read ??= readNabFolder(NAB_FOLDER);
  return read;
}

/** A corpus scored by fresh detectors, one per series. */
export function scoredBy(
  series: readonly LabelledSeries[],
  create: () => { push(at: number, value: number): number },
): readonly ScoredSeries[] {
  return series.map((one) => {
    const detector = create();
    const scores = Float64Array.from(one.values, (value, row) => detector.push(one.times[row] as number, value));
    return { name: one.name, times: one.times, windows: one.windows, scores };
  });
}
