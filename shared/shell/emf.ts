import type { Labels } from "../core/kernel/labels.ts";
import type { FamilySpec, Registry } from "../core/monitoring/registry.ts";
import { SERVICE_METRICS } from "../core/monitoring/service-metrics.ts";

/** How a family is told to CloudWatch. */
export interface EmfMetric {
  readonly namespace: string;
  readonly name: string;
}

/** Which families leave the process, and as what. */
export type EmfNames = (spec: FamilySpec) => EmfMetric | undefined;

export const SERVICE_NAMESPACE = "HeadgateServices";

/** "headgate_decisions_recorded_total" → "DecisionsRecorded", "headgate_action_seconds" → "ActionSeconds". */
const metricName = (name: string) =>
  name
    .replace(/^headgate_/, "")
    .replace(/_total$/, "")
    .split("_")
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");

/**
 * Each distinct dimension set is a paid custom metric, for each hour in which it is written: of Headgate's own only these
 * families leave the process, and of the decisions those that are recorded. A service that is held at its minimum all month
 * costs nothing.
 */
const EXPORTED = new Set([
  "headgate_decisions_recorded_total",
  "headgate_claim_conflicts_total",
  "headgate_recoveries_total",
  "headgate_decisions_overdue",
  "headgate_flushes_overdue",
  "headgate_backups_overdue",
  "headgate_costs_overdue",
]);
const SERVICE_NAMES: ReadonlySet<string> = new Set(SERVICE_METRICS.map((spec) => spec.name));

/** The control plane's: its own few, and the platform's service metrics under their own names. */
export const controlPlaneNames: EmfNames = ({ name }) =>
  EXPORTED.has(name)
    ? { namespace: "Headgate", name: metricName(name) }
    : SERVICE_NAMES.has(name)
      ? { namespace: SERVICE_NAMESPACE, name }
      : undefined;

const UNITS: Readonly<Record<string, string>> = {
  seconds: "Seconds",
  ms: "Milliseconds",
  bytes: "Bytes",
  percent: "Percent",
};

/** CloudWatch takes so many values of a metric in one line. */
const MAX_VALUES = 100;

interface Line {
  readonly spec: FamilySpec;
  readonly labels: Labels;
  readonly value: number | readonly number[];
}

/**
 * CloudWatch Embedded Metric Format: lines for what changed since the last call: a counter's increase, a gauge that was set,
 * every single observation of a histogram (so that CloudWatch's percentiles are exact). One line per label set, as a line has
 * one set of dimension values. A value that is not finite stays here: CloudWatch refuses the whole line.
 *
 * @param extra dimensions that every line gets where the series has no such label
 */
export function emfExporter(
  registry: Registry,
  now: () => number,
  names: EmfNames = controlPlaneNames,
  extra: Labels = {},
) {
  const sent = new Map<string, { value: number; stamp: number }>();
  const waiting = new Map<string, { readonly spec: FamilySpec; readonly labels: Labels; values: number[] }>();

  const write = ({ spec, labels, value }: Line): readonly string[] => {
    const metric = names(spec);
    if (!metric) return [];
    // CloudWatch refuses a dimension without a value.
    const dimensions = Object.fromEntries(Object.entries({ ...extra, ...labels }).filter(([, text]) => text !== ""));
    const unit = UNITS[spec.unit ?? ""] ?? (spec.name === "data_quality_score" ? "None" : "Count");
    return [
      JSON.stringify({
        _aws: {
          Timestamp: now(),
          CloudWatchMetrics: [
            {
              Namespace: metric.namespace,
              Dimensions: [Object.keys(dimensions).sort()],
              Metrics: [{ Name: metric.name, Unit: unit }],
            },
          ],
        },
        ...dimensions,
        [metric.name]: value,
      }),
    ];
  };

  return {
    /** Keeps an observation for the next lines. Answers lines that are full already, so that nothing piles up. */
    observed(spec: FamilySpec, labels: Labels, value: number): readonly string[] {
      if (!names(spec)) return [];
      const id = `${spec.name}|${JSON.stringify(labels)}`;
      const one = waiting.get(id) ?? { spec, labels, values: [] };
      waiting.set(id, one);
      one.values.push(value);
      if (one.values.length < MAX_VALUES) return [];
      waiting.delete(id);
      return write({ spec, labels, value: one.values });
    },
    lines(): readonly string[] {
      const lines: string[] = [];
      for (const { spec, labels, values } of waiting.values()) lines.push(...write({ spec, labels, value: values }));
      waiting.clear();
      for (const { spec, series } of registry.families()) {
        if ((spec.type !== "counter" && spec.type !== "gauge") || !names(spec)) continue;
        for (const [key, { labels, value, stamp }] of series) {
          const id = `${spec.name}|${key}`;
          const before = sent.get(id) ?? { value: 0, stamp: -1 };
          if (stamp === before.stamp) continue;
          sent.set(id, { value, stamp });
          // A series that was forgotten and came back counts from zero again.
          const change = spec.type === "gauge" || value < before.value ? value : value - before.value;
          if ((spec.type === "counter" && change === 0) || !Number.isFinite(change)) continue;
          lines.push(...write({ spec, labels, value: change }));
        }
      }
      return lines;
    },
  };
}
