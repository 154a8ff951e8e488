import type { ValueType } from "./ast.ts";

/** Arguments and result of a function. */
export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional: number;
  /** The last argument may be repeated (and left out). */
  readonly variadic: boolean;
  readonly returns: ValueType;
}

const fn = (args: readonly ValueType[], more: Partial<Signature> = {}): Signature => ({
  args,
  optional: 0,
  variadic: false,
  returns: "vector",
  ...more,
});

const of = (names: string, signature: Signature): Record<string, Signature> =>
  Object.fromEntries(names.split(" ").map((name) => [name, signature]));

/**
 * Functions of the evaluator with their types (Prometheus 3, promql/parser/functions.go). `holt_winters` is what Prometheus 2 called
 * `double_exponential_smoothing`.
 */
export const SIGNATURES: Readonly<Record<string, Signature>> = {
  ...of(
    "abs absent ceil exp floor ln log10 log2 sgn sqrt sort sort_desc timestamp " +
      "acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh deg rad",
    fn(["vector"]),
  ),
  ...of(
    "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time " +
      "mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time " +
      "ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time",
    fn(["matrix"]),
  ),
  ...of("double_exponential_smoothing holt_winters", fn(["matrix", "scalar", "scalar"])),
  ...of("days_in_month day_of_month day_of_week day_of_year hour minute month year", fn(["vector"], { optional: 1 })),
  ...of("clamp_max clamp_min", fn(["vector", "scalar"])),
  ...of("sort_by_label sort_by_label_desc", fn(["vector", "string"], { variadic: true })),
  clamp: fn(["vector", "scalar", "scalar"]),
  histogram_fraction: fn(["scalar", "scalar", "vector"]),
  histogram_quantile: fn(["scalar", "vector"]),
  label_join: fn(["vector", "string", "string", "string"], { variadic: true }),
  label_replace: fn(["vector", "string", "string", "string", "string"]),
  pi: fn([], { returns: "scalar" }),
  predict_linear: fn(["matrix", "scalar"]),
  quantile_over_time: fn(["scalar", "matrix"]),
  round: fn(["vector", "scalar"], { optional: 1 }),
  scalar: fn(["vector"], { returns: "scalar" }),
  time: fn([], { returns: "scalar" }),
  vector: fn(["scalar"]),
};
