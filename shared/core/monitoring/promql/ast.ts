import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { Matcher } from "./source.ts";

/** Types of the language. */
export type ValueType = "scalar" | "vector" | "matrix" | "string";

/** Place in the text: offsets, the end excluded. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What `@` fixes the evaluation time to. */
export type AtModifier = { readonly kind: "time"; readonly at: Millis } | { readonly kind: "start" | "end" };

interface Shift {
  /** Negative: into the future. */
  readonly offsetMs: DurationMs;
  readonly at?: AtModifier;
}

export interface NumberLiteral extends Span {
  readonly type: "number";
  readonly value: number;
}

export interface StringLiteral extends Span {
  readonly type: "string";
  readonly value: string;
}

/** An instant vector selector. A metric name before the braces is the first matcher, on `__name__`. */
export interface Selector extends Span, Shift {
  readonly type: "selector";
  readonly matchers: readonly Matcher[];
}

/** A range vector selector: `name[5m]`. */
export interface MatrixSelector extends Span {
  readonly type: "matrix";
  readonly selector: Selector;
  readonly rangeMs: DurationMs;
}

export interface Subquery extends Span, Shift {
  readonly type: "subquery";
  readonly expr: Expr;
  readonly rangeMs: DurationMs;
  /** Absent: the default step of the evaluation. */
  readonly stepMs?: DurationMs;
}

export interface Paren extends Span {
  readonly type: "paren";
  readonly expr: Expr;
}

export interface Unary extends Span {
  readonly type: "unary";
  readonly op: "+" | "-";
  readonly expr: Expr;
}

export type ArithmeticOp = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export type ComparisonOp = "==" | "!=" | ">" | "<" | ">=" | "<=";
export type SetOp = "and" | "or" | "unless";
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp;

export const isComparison = (op: BinaryOp): op is ComparisonOp => ["==", "!=", ">", "<", ">=", "<="].includes(op);
export const isSetOp = (op: BinaryOp): op is SetOp => op === "and" || op === "or" || op === "unless";

/** How the elements of two vectors find each other. */
export interface Matching {
  /** True: on the labels; false: on all but them. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** `group_left`: many on the left side; `group_right`: many on the right side. */
  readonly group?: "left" | "right";
  /** Labels that the result takes from the "one" side. */
  readonly include: readonly string[];
}

export interface Binary extends Span {
  readonly type: "binary";
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  /** A comparison gives 0 or 1 and filters nothing. */
  readonly bool: boolean;
  /** Absent: all labels, one to one. */
  readonly matching?: Matching;
  readonly opSpan: Span;
}

export const AGGREGATIONS = [
  "sum",
  "avg",
  "min",
  "max",
  "count",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "limitk",
  "quantile",
  "count_values",
] as const;
export type AggregateOp = (typeof AGGREGATIONS)[number];

export interface Aggregate extends Span {
  readonly type: "aggregate";
  readonly op: AggregateOp;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly param?: Expr;
  readonly expr: Expr;
}

export interface Call extends Span {
  readonly type: "call";
  readonly name: string;
  readonly args: readonly Expr[];
}

/** A checked PromQL expression. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | Selector
  | MatrixSelector
  | Subquery
  | Paren
  | Unary
  | Binary
  | Aggregate
  | Call;

/** The expression without parentheses around it. */
export function bare(expr: Expr): Exclude<Expr, Paren> {
  let inner = expr;
  while (inner.type === "paren") inner = inner.expr;
  return inner;
}
