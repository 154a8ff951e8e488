import { type Labels, labelsKey } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import { compareLabels } from "../promql/label-sets.ts";
import { compileMatchers } from "../promql/matcher.ts";
import { firstAtOrAfter } from "../promql/memory-source.ts";
import { markStale, type SeriesSource } from "../promql/source.ts";

interface Grown {
  readonly labels: Labels;
  times: Float64Array;
  values: Float64Array;
  length: number;
}

/** Series that grow while rules are evaluated over them. */
export interface SampleStore extends SeriesSource {
  /** A sample that is not newer than the newest of its series is left out, as Prometheus does. */
  append(labels: Labels, at: Millis, value: number | "stale"): void;
}

const FIRST_SIZE = 64;

export function sampleStore(): SampleStore {
  const byKey = new Map<string, Grown>();
  let ordered: readonly Grown[] | undefined;
  const grow = (series: Grown): void => {
    const [times, values] = [new Float64Array(series.length * 2), new Float64Array(series.length * 2)];
    times.set(series.times);
    values.set(series.values);
    series.times = times;
    series.values = values;
  };
  return {
    append: (labels, at, value) => {
      const key = labelsKey(labels);
      let series = byKey.get(key);
      if (!series) {
        series = { labels, times: new Float64Array(FIRST_SIZE), values: new Float64Array(FIRST_SIZE), length: 0 };
        byKey.set(key, series);
        ordered = undefined;
      }
      if (series.length > 0 && (series.times[series.length - 1] as number) >= at) return;
      if (series.length === series.times.length) grow(series);
      series.times[series.length] = at;
      if (value === "stale") markStale(series.values, series.length);
      else series.values[series.length] = value;
      series.length += 1;
    },
    select: (matchers, from, to) => {
      ordered ??= [...byKey.values()].sort((a, b) => compareLabels(a.labels, b.labels));
      const matches = compileMatchers(matchers);
      return ordered.flatMap((series) => {
        if (!matches(series.labels)) return [];
        const times = series.times.subarray(0, series.length);
        const [low, high] = [firstAtOrAfter(times, from), firstAtOrAfter(times, to + 1)];
        if (low >= high) return [];
        return [{ labels: series.labels, times: times.subarray(low, high), values: series.values.subarray(low, high) }];
      });
    },
  };
}
