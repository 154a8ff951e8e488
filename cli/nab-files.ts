import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseNabData, parseNabWindows } from "../shared/core/anomaly/nab/parse.ts";
import type { LabelledSeries } from "../shared/core/anomaly/nab/types.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";

/**
 * Reads a folder of the Numenta Anomaly Benchmark: `data/<group>/<name>.csv` and `labels/combined_windows.json`, in the order
 * of the labels.
 *
 * @throws HeadgateError `input.invalid` where a file is missing or is not what the benchmark has there.
 */
export async function readNabFolder(folder: string): Promise<readonly LabelledSeries[]> {
  const labels = parseNabWindows(await text(join(folder, "labels", "combined_windows.json")));
  const series: LabelledSeries[] = [];
  for (const [name, windows] of labels) {
    series.push({ name, windows, ...parseNabData(name, await text(join(folder, "data", name))) });
  }
  return series;
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new HeadgateError("input.invalid", `${path} cannot be read (${code}); it is no folder of the benchmark`);
  }
}
