import { type Labels, METRIC_NAME, setLabel } from "../../kernel/labels.ts";
import type { Expr } from "./ast.ts";
import { compileMatcher } from "./matcher.ts";
import type { Matcher } from "./source.ts";

/** A matcher that only takes series away. Prometheus 3 looks at them last, when it selects and therefore here as well. */
const isSubtracting = (matcher: Matcher): boolean => matcher.op.startsWith("!") && compileMatcher(matcher)("");

/**
 * Labels of what is absent: those that the selector demands by equality (promql/functions.go, createLabelsForAbsentFunction), none
 * of anything but a selector. Any other matcher takes the label away again, unless the equality comes after it.
 */
export function absentLabels(expr: Expr, v2: boolean): Labels {
  const selector = expr.type === "matrix" ? expr.selector : expr;
  if (selector.type !== "selector") return {};
  const { matchers } = selector;
  const inOrder = v2
    ? matchers
    : [...matchers.filter((one) => !isSubtracting(one)), ...matchers.filter((one) => isSubtracting(one))];
  const labels: Record<string, string> = {};
  const demanded = new Set<string>();
  for (const { label, op, value } of inOrder) {
    if (label === METRIC_NAME) continue;
    if (op === "=" && !demanded.has(label)) {
      demanded.add(label);
      if (value !== "") setLabel(labels, label, value);
    } else delete labels[label];
  }
  return labels;
}
