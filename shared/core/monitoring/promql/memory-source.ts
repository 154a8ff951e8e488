import { type Labels, METRIC_NAME } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import { compareLabels } from "./label-sets.ts";
import { compileMatchers, metricOf } from "./matcher.ts";
import { markStale, type SeriesData, type SeriesSource } from "./source.ts";

/** A series written down: for tests and unit tests of rules. `"stale"` marks its end. */
export interface WrittenSeries {
  readonly labels: Labels;
  /** Ascending by time. */
  readonly points: readonly { readonly at: Millis; readonly value: number | "stale" }[];
}

/** First index whose time is not before `at`. */
export function firstAtOrAfter(times: Float64Array, at: Millis): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A source over series in memory, ordered by their labels as Prometheus orders them. */
export function memorySource(written: readonly WrittenSeries[]): SeriesSource {
  const all: SeriesData[] = written
    .map(({ labels, points }) => {
      const times = Float64Array.from(points, ({ at }) => at);
      const values = Float64Array.from(points, ({ value }) => (value === "stale" ? 0 : value));
      for (const [index, { value }] of points.entries()) if (value === "stale") markStale(values, index);
      const set = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
      return { labels: set, times, values };
    })
    .sort((a, b) => compareLabels(a.labels, b.labels));
  const byName = Map.groupBy(all, ({ labels }) => labels[METRIC_NAME] ?? "");
  return {
    select: (matchers, from, to) => {
      const matches = compileMatchers(matchers);
      const name = metricOf(matchers);
      const found: SeriesData[] = [];
      for (const { labels, times, values } of name === undefined ? all : (byName.get(name) ?? [])) {
        if (!matches(labels)) continue;
        const [low, high] = [firstAtOrAfter(times, from), firstAtOrAfter(times, to + 1)];
        if (low < high) found.push({ labels, times: times.subarray(low, high), values: values.subarray(low, high) });
      }
      return found;
    },
  };
}
