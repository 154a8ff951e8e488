import type { Expr } from "./ast.ts";

/** Functions whose result depends on the step, whatever their arguments. */
const STEPWISE: readonly string[] = ["time", "predict_linear", "timestamp"];
const DATED: readonly string[] = [
  "minute",
  "hour",
  "day_of_week",
  "day_of_month",
  "day_of_year",
  "days_in_month",
  "month",
  "year",
];

/** Whether an expression has the same result at every step of a query, because `@` fixes all that it reads. */
export function isConstant(expr: Expr): boolean {
  switch (expr.type) {
    case "number":
    case "string":
      return true;
    case "selector":
      return expr.at !== undefined;
    case "matrix":
      return expr.selector.at !== undefined;
    case "subquery":
      // Its own steps are fixed as well, so it does not matter what is inside.
      return expr.at !== undefined;
    case "paren":
    case "unary":
      return isConstant(expr.expr);
    case "binary":
      return isConstant(expr.left) && isConstant(expr.right);
    case "aggregate":
      return isConstant(expr.expr) && (!expr.param || isConstant(expr.param));
    case "call":
      if (STEPWISE.includes(expr.name) || (DATED.includes(expr.name) && expr.args.length === 0)) return false;
      return expr.args.every(isConstant);
  }
}
