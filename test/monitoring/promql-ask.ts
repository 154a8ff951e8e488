import { labelsText } from "../../shared/core/kernel/labels.ts";
import type { Expr } from "../../shared/core/monitoring/promql/ast.ts";
import { type EvalOptions, evaluateInstant } from "../../shared/core/monitoring/promql/evaluate.ts";
import { memorySource, type WrittenSeries } from "../../shared/core/monitoring/promql/memory-source.ts";
import { type Parsed, parsePromql } from "../../shared/core/monitoring/promql/parse.ts";

export const MINUTE = 60_000;

export function read(text: string): Expr {
  const parsed: Parsed = parsePromql(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.faults.map(({ message }) => message).join("; ")}`);
  return parsed.expr;
}

/** `name{a="b"}` and values a minute apart from 0; `_` is a missing sample, "stale" the marker. */
export function series(
  labels: Readonly<Record<string, string>>,
  values: readonly (number | "_" | "stale")[],
): WrittenSeries {
  const points = values.flatMap((value, index) => (value === "_" ? [] : [{ at: index * MINUTE, value }]));
  return { labels, points };
}

/** Answers of instant queries as `{name{labels}: value}`; scalars under the name "scalar". */
export function asker(written: readonly WrittenSeries[], defaults: EvalOptions = {}) {
  const source = memorySource(written);
  return (text: string, at: number, options: EvalOptions = defaults): Record<string, number> => {
    const value = evaluateInstant(read(text), source, at, options);
    if (value.type === "scalar") return { scalar: value.value };
    if (value.type !== "vector") throw new Error(`${text} is a ${value.type}`);
    return Object.fromEntries(value.samples.map((sample) => [labelsText(sample.labels), sample.value]));
  };
}
