import { RECIPE } from "../shared/core/anomaly/detector/constants.ts";
import { createDetector, detectorOver, loadDetector } from "../shared/core/anomaly/detector/detector.ts";
import { Memory } from "../shared/core/anomaly/detector/memory.ts";
import { createGaussian } from "../shared/core/anomaly/gaussian.ts";
import type { CorpusScore, LabelledSeries } from "../shared/core/anomaly/nab/types.ts";
import { createSeed } from "../shared/core/anomaly/seed.ts";
import { corpus, measure, minutely, scoresOf, thinned } from "./anomaly-series.ts";
import { type Row, row } from "./row.ts";
import { median } from "./timing.ts";

const PROFILES = [
  ["standard", "standard", 78.5],
  ["rewardLowFP", "low FP", 70.3],
  ["rewardLowFN", "low FN", 83.1],
] as const;

/** What is published for the windowed Gaussian, to two decimals (NAB `results/final_results.json`). */
const PUBLISHED = { standard: 39.65, rewardLowFP: 20.87, rewardLowFN: 47.41 } as const;
/** Of the recipe, to four. */
const RECIPE_TOTALS = { standard: 78.5878, rewardLowFP: 70.3539, rewardLowFN: 83.139 } as const;

/**
 * The detector on the Numenta Anomaly Benchmark, beside the two detectors that can be measured in the same run. Best published,
 * for reference: 74.9 standard and 80.4 low FN (ARTime), 67.0 low FP (CAD OSE).
 */
export async function bench(): Promise<readonly Row[]> {
  const series = await corpus();
  const ours = measure(series, createDetector);
  const gaussian = measure(series, createGaussian);
  const seed = measure(series, createSeed);
  return [
    ...scorerRows(series, gaussian),
    ...PROFILES.flatMap(([profile, name, bar]) => [
      figure(`NAB ${name}`, ours[profile], bar, { name: "windowed Gaussian", value: gaussian[profile] }),
      figure(`NAB ${name}, beside the seed rules`, ours[profile], undefined, {
        name: "seed rules",
        value: seed[profile],
      }),
    ]),
    row("anomaly", { measure: "NAB windows hit, of 116", value: ours.detected, unit: "windows" }),
    row("anomaly", { measure: "NAB false rows", value: ours.falsePositives, unit: "rows" }),
    ...copyRows(series),
    ...stateRows(series),
    speedRow(series),
  ];
}

function figure(name: string, value: number, bar?: number, peer?: { name: string; value: number }): Row {
  const better = "higher" as const;
  return row("anomaly", {
    measure: name,
    value,
    unit: "of 100",
    ...(bar === undefined ? {} : { bar, better }),
    ...(peer ? { peer } : {}),
  });
}

/** A difference that must be none. */
function difference(name: string, value: number, most: number, unit: string): Row {
  return row("anomaly", { measure: name, value, unit, bar: most });
}

function largest(totals: CorpusScore, published: Readonly<Record<(typeof PROFILES)[number][0], number>>): number {
  return Math.max(...PROFILES.map(([profile]) => Math.abs(totals[profile] - published[profile])));
}

function scorerRows(series: readonly LabelledSeries[], gaussian: CorpusScore): Row[] {
  const nothing = measure(series, () => ({ push: () => 0 }));
  const recipe = measure(series, () => detectorOver(new Memory(), {}, RECIPE));
  const none = { standard: 0, rewardLowFP: 0, rewardLowFN: 0 };
  return [
    difference("scorer: null detector, distance from 0 / 0 / 0", largest(nothing, none), 0, "points"),
    difference(
      "scorer: windowed Gaussian, distance from the published totals",
      largest(gaussian, PUBLISHED),
      0.005,
      "points",
    ),
    difference("recipe: distance from its published totals", largest(recipe, RECIPE_TOTALS), 0.00005, "points"),
  ];
}

function copyRows(series: readonly LabelledSeries[]): Row[] {
  const on = (copy: readonly LabelledSeries[]) => measure(copy, createDetector).standard;
  return [
    figure("copy: every second row dropped, the first kept", on(series.map((one) => thinned(one, 0))), 65),
    figure("copy: every second row dropped, the second kept", on(series.map((one) => thinned(one, 1))), 65),
    figure("copy: one row a minute, no daily rhythm by the clock", on(series.map(minutely)), 73),
  ];
}

function stateRows(series: readonly LabelledSeries[]): Row[] {
  let bytes = 0;
  let different = 0;
  let lookedAhead = 0;
  for (const one of series) {
    const whole = scoresOf(one, createDetector());
    let state = createDetector().save();
    const stops = Math.min(one.values.length, 2000);
    for (let at = 0; at < stops; at += 1) {
      const detector = loadDetector(state);
      if (detector.push(one.times[at] as number, one.values[at] as number) !== whole[at]) different += 1;
      state = detector.save();
      bytes = Math.max(bytes, state.length);
    }
    const half = Math.floor(one.values.length / 2);
    const values = Float64Array.from(one.values, (value: number, at: number) =>
      at < half ? value : ((at * 7919) % 1009) * 1e3,
    );
    const other = scoresOf({ ...one, values }, createDetector());
    for (let at = 0; at < half; at += 1) if (whole[at] !== other[at]) lookedAhead += 1;
  }
  return [
    difference("state of a series", bytes, 6144, "bytes"),
    difference("scores changed by saving and loading after every row (2,000 rows of each file)", different, 0, "rows"),
    difference("scores changed by replacing the later half with noise", lookedAhead, 0, "rows"),
  ];
}

function speedRow(series: readonly LabelledSeries[]): Row {
  const rows = series.reduce((sum, { values }) => sum + values.length, 0);
  const rates = Array.from({ length: 5 }, () => {
    // Time of the processor, not of the wall: it is one thread, and what else runs on the machine is not its speed.
    const from = process.cpuUsage();
    for (const one of series) scoresOf(one, createDetector());
    const { user, system } = process.cpuUsage(from);
    return rows / ((user + system) / 1e6);
  });
  return row("anomaly", {
    measure: "points scored by one core",
    value: median(rates),
    unit: "points/s",
    bar: 400_000,
    better: "higher",
  });
}
