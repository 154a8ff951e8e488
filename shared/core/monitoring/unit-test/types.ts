import type { Labels } from "../../kernel/labels.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";

/** A point of an input series: the n-th value stands n intervals after the start. */
export interface InputSeries {
  readonly labels: Labels;
  /** undefined: no sample there. */
  readonly values: readonly (number | "stale" | undefined)[];
}

export interface ExpectedAlert {
  /** Without `alertname`, which the test names once. */
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface AlertCheck {
  readonly evalTimeMs: DurationMs;
  readonly alertname: string;
  readonly expected: readonly ExpectedAlert[];
}

export interface ExprCheck {
  readonly expr: string;
  readonly evalTimeMs: DurationMs;
  readonly expected: readonly { readonly labels: Labels; readonly value: number }[];
}

export interface RuleTest {
  readonly name: string;
  readonly intervalMs: DurationMs;
  readonly startAt: Millis;
  readonly series: readonly InputSeries[];
  readonly alertChecks: readonly AlertCheck[];
  readonly exprChecks: readonly ExprCheck[];
  readonly externalLabels: Labels;
  readonly externalUrl: string;
}

/** A file of unit tests as promtool reads it. */
export interface RuleTestFile {
  /** As written: relative to the file, with `*`, `?` and `[…]`. */
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMs: DurationMs;
  readonly groupEvalOrder: readonly string[];
  /** Values that differ in the last bit only are equal. */
  readonly fuzzyCompare: boolean;
  readonly tests: readonly RuleTest[];
}

export interface AlertGot {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What did not come out as it was expected. */
export type TestFailure =
  | {
      readonly kind: "alert";
      readonly alertname: string;
      readonly evalTimeMs: DurationMs;
      readonly expected: readonly AlertGot[];
      readonly got: readonly AlertGot[];
    }
  | {
      readonly kind: "expr";
      readonly expr: string;
      readonly evalTimeMs: DurationMs;
      /** As text, `{a="b"} 1`: values may be NaN or infinite. */
      readonly expected: readonly string[];
      readonly got: readonly string[];
    }
  /** A rule or an expression that could not be evaluated; the test ends there. */
  | { readonly kind: "error"; readonly what: string; readonly evalTimeMs: DurationMs; readonly message: string };

export interface TestResult {
  readonly name: string;
  readonly ok: boolean;
  readonly failures: readonly TestFailure[];
  /** Evaluations of rules. */
  readonly evaluations: number;
}
