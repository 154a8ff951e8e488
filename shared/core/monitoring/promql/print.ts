import { floatText } from "../../kernel/float.ts";
import { METRIC_NAME } from "../../kernel/labels.ts";
import type { Aggregate, AtModifier, Binary, Expr, Selector } from "./ast.ts";
import { durationText, isLabelName, isMetricName, quoted } from "./literals.ts";

const label = (name: string): string => (isLabelName(name) ? name : quoted(name));
const labels = (names: readonly string[]): string => names.map(label).join(", ");

function shift({ offsetMs, at }: { readonly offsetMs: number; readonly at?: AtModifier }): string {
  const fixed = at === undefined ? "" : at.kind === "time" ? ` @ ${(at.at / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
  return `${fixed}${offsetMs === 0 ? "" : ` offset ${durationText(offsetMs)}`}`;
}

function selected({ matchers }: Selector): string {
  const [first] = matchers;
  const named = first?.label === METRIC_NAME && first.op === "=" && isMetricName(first.value);
  const rest = (named ? matchers.slice(1) : matchers).map((one) => `${label(one.label)}${one.op}${quoted(one.value)}`);
  rest.sort();
  const name = named ? first.value : "";
  return rest.length === 0 && name !== "" ? name : `${name}{${rest.join(",")}}`;
}

function binary({ op, left, right, bool, matching }: Binary): string {
  let modifiers = bool ? " bool" : "";
  if (matching && (matching.labels.length > 0 || matching.on || matching.group))
    modifiers += ` ${matching.on ? "on" : "ignoring"} (${labels(matching.labels)})`;
  if (matching?.group) modifiers += ` group_${matching.group} (${labels(matching.include)})`;
  return `${printPromql(left)} ${op}${modifiers} ${printPromql(right)}`;
}

function aggregation({ op, grouping, without, param, expr }: Aggregate): string {
  const by = grouping.length === 0 && !without ? "" : ` ${without ? "without" : "by"} (${labels(grouping)})`;
  return `${op}${by}${by === "" ? "" : " "}(${param ? `${printPromql(param)}, ` : ""}${printPromql(expr)})`;
}

/** The expression as Prometheus prints it: one line, canonical spacing, matchers in order. Printed and read again it prints the same. */
export function printPromql(expr: Expr): string {
  switch (expr.type) {
    case "number":
      return floatText(expr.value);
    case "string":
      return quoted(expr.value);
    case "selector":
      return `${selected(expr)}${shift(expr)}`;
    case "matrix":
      return `${selected(expr.selector)}[${durationText(expr.rangeMs)}]${shift(expr.selector)}`;
    case "subquery": {
      const step = expr.stepMs === undefined ? "" : durationText(expr.stepMs);
      return `${printPromql(expr.expr)}[${durationText(expr.rangeMs)}:${step}]${shift(expr)}`;
    }
    case "paren":
      return `(${printPromql(expr.expr)})`;
    case "unary":
      return `${expr.op}${printPromql(expr.expr)}`;
    case "binary":
      return binary(expr);
    case "aggregate":
      return aggregation(expr);
    case "call":
      return `${expr.name}(${expr.args.map(printPromql).join(", ")})`;
  }
}
