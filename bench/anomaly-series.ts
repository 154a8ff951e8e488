import { fileURLToPath } from "node:url";
import { readNabFolder } from "../cli/nab-files.ts";
import { scoreCorpus } from "../shared/core/anomaly/nab/score.ts";
import type { CorpusScore, LabelledSeries } from "../shared/core/anomaly/nab/types.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";

/** The benchmark's data beside the project. */
const FOLDER = fileURLToPath(new URL("../../shared/nab", import.meta.url));

export async function corpus(): Promise<readonly LabelledSeries[]> {
  try {
    return await readNabFolder(FOLDER);
  } catch (error) {
    if (error instanceof HeadgateError)
      throw new Error(`this bench needs the Numenta Anomaly Benchmark: ${error.message}`);
    throw error;
  }
}

type Push = { push(at: number, value: number): number };

export function scoresOf(series: LabelledSeries, detector: Push): Float64Array {
  const scores = new Float64Array(series.values.length);
  for (let row = 0; row < scores.length; row += 1) {
    scores[row] = detector.push(series.times[row] as number, series.values[row] as number);
  }
  return scores;
}

export function measure(series: readonly LabelledSeries[], create: () => Push): CorpusScore {
  return scoreCorpus(series.map((one) => ({ ...one, scores: scoresOf(one, create()) })));
}

/** A row's index by its timestamp; a timestamp stands for the first row that carries it. */
function rowOf(series: LabelledSeries, at: number): number {
  return series.times.findIndex((time: number) => time === at);
}

/** Every second row dropped, the first (phase 0) or the second of each pair kept; windows shrink to the rows that are left. */
export function thinned(series: LabelledSeries, phase: 0 | 1): LabelledSeries {
  const kept = (column: readonly number[] | Float64Array) =>
    Float64Array.from(column).filter((_, row) => row % 2 === phase);
  const windows = series.windows.map(([from, to]) => {
    const first = rowOf(series, from);
    const last = rowOf(series, to);
    const inward = [first % 2 === phase ? first : first + 1, last % 2 === phase ? last : last - 1] as const;
    return [series.times[inward[0]], series.times[inward[1]]] as [number, number];
  });
  return { name: series.name, times: kept(series.times), values: kept(series.values), windows };
}

/** Stamps replaced by one row a minute: the clock no longer tells of any daily rhythm. */
export function minutely(series: LabelledSeries): LabelledSeries {
  const start = series.times[0] as number;
  const times = Float64Array.from(series.times, (_: number, row: number) => start + 60_000 * row);
  const at = (time: number) => times[rowOf(series, time)] as number;
  return { ...series, times, windows: series.windows.map(([from, to]) => [at(from), at(to)] as [number, number]) };
}
