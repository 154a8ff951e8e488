import { bare, type Expr } from "./promql/ast.ts";

/** The value of an expression of numbers alone ("5 * 60"); undefined for any other. */
export function constantOf(given: Expr): number | undefined {
  const expr = bare(given);
  if (expr.type === "number") return expr.value;
  if (expr.type === "unary") {
    const value = constantOf(expr.expr);
    return value === undefined || expr.op === "+" ? value : -value;
  }
  if (expr.type !== "binary" || expr.bool) return undefined;
  const [left, right] = [constantOf(expr.left), constantOf(expr.right)];
  if (left === undefined || right === undefined) return undefined;
  switch (expr.op) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    case "^":
      return left ** right;
    default:
      return undefined;
  }
}
