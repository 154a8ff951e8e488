import { type Labels, METRIC_NAME } from "../../kernel/labels.ts";
import type { Expr } from "./ast.ts";

/**
 * Labels of what is absent: those that the selector demands by equality, once each (promql/functions.go,
 * createLabelsForAbsentFunction). Anything but a selector has none.
 */
export function absentLabels(expr: Expr): Labels {
  const selector = expr.type === "matrix" ? expr.selector : expr;
  if (selector.type !== "selector") return {};
  const labels: Record<string, string> = {};
  const demanded = new Set<string>();
  for (const { label, op, value } of selector.matchers) {
    if (label === METRIC_NAME) continue;
    if (op === "=" && !demanded.has(label)) {
      labels[label] = value;
      demanded.add(label);
    } else delete labels[label];
  }
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
}
