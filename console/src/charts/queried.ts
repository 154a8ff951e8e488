import type { QueryRangeView } from "../../../functions/api/views-monitoring.ts";
import type { Stroke } from "./palette.ts";
import type { Plot, PlotLine } from "./plot.ts";

type Series = QueryRangeView["series"][number];

/** More lines than this tell nothing apart. */
export const LINES_AT_MOST = 8;

const STROKES: readonly Stroke[] = [
  { color: "--line-load", width: 1.5 },
  { color: "--line-memory", width: 1.5 },
  { color: "--line-busy", width: 1.5 },
  { color: "--line-latency", width: 1.5 },
  { color: "--line-load", width: 1.5, dash: [5, 3] },
  { color: "--line-memory", width: 1.5, dash: [5, 3] },
  { color: "--line-busy", width: 1.5, dash: [5, 3] },
  { color: "--line-latency", width: 1.5, dash: [5, 3] },
];

/** Names that tell series apart: the values of the labels in which they differ. */
export function seriesNames(all: readonly Series["labels"][]): readonly string[] {
  const names = [...new Set(all.flatMap((labels) => Object.keys(labels)))].sort();
  const telling = names.filter((name) => new Set(all.map((labels) => labels[name] ?? "")).size > 1);
  return all.map((labels, index) => {
    const values = telling.flatMap((name) => labels[name] ?? []);
    return values.join(" ") || labels["__name__"] || (all.length === 1 ? "value" : `series ${index + 1}`);
  });
}

/** What was asked of PromQL as one chart; the series that reach highest where there are too many. NaN and Inf are gaps. */
export function queriedPlot(
  view: QueryRangeView,
  title: string,
  threshold: { readonly op: string; readonly value: number } | undefined,
): Plot {
  const names = seriesNames(view.series.map(({ labels }) => labels));
  const read = view.series
    .map((series, index) => ({
      name: names[index] ?? "",
      points: series.points.flatMap(({ at, value }) =>
        Number.isFinite(Number(value)) ? [{ at, value: Number(value) }] : [],
      ),
    }))
    .filter(({ points }) => points.length > 0);
  const top = (one: (typeof read)[number]) => Math.max(...one.points.map(({ value }) => value));
  const chosen = read.length <= LINES_AT_MOST ? read : read.toSorted((a, b) => top(b) - top(a)).slice(0, LINES_AT_MOST);
  const lines = chosen.map(
    ({ name, points }, index): PlotLine => ({
      id: `${index}`,
      name,
      stroke: STROKES[index] ?? { color: "--line-other", width: 1.5 },
      points,
      periodMs: view.stepMs,
    }),
  );
  return {
    id: "expression",
    title,
    unit: "",
    atLeast: threshold === undefined ? 0 : threshold.value,
    stepped: false,
    height: 200,
    lines,
    bands: [],
    thresholds: threshold
      ? [{ metric: "expression", value: threshold.value, label: `${threshold.op} ${threshold.value}` }]
      : [],
    anomalies: [],
    alarms: [],
    missing: [],
  };
}
