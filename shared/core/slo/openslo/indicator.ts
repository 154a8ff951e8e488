import type { CloudWatchMetric, Operator, Sli } from "../types.ts";
import { type Context, fault, referred, warn, within } from "./context.ts";
import type { Metric, Spec, WrittenObjective } from "./shapes.ts";

/** A metric's source, once it is known of what type it is. */
type Source =
  | { readonly source: "promql"; readonly expr: string }
  | { readonly source: "cloudwatch"; readonly metric: CloudWatchMetric };

const TYPES = "Prometheus or CloudWatch";
const RATE = "2m";

function sourceOf(context: Context, metric: Metric): Source | undefined {
  const at = within(context, "metricSource");
  const { metricSource } = metric;
  if (!metricSource) return fault(at, "a metric needs a source", "metricSource");
  const { metricSourceRef, spec = {} } = metricSource;
  const type =
    metricSource.type ??
    (metricSourceRef === undefined
      ? undefined
      : referred(within(at, "metricSourceRef"), "DataSource", metricSourceRef)?.type);
  if (type === undefined) return metricSourceRef === undefined ? fault(at, "a source needs a type", TYPES) : undefined;
  if (type.toLowerCase() === "prometheus") {
    const query = spec["query"];
    if (typeof query !== "string" || query.trim() === "")
      return fault(within(at, "spec", "query"), "no query", "PromQL");
    return { source: "promql", expr: query.trim() };
  }
  if (type.toLowerCase() === "cloudwatch") return cloudWatch(within(at, "spec"), spec);
  return fault(within(at, "type"), "metrics of this type cannot be read", TYPES, type);
}

function cloudWatch(context: Context, spec: Readonly<Record<string, unknown>>): Source | undefined {
  const text = (...names: readonly string[]): string | undefined => {
    const value = names.map((name) => spec[name]).find((one) => one !== undefined);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const [namespace, metric] = [text("namespace"), text("metricName", "metric")];
  if (namespace === undefined || metric === undefined)
    return fault(context, "a CloudWatch metric is named by its namespace and name", "namespace and metricName");
  const dimensions = dimensionsOf(spec["dimensions"]);
  if (!dimensions)
    return fault(within(context, "dimensions"), "wrong type or value", "a map, or a list of name and value");
  const region = text("region");
  return {
    source: "cloudwatch",
    metric: {
      namespace,
      metric,
      dimensions,
      stat: text("stat", "statistic") ?? "Sum",
      ...(region === undefined ? {} : { region }),
    },
  };
}

function dimensionsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return {};
  const pairs: readonly (readonly [unknown, unknown])[] | undefined = Array.isArray(value)
    ? value.map((one: unknown) => {
        const { name, value: of } = (one ?? {}) as { readonly name?: unknown; readonly value?: unknown };
        return [name, of] as const;
      })
    : typeof value === "object"
      ? Object.entries(value)
      : undefined;
  if (!pairs?.every(([name, of]) => typeof name === "string" && ["string", "number"].includes(typeof of)))
    return undefined;
  return Object.fromEntries(pairs.map(([name, of]) => [String(name), String(of)]));
}

const SELECTOR = /^[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[^{}]*\})?$|^\{[^{}]*\}$/;

/** Events a second of a counter: of a bare selector or the sum of one, reset by reset; of anything else over a subquery. */
export function rated(expr: string): { readonly expr: string; readonly warning?: string } {
  if (/\b(?:i?rate|increase|i?delta)\s*\(/.test(expr))
    return { expr, warning: "the query takes a rate itself and is used as it is" };
  if (SELECTOR.test(expr)) return { expr: `sum(rate(${expr}[${RATE}]))` };
  const summed = /^sum\s*\(\s*(.*?)\s*\)$/s.exec(expr)?.[1];
  if (summed !== undefined && SELECTOR.test(summed)) return { expr: `sum(rate(${summed}[${RATE}]))` };
  return {
    expr: `sum(rate((${expr})[${RATE}:30s]))`,
    warning:
      "the rate is taken of the whole expression, where resets of single counters cannot be seen; a plain counter is better",
  };
}

function ratioSli(context: Context, ratio: NonNullable<NonNullable<Spec<"SLI">>["ratioMetric"]>): Sli | undefined {
  const { counter, good, bad, total, raw, rawType } = ratio;
  const count = bad ? "bad" : "good";
  if (raw) {
    if (good || bad || total)
      return fault(within(context, "raw"), "raw stands alone", "either raw, or good or bad and total");
    if (rawType !== "success" && rawType !== "failure")
      return fault(within(context, "rawType"), "which ratio raw is", "success or failure", rawType);
    const source = sourceOf(within(context, "raw"), raw);
    const of = rawType === "failure" ? "bad" : "good";
    if (!source) return undefined;
    return source.source === "promql"
      ? { kind: "share", source: "promql", count: of, share: source.expr }
      : { kind: "share", source: "cloudwatch", count: of, share: source.metric };
  }
  const part = bad ?? good;
  if (!part || !total || (good && bad))
    return fault(context, "a ratio is of two counts", "good or bad, not both, and total");
  const [ofPart, ofTotal] = [sourceOf(within(context, count), part), sourceOf(within(context, "total"), total)];
  if (!ofPart || !ofTotal) return undefined;
  if (ofPart.source === "cloudwatch" && ofTotal.source === "cloudwatch")
    return { kind: "ratio", source: "cloudwatch", count, part: ofPart.metric, total: ofTotal.metric };
  if (ofPart.source !== "promql" || ofTotal.source !== "promql")
    return fault(within(context, "total"), "both counts come from one type of source", TYPES);
  if (counter !== true)
    return { kind: "ratio", source: "promql", count, part: ofPart.expr, total: ofTotal.expr, per: "minute" };
  const [partRate, totalRate] = [rated(ofPart.expr), rated(ofTotal.expr)];
  if (partRate.warning !== undefined) warn(within(context, count), partRate.warning);
  if (totalRate.warning !== undefined) warn(within(context, "total"), totalRate.warning);
  return { kind: "ratio", source: "promql", count, part: partRate.expr, total: totalRate.expr, per: "second" };
}

const OPERATORS: readonly string[] = ["lt", "lte", "gt", "gte"] satisfies readonly Operator[];

/**
 * The indicator of one objective.
 *
 * @param context of the indicator's spec
 * @param at of the objective, which has the bound of a threshold
 */
export function sliOf(
  context: Context,
  spec: NonNullable<Spec<"SLI">>,
  at: Context,
  { op, value }: WrittenObjective,
): Sli | undefined {
  const { ratioMetric, thresholdMetric } = spec;
  if ((ratioMetric === undefined) === (thresholdMetric === undefined))
    return fault(context, "an indicator has one metric", "ratioMetric or thresholdMetric");
  if (ratioMetric) return ratioSli(within(context, "ratioMetric"), ratioMetric);
  if (op === undefined || !OPERATORS.includes(op))
    return fault(within(at, "op"), "how a value has to stand to its bound", OPERATORS.join(", "), op);
  if (value === undefined) return fault(within(at, "value"), "a threshold needs its bound", "a number");
  const source = sourceOf(within(context, "thresholdMetric"), thresholdMetric ?? {});
  const bound = { op: op as Operator, value };
  if (!source) return undefined;
  return source.source === "promql"
    ? { kind: "threshold", source: "promql", value: source.expr, bound }
    : { kind: "threshold", source: "cloudwatch", value: source.metric, bound };
}
