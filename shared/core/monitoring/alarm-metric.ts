import { type Labels, labelOf, METRIC_NAME, setLabel } from "../kernel/labels.ts";
import { MINUTE_MS } from "../kernel/time.ts";
import type { CloudWatchMetricSettings } from "./config.ts";
import type { Selector } from "./promql/ast.ts";
import { metricOf } from "./promql/matcher.ts";
import { SERVICE_METRICS } from "./service-metrics.ts";

export type CloudWatchMetrics = Readonly<Record<string, CloudWatchMetricSettings>>;

/** Where the client of `headgate/metrics` writes its EMF lines unless told otherwise. */
const SERVICE_NAMESPACE = "HeadgateServices";

/**
 * The platform's service metrics as they reach CloudWatch: each label is the dimension of its name, a counter's points are increments.
 * Histograms are left out: CloudWatch has their values, not their buckets.
 */
const BUILT_IN: CloudWatchMetrics = Object.fromEntries(
  SERVICE_METRICS.filter(({ type }) => type !== "histogram").map(({ name, type, labels }) => [
    name,
    {
      namespace: SERVICE_NAMESPACE,
      metric: name,
      statistic: type === "counter" ? ("Sum" as const) : ("Average" as const),
      period: MINUTE_MS,
      dimensions: Object.fromEntries(labels.map((label) => [label, label])),
    },
  ]),
);

/** One CloudWatch metric that a selector stands for. */
export interface FoundMetric {
  readonly name: string;
  readonly settings: CloudWatchMetricSettings;
  readonly dimensions: Readonly<Record<string, string>>;
  /** What the selector fixes, the name left out: all that is known of the series' labels. */
  readonly labels: Labels;
  /** Points are increments of a counter, so that their sum is its increase. */
  readonly increments: boolean;
}

const own = (metrics: CloudWatchMetrics, name: string) => (Object.hasOwn(metrics, name) ? metrics[name] : undefined);
const isCounterName = (name: string) => /_(total|count)$/.test(name);

/** The CloudWatch metric of a selector, or why it has none. */
export function findMetric(selector: Selector, metrics: CloudWatchMetrics): FoundMetric | string {
  if (selector.offsetMs !== 0 || selector.at) return "an alarm looks at the present: no offset, no @";
  const name = metricOf(selector.matchers);
  if (name === undefined) return "the selector names no metric";
  const settings = own(metrics, name) ?? own(BUILT_IN, name);
  if (!settings) return `it is not known where CloudWatch has ${name}: say so under monitoring.cloudwatch`;
  const labels: Record<string, string> = {};
  for (const { label, op, value } of selector.matchers) {
    if (label === METRIC_NAME) continue;
    if (op !== "=") return `CloudWatch finds a metric by exact values: ${label}${op} cannot be looked for`;
    if (!Object.hasOwn(settings.dimensions, label))
      return `the label ${label} of ${name} is no dimension in CloudWatch: map it under monitoring.cloudwatch`;
    if (Object.hasOwn(labels, label) && labels[label] !== value) return `${label} cannot have two values`;
    setLabel(labels, label, value);
  }
  const open = Object.keys(settings.dimensions).filter((label) => labelOf(labels, label) === "");
  if (open.length > 0)
    return `an alarm watches one metric: ${name} needs a value for ${open.map((label) => `${label}=`).join(", ")}`;
  const dimensions = Object.fromEntries(
    Object.entries(settings.dimensions).map(([label, dimension]) => [dimension, labelOf(labels, label)]),
  );
  const increments = settings.statistic === "Sum" && isCounterName(name);
  return { name, settings, dimensions, labels, increments };
}

/** Bounds that a metric never leaves, by what it counts: what is equal to a bound is then on one side of it. */
export function boundsOf(name: string): { readonly lowest?: number; readonly highest?: number } {
  if (name === "up") return { lowest: 0, highest: 1 };
  return /_(total|count|bucket|bytes)$/.test(name) ? { lowest: 0 } : {};
}
