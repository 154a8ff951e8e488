import type { SyntaxNode } from "@lezer/common";
import type { AtModifier, Expr } from "./ast.ts";
import { numberOf } from "./literals.ts";
import { type Build, child, children, durationAt, textOf } from "./nodes.ts";

/** Applies `[5m]`, `[1h:5m]`, `offset` or `@` to what stands before it. */
export function postfix(expr: Expr, node: SyntaxNode, build: Build): Expr {
  switch (node.name) {
    case "MatrixSelector":
      return range(expr, node, build);
    case "SubqueryExpr":
      return subquery(expr, node, build);
    case "OffsetExpr":
      return offset(expr, node, build);
    case "StepInvariantExpr":
      return fixed(expr, node, build);
    default:
      build.fault(node, "the modifiers anchored and smoothed are not supported");
      return expr;
  }
}

function positive(node: SyntaxNode, build: Build): number {
  const ms = durationAt(node, build);
  if (!(ms > 0)) build.fault(node, "duration must be greater than 0");
  return ms;
}

function range(expr: Expr, node: SyntaxNode, build: Build): Expr {
  const span = { from: expr.from, to: node.to };
  const duration = child(node, "DurationExpr");
  const rangeMs = duration ? positive(duration, build) : 1;
  if (expr.type !== "selector") {
    build.fault(expr, "ranges only allowed for vector selectors", "a selector, or a subquery such as [5m:1m]");
    return expr;
  }
  if (expr.offsetMs !== 0) build.fault(expr, "no offset modifiers allowed before range");
  if (expr.at) build.fault(expr, "no @ modifiers allowed before range");
  return { type: "matrix", selector: expr, rangeMs, ...span };
}

function subquery(expr: Expr, node: SyntaxNode, build: Build): Expr {
  const [first, second] = node.getChildren("DurationExpr");
  const rangeMs = first ? positive(first, build) : 1;
  const plain = { type: "subquery", expr, rangeMs, offsetMs: 0, from: expr.from, to: node.to } as const;
  return second ? { ...plain, stepMs: positive(second, build) } : plain;
}

function offset(expr: Expr, node: SyntaxNode, build: Build): Expr {
  const duration = child(node, "OffsetDurationExpr");
  const ms = duration ? signedDuration(duration, build) : 0;
  const twice = () => build.fault(expr, "offset may not be set multiple times");
  switch (expr.type) {
    case "selector":
    case "subquery":
      if (expr.offsetMs !== 0) twice();
      return { ...expr, offsetMs: ms, to: node.to };
    case "matrix":
      if (expr.selector.offsetMs !== 0) twice();
      return { ...expr, selector: { ...expr.selector, offsetMs: ms }, to: node.to };
    default:
      build.fault(
        expr,
        "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
      );
      return expr;
  }
}

function signedDuration(node: SyntaxNode, build: Build): number {
  const sign = child(node, "UnaryOp");
  const nested = child(node, "OffsetDurationExpr");
  if (!sign || !nested) return durationAt(node, build);
  const ms = durationAt(nested, build);
  return textOf(sign, build) === "-" ? -ms : ms;
}

function fixed(expr: Expr, node: SyntaxNode, build: Build): Expr {
  const at = atModifier(children(node).at(-1), expr, build);
  const twice = () => build.fault(expr, "@ <timestamp> may not be set multiple times");
  switch (expr.type) {
    case "selector":
    case "subquery":
      if (expr.at) twice();
      return { ...expr, at, to: node.to };
    case "matrix":
      if (expr.selector.at) twice();
      return { ...expr, selector: { ...expr.selector, at }, to: node.to };
    default:
      build.fault(
        expr,
        "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery",
      );
      return expr;
  }
}

function atModifier(node: SyntaxNode | undefined, expr: Expr, build: Build): AtModifier {
  if (node?.name === "AtModifierPreprocessors") return { kind: child(node, "AtStart") ? "start" : "end" };
  const text = node ? textOf(node, build) : "";
  const digits = text.replace(/^[+-]\s*/, "");
  const seconds = (text.startsWith("-") ? -1 : 1) * (numberOf(digits) ?? Number.NaN);
  if (!(Math.abs(seconds) < 2 ** 63)) build.fault(node ?? expr, "timestamp out of bounds for @ modifier");
  return { kind: "time", at: Math.round(seconds * 1000) };
}
