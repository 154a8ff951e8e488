import { type Labels, labelsKey } from "../kernel/labels.ts";
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import type { AlarmCondition, MetricCondition } from "./alarm-condition.ts";
import { boundsOf, type CloudWatchMetrics, type FoundMetric, findMetric } from "./alarm-metric.ts";
import { type Binary, bare, type ComparisonOp, type Expr, isComparison } from "./promql/ast.ts";
import { constantOf } from "./promql-constant.ts";
import type { AlertingRule } from "./types.ts";

export type CompiledAlarm =
  | {
      readonly ok: true;
      readonly condition: AlarmCondition;
      /** Labels of the one alert that the rule then has, before its own labels. */
      readonly labels: Labels;
    }
  /** A sentence without its full stop: what about the rule has no counterpart in CloudWatch. */
  | { readonly ok: false; readonly why: string };

interface Holds {
  readonly condition: AlarmCondition;
  readonly labels: Labels;
}

/** A vector of one element, as CloudWatch measures it. */
interface Measured {
  readonly metric: FoundMetric;
  readonly statistic: MetricCondition["statistic"];
  readonly periodMs: DurationMs;
  readonly labels: Labels;
  /** The measured value is this many times what the expression means: a sum per window of what is said per second. */
  readonly scale: number;
}

/** Thrown inside this file only: the way out of a recursion that has found what cannot be. */
class NoAlarm extends Error {}
const no = (why: string): never => {
  throw new NoAlarm(why);
};

const MIRRORED = { ">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!=" } as const;
const STATISTICS = { avg: "Average", min: "Minimum", max: "Maximum" } as const;

/**
 * The CloudWatch alarm that stands for an alerting rule, where there is one: a comparison of one metric with a number, and such joined by
 * `and` or `or`. Everything else has to be asked of a Prometheus API (`monitoring.prometheus`), and is said to.
 *
 * A rule with `for: F` fires when its expression holds over F at every evaluation. With one point a period P that are
 * floor(F / P) + 1 points in a row, and the alarm, which sees a period when it is over, follows at most one period later.
 *
 * @param expr the rule's expression, parsed
 * @param metrics `monitoring.cloudwatch`
 */
export function compileAlarm(rule: AlertingRule, expr: Expr, metrics: CloudWatchMetrics): CompiledAlarm {
  try {
    if (rule.keepFiringForMs > 0) no("keep_firing_for has no counterpart: an alarm ends with its first calm period");
    const { condition, labels } = holds(expr, rule.forMs, metrics);
    return { ok: true, labels, condition: condition.kind === "metric" ? condition : steady(condition) };
  } catch (error) {
    if (error instanceof NoAlarm) return { ok: false, why: error.message };
    throw error;
  }
}

/** A composite alarm knows no "unknown": its parts keep their state while they have no data, so that it holds as well. */
function steady(condition: AlarmCondition): AlarmCondition {
  if (condition.kind !== "metric") return { ...condition, of: condition.of.map(steady) };
  return condition.missing === "missing" ? { ...condition, missing: "ignore" } : condition;
}

function holds(given: Expr, forMs: DurationMs, metrics: CloudWatchMetrics): Holds {
  const expr = bare(given);
  if (expr.type === "call" && expr.name === "absent") return silent(expr.args[0], forMs, metrics);
  if (expr.type !== "binary") return no("an alarm compares a metric with a number");
  if (expr.op === "and" || expr.op === "or") return joined(expr, forMs, metrics);
  if (!isComparison(expr.op)) return no(`${expr.op} has no counterpart among alarms`);
  if (expr.bool) return no("with bool the expression always has a result, and the rule always fires");
  const [left, right] = [constantOf(expr.left), constantOf(expr.right)];
  if ((left === undefined) === (right === undefined)) return no("an alarm compares a metric with a number");
  const threshold = (left ?? right) as number;
  if (!Number.isFinite(threshold)) return no(`${threshold} cannot be a threshold`);
  const op = left === undefined ? expr.op : MIRRORED[expr.op];
  const measured = measure(left === undefined ? expr.left : expr.right, forMs, metrics);
  return { condition: compared(measured, op, threshold, forMs), labels: measured.labels };
}

/** `absent(metric)`: no sample in any of the periods. */
function silent(given: Expr | undefined, forMs: DurationMs, metrics: CloudWatchMetrics): Holds {
  const inner = given && bare(given);
  if (inner?.type !== "selector") return no("absent() can be watched for a metric, not for an expression");
  const metric = found(findMetric(inner, metrics));
  const statistic = "SampleCount";
  const measured = { metric, statistic, periodMs: metric.settings.period, labels: metric.labels, scale: 1 } as const;
  return { condition: { ...simple(measured, "<", 1, forMs), missing: "breaching" }, labels: metric.labels };
}

const found = (metric: FoundMetric | string): FoundMetric => (typeof metric === "string" ? no(metric) : metric);

