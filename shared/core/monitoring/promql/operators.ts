import type { ArithmeticOp, BinaryOp, ComparisonOp } from "./ast.ts";
import { power } from "./math.ts";

const ARITHMETIC: Readonly<Record<ArithmeticOp, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": power,
  atan2: Math.atan2,
};

const COMPARE: Readonly<Record<ComparisonOp, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
};

/** An arithmetic operator or a comparison, on two numbers. */
export interface Operator {
  /** The result: of a comparison its left side, or 0 and 1 with `bool`. */
  readonly value: (a: number, b: number) => number;
  /** Whether there is a result at all; absent: always. */
  readonly holds?: (a: number, b: number) => boolean;
  /** Whether the result is no longer what the metric's name says. */
  readonly changesSchema: boolean;
}

/** Prometheus 2 left the name where atan2 is. */
export function operatorOf(op: BinaryOp, bool: boolean, v2: boolean): Operator {
  if (op in ARITHMETIC) return { value: ARITHMETIC[op as ArithmeticOp], changesSchema: !(v2 && op === "atan2") };
  const holds = COMPARE[op as ComparisonOp];
  if (bool) return { value: (a, b) => (holds(a, b) ? 1 : 0), changesSchema: true };
  return { value: (a) => a, holds, changesSchema: false };
}
