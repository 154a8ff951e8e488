import {
  type Aggregate,
  type Binary,
  bare,
  type Call,
  type Expr,
  isComparison,
  isSetOp,
  type StringLiteral,
  type ValueType,
} from "./ast.ts";
import { isMetricName } from "./literals.ts";
import { compileMatcher, wholeRegex } from "./matcher.ts";
import type { Build } from "./nodes.ts";
import { SIGNATURES } from "./signatures.ts";
import type { Matcher } from "./source.ts";

/** The type of an expression. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.type) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "selector":
    case "aggregate":
      return "vector";
    case "matrix":
    case "subquery":
      return "matrix";
    case "paren":
    case "unary":
      return typeOf(expr.expr);
    case "binary":
      return typeOf(expr.left) === "scalar" && typeOf(expr.right) === "scalar" ? "scalar" : "vector";
    case "call":
      return SIGNATURES[expr.name]?.returns ?? "vector";
  }
}

const NAMES: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  vector: "instant vector",
  matrix: "range vector",
  string: "string",
};

/** Type checks as Prometheus makes them (promql/parser, checkAST); what is wrong goes to `build.fault` with its place. */
export function check(expr: Expr, build: Build): void {
  switch (expr.type) {
    case "number":
    case "string":
      return;
    case "selector":
      checkMatchers(expr.matchers, expr, build);
      return;
    case "matrix":
      check(expr.selector, build);
      return;
    case "paren":
      check(expr.expr, build);
      return;
    case "subquery":
      check(expr.expr, build);
      if (typeOf(expr.expr) !== "vector")
        build.fault(expr, `subquery is only allowed on instant vector, got ${NAMES[typeOf(expr.expr)]} instead`);
      return;
    case "unary":
      check(expr.expr, build);
      if (typeOf(expr.expr) !== "scalar" && typeOf(expr.expr) !== "vector")
        build.fault(expr, `unary expression only allowed on scalar or instant vector, got ${NAMES[typeOf(expr.expr)]}`);
      return;
    case "aggregate":
      checkAggregate(expr, build);
      return;
    case "binary":
      checkBinary(expr, build);
      return;
    case "call":
      checkCall(expr, build);
  }
}

function expectType(expr: Expr, type: ValueType, where: string, build: Build): void {
  check(expr, build);
  if (typeOf(expr) !== type) build.fault(expr, `expected type ${NAMES[type]} in ${where}, got ${NAMES[typeOf(expr)]}`);
}

/** Why a text is no RE2 expression; undefined where it is one. */
function regexFault(expression: string): string | undefined {
  try {
    wholeRegex(expression);
    return undefined;
  } catch (error) {
    return `"${expression}" is no RE2 expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function checkMatchers(matchers: readonly Matcher[], expr: Expr & { type: "selector" }, build: Build): void {
  for (const { op, value } of matchers) {
    if (op !== "=~" && op !== "!~") continue;
    const fault = regexFault(value);
    if (fault === undefined) continue;
    build.fault(expr, fault);
    return;
  }
  const names = matchers.filter(({ label }) => label === "__name__");
  const [first] = names;
  const outside =
    first && first === matchers[0] && isMetricName(first.value) && build.text.startsWith(first.value, expr.from);
  const again = outside ? names[1] : undefined;
  if (first && again) build.fault(expr, `metric name must not be set twice: "${first.value}" or "${again.value}"`);
  if (matchers.every((matcher) => compileMatcher(matcher)("")))
    build.fault(expr, "vector selector must contain at least one non-empty matcher");
}

function checkAggregate(expr: Aggregate, build: Build): void {
  expectType(expr.expr, "vector", "aggregation expression", build);
  if (!expr.param) return;
  const type = expr.op === "count_values" ? "string" : "scalar";
  expectType(expr.param, type, "aggregation parameter", build);
}

function checkBinary(expr: Binary, build: Build): void {
  const { op, left, right, matching, opSpan } = expr;
  check(left, build);
  check(right, build);
  const [leftType, rightType] = [typeOf(left), typeOf(right)];
  for (const [side, type] of [
    [left, leftType],
    [right, rightType],
  ] as const)
    if (type !== "scalar" && type !== "vector")
      build.fault(side, `binary expression must contain only scalar and instant vector types, got ${NAMES[type]}`);
  if (expr.bool && !isComparison(op)) build.fault(opSpan, "bool modifier can only be used on comparison operators");
  const scalars = leftType === "scalar" && rightType === "scalar";
  if (isComparison(op) && !expr.bool && scalars)
    build.fault(opSpan, "comparisons between scalars must use BOOL modifier");
  if (isSetOp(op) && (leftType === "scalar" || rightType === "scalar"))
    build.fault(expr, `set operator "${op}" not allowed in binary scalar expression`);
  if (!matching) return;
  const twice = matching.on && matching.labels.find((label) => matching.include.includes(label));
  if (twice) build.fault(opSpan, `label "${twice}" must not occur in ON and GROUP clause at once`);
  if ((leftType !== "vector" || rightType !== "vector") && matching.labels.length > 0)
    build.fault(expr, "vector matching only allowed between instant vectors");
  else if (isSetOp(op) && matching.group) build.fault(expr, `no grouping allowed for "${op}" operation`);
}

function checkCall(expr: Call, build: Build): void {
  const signature = SIGNATURES[expr.name];
  if (!signature) return;
  const { args, optional, variadic } = signature;
  const fewest = args.length - optional - (variadic ? 1 : 0);
  const most = variadic ? Number.POSITIVE_INFINITY : args.length;
  const count = expr.args.length;
  if (count < fewest || count > most) {
    const wanted = fewest === most ? `${fewest}` : variadic ? `at least ${fewest}` : `${fewest} to ${most}`;
    build.fault(expr, `expected ${wanted} argument(s) in call to "${expr.name}", got ${count}`);
    return;
  }
  for (const [index, arg] of expr.args.entries()) {
    const type = args[Math.min(index, args.length - 1)];
    if (type) expectType(arg, type, `call to function "${expr.name}"`, build);
  }
  checkStrings(expr, build);
}

/** What the string arguments of label functions must be; Prometheus says so at the evaluation only. */
function checkStrings(expr: Call, build: Build): void {
  if (expr.name !== "label_replace" && expr.name !== "label_join") return;
  const [, dst] = expr.args;
  const text = (arg: Expr | undefined) =>
    arg && bare(arg).type === "string" ? (bare(arg) as StringLiteral).value : undefined;
  if (dst && text(dst) === "") build.fault(dst, `invalid destination label name in ${expr.name}()`);
  const regex = expr.name === "label_replace" ? expr.args[4] : undefined;
  const fault = regexFault(text(regex) ?? "");
  if (regex && fault !== undefined) build.fault(regex, fault);
}
