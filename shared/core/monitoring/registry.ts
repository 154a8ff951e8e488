import type { Labels } from "../kernel/labels.ts";
import type { Millis } from "../kernel/time.ts";
import { sampleWindow, type Window } from "./sample-window.ts";

export type MetricKind = "counter" | "gauge" | "histogram" | "summary";

/** One metric family as data. */
export interface FamilySpec {
  readonly name: string;
  readonly type: MetricKind;
  readonly help: string;
  /** OpenMetrics unit; the name ends in it. */
  readonly unit?: string;
  /** A series has exactly these labels. Absent: any. */
  readonly labels?: readonly string[];
  /** Histogram: upper bounds, ascending, without +Inf. */
  readonly buckets?: readonly number[];
  /** Summary: over how many of the newest observations its quantiles are. */
  readonly window?: number;
}

/** An observation that stands for its bucket, with the trace it was made in (OpenMetrics 1.0). */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly at?: Millis;
}

export interface Series {
  readonly labels: Labels;
  /** Counter and gauge: the value. Histogram and summary: the sum. */
  value: number;
  /** Grows with every write to the registry: tells a gauge that was set again from one that was left. */
  stamp: number;
  count: number;
  /** Histogram: observations per bucket, not cumulative, the last one above every bound. */
  readonly buckets?: number[];
  readonly exemplars?: (Exemplar | undefined)[];
  readonly window?: Window;
}

export interface Family {
  readonly spec: FamilySpec;
  readonly series: ReadonlyMap<string, Series>;
}

export interface RegistryOptions {
  readonly families: readonly FamilySpec[];
  /** What a name that is none of `families` is taken for; absent: it is refused. */
  readonly unknown?: (name: string, type: MetricKind) => FamilySpec;
}

/** A family with more label combinations than this drops new ones and counts them, so that a bug cannot fill the memory. */
export const MAX_SERIES = 2_000;

export const DROPPED: FamilySpec = {
  name: "headgate_series_dropped_total",
  type: "counter",
  help: "Metric series refused because a family had too many label combinations.",
};

const idOf = (labels: Labels, names: readonly string[]): string => {
  let id = "";
  for (const name of names) id += `${name}\u0001${labels[name] ?? ""}\u0002`;
  return id;
};

/** Whether a label set has exactly these names. */
const fits = (labels: Labels, names: readonly string[]): boolean =>
  Object.keys(labels).length === names.length && names.every((name) => typeof labels[name] === "string");

/**
 * Counters, gauges, histograms and summaries in memory. A write that cannot be right (a name of another type, wrong labels, a
 * counter going back, a number that is none) changes nothing and answers false: measuring never stops the work.
 */
export function createRegistry({ families, unknown }: RegistryOptions) {
  const known = new Map<string, { spec: FamilySpec; series: Map<string, Series> }>();
  for (const spec of [...families, DROPPED]) known.set(spec.name, { spec, series: new Map() });

  let stamp = 0;

  const familyOf = (name: string, type: MetricKind) => {
    let family = known.get(name);
    if (!family && unknown) known.set(name, (family = { spec: unknown(name, type), series: new Map() }));
    return family?.spec.type === type ? family : undefined;
  };

  const seriesOf = (name: string, type: MetricKind, labels: Labels): Series | undefined => {
    const family = familyOf(name, type);
    if (!family) return undefined;
    const { spec, series } = family;
    if (spec.labels && !fits(labels, spec.labels)) return undefined;
    const id = idOf(labels, spec.labels ?? Object.keys(labels).sort());
    const existing = series.get(id);
    if (existing) return existing;
    if (series.size >= MAX_SERIES) {
      if (name !== DROPPED.name) count(DROPPED.name, { family: name }, 1);
      return undefined;
    }
    const fresh: Series = {
      labels: { ...labels },
      value: 0,
      stamp: 0,
      count: 0,
      ...(type === "histogram" ? { buckets: new Array((spec.buckets?.length ?? 0) + 1).fill(0), exemplars: [] } : {}),
      ...(type === "summary" ? { window: sampleWindow(spec.window ?? 1000) } : {}),
    };
    series.set(id, fresh);
    return fresh;
  };

  function count(name: string, labels: Labels, by: number): boolean {
    if (!Number.isFinite(by) || by < 0) return false;
    const series = seriesOf(name, "counter", labels);
    if (!series) return false;
    series.value += by;
    series.stamp = stamp += 1;
    return true;
  }

  return {
    count,
    /** NaN and infinities are values that a gauge may have. */
    gauge(name: string, value: number, labels: Labels): boolean {
      const series = seriesOf(name, "gauge", labels);
      if (!series) return false;
      series.value = value;
      series.stamp = stamp += 1;
      return true;
    },
    /** One observation of a histogram or a summary. */
    observe(name: string, value: number, labels: Labels, exemplar?: Omit<Exemplar, "value">): boolean {
      if (!Number.isFinite(value)) return false;
      const type = known.get(name)?.spec.type === "summary" ? "summary" : "histogram";
      const series = seriesOf(name, type, labels);
      if (!series) return false;
      series.value += value;
      series.count += 1;
      series.stamp = stamp += 1;
      series.window?.push(value);
      if (series.buckets) {
        const bounds = known.get(name)?.spec.buckets ?? [];
        let bucket = 0;
        while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
        series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
        if (exemplar && series.exemplars) series.exemplars[bucket] = { ...exemplar, value };
      }
      return true;
    },
    /** Takes a series away: what is not known any more must not stand there as if it were. */
    forget(name: string, labels: Labels): void {
      const family = known.get(name);
      family?.series.delete(idOf(labels, family.spec.labels ?? Object.keys(labels).sort()));
    },
    /** Families that have a series, in order of name. */
    families(): readonly Family[] {
      return [...known.values()]
        .filter((family) => family.series.size > 0)
        .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
    },
  };
}

export type Registry = ReturnType<typeof createRegistry>;