function measure(given: Expr, forMs: DurationMs, metrics: CloudWatchMetrics): Measured {
  const expr = bare(given);
  if (expr.type === "selector") {
    const metric = found(findMetric(expr, metrics));
    if (metric.increments)
      return no(`CloudWatch has the increase of ${metric.name}, not its total: compare its rate() or increase()`);
    const { statistic, period } = metric.settings;
    return { metric, statistic, periodMs: period, labels: metric.labels, scale: 1 };
  }
  if (expr.type === "call" && (expr.name === "rate" || expr.name === "increase")) {
    const [range] = expr.args.map(bare);
    if (range?.type !== "matrix") return no(`${expr.name}() can be watched for a metric, not for an expression`);
    const metric = found(findMetric(range.selector, metrics));
    if (!metric.increments)
      return no(`CloudWatch does not have ${metric.name} as increments, of which ${expr.name}() could be the sum`);
    if (forMs > 0)
      return no(`${expr.name}() slides over its window: with "for" there is no run of periods that means the same`);
    const scale = expr.name === "rate" ? range.rangeMs / SECOND_MS : 1;
    return { metric, statistic: "Sum", periodMs: range.rangeMs, labels: metric.labels, scale };
  }
  if (expr.type === "aggregate") {
    const inner = measure(expr.expr, forMs, metrics);
    const kept = Object.entries(inner.labels).filter(([name]) => expr.grouping.includes(name) !== expr.without);
    const labels = Object.fromEntries(kept);
    // Of one CloudWatch metric, which is the sum over all that report it already.
    if (expr.op === "sum" && inner.statistic === "Sum") return { ...inner, labels };
    const { op } = expr;
    if (op === "avg" || op === "min" || op === "max") {
      if (inner.metric.increments) return no(`${op}() of increments is not ${op}() over series`);
      return { ...inner, labels, statistic: STATISTICS[op] };
    }
    return no(
      op === "sum"
        ? `sum() over series needs "statistic: Sum" for ${inner.metric.name}: CloudWatch adds up all points of a period`
        : `${op}() has no counterpart among CloudWatch's statistics`,
    );
  }
  return no(
    expr.type === "call"
      ? `${expr.name}() has no counterpart in CloudWatch`
      : "an alarm compares a metric with a number",
  );
}

function compared(measured: Measured, op: ComparisonOp, threshold: number, forMs: DurationMs): AlarmCondition {
  const one = (side: MetricCondition["comparison"]) => simple(measured, side, threshold, forMs);
  if (op !== "==" && op !== "!=") return one(op);
  const { lowest, highest } = boundsOf(measured.metric.name);
  if (threshold === lowest) return one(op === "==" ? "<=" : ">");
  if (threshold === highest) return one(op === "==" ? ">=" : "<");
  if (op === "==") return { kind: "all", of: [one("<="), one(">=")] };
  if (one("<").evaluationPeriods > 1) return no('"!=" over several periods may be above in one and below in the next');
  return { kind: "any", of: [one("<"), one(">")] };
}

function simple(
  measured: Measured,
  comparison: MetricCondition["comparison"],
  threshold: number,
  forMs: DurationMs,
): MetricCondition {
  const { metric, statistic, periodMs, scale } = measured;
  if (periodMs % MINUTE_MS !== 0)
    return no(`CloudWatch has periods of whole minutes, not of ${periodMs / SECOND_MS} s`);
  const points = Math.floor(forMs / periodMs) + 1;
  if (points * periodMs > (periodMs < HOUR_MS ? DAY_MS : 7 * DAY_MS))
    return no("CloudWatch looks back over a day at most");
  const scaled = Number((threshold * scale).toPrecision(15));
  return {
    kind: "metric",
    namespace: metric.settings.namespace,
    metric: metric.settings.metric,
    dimensions: metric.dimensions,
    statistic,
    comparison,
    threshold: scaled,
    periodMs,
    datapoints: points,
    evaluationPeriods: points,
    missing: missingOf(measured, comparison, scaled),
  };
}

/** What silence means: of `up` the fault itself, of increments that nothing was counted, of all else that nothing is known. */
function missingOf(
  { metric }: Measured,
  comparison: MetricCondition["comparison"],
  threshold: number,
): MetricCondition["missing"] {
  if (metric.name === "up" && comparison.startsWith("<")) return "breaching";
  if (!metric.increments) return "missing";
  const zeroBreaches = { ">": 0 > threshold, ">=": 0 >= threshold, "<": 0 < threshold, "<=": 0 <= threshold }[
    comparison
  ];
  if (zeroBreaches) return no("in CloudWatch, counting nothing and being gone look alike");
  return "notBreaching";
}

function joined(expr: Binary, forMs: DurationMs, metrics: CloudWatchMetrics): Holds {
  const [left, right] = [holds(expr.left, forMs, metrics), holds(expr.right, forMs, metrics)];
  const kind = expr.op === "and" ? "all" : "any";
  if (!meet(left.labels, right.labels, expr.matching)) {
    const why = expr.op === "and" ? "so it never holds" : "so they are two alerts: write two rules";
    return no(`the two sides of "${expr.op}" have different labels, ${why}`);
  }
  if (kind === "any") {
    if (labelsKey(left.labels) !== labelsKey(right.labels))
      return no('the two sides of "or" have different labels, so they are two alerts: write two rules');
    if (forMs > 0)
      return no('"or" with "for": one side may hold first and the other one then, which two alarms cannot tell');
  }
  const of = [left, right].flatMap(({ condition }) => (condition.kind === kind ? condition.of : [condition]));
  return { labels: left.labels, condition: { kind, of } };
}

/** Whether two elements match as `and` and `or` match them. */
function meet(left: Labels, right: Labels, matching: Binary["matching"]): boolean {
  const counts = (name: string) => matching === undefined || matching.labels.includes(name) === matching.on;
  const key = (labels: Labels) =>
    labelsKey(Object.fromEntries(Object.entries(labels).filter(([name]) => counts(name))));
  return key(left) === key(right);
}
