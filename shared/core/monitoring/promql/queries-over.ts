import { HeadgateError } from "../../kernel/errors.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { Expr } from "./ast.ts";
import { type EvalOptions, evaluateInstant, evaluateRange } from "./evaluate.ts";
import { parsePromql } from "./parse.ts";
import type { SeriesSource } from "./source.ts";
import type { RangeSeries, VectorSample } from "./values.ts";

/** The shape of the Queries port, which core does not import. */
export interface LocalQueries {
  readonly source: string;
  instant(
    expr: string,
    at: Millis,
  ): Promise<{ readonly samples: readonly VectorSample[]; readonly warnings: readonly string[] }>;
  range(
    expr: string,
    from: Millis,
    to: Millis,
    stepMs: DurationMs,
  ): Promise<{ readonly series: readonly RangeSeries[]; readonly warnings: readonly string[] }>;
}

/** Expressions kept parsed; rules ask for the same ones round after round. */
const PARSED = 1_000;

/**
 * Answers PromQL from a source of samples (the local window, or series in memory). Errors: HeadgateError `query.invalid` with the
 * places, also for what cannot be evaluated over these samples; what the source throws goes through.
 */
export function queriesOver(
  source: SeriesSource | (() => SeriesSource),
  options: EvalOptions & { readonly name?: string } = {},
): LocalQueries {
  const parsed = new Map<string, Expr>();
  const read = (text: string): Expr => {
    const known = parsed.get(text);
    if (known) return known;
    const result = parsePromql(text);
    if (!result.ok) {
      const [first] = result.faults;
      const place = first?.line === undefined ? "" : `${first.line}:${first.column}: `;
      throw new HeadgateError("query.invalid", `PromQL: ${place}${first?.message ?? "invalid"}`, {
        faults: result.faults,
      });
    }
    const [oldest] = parsed.keys();
    if (parsed.size >= PARSED && oldest !== undefined) parsed.delete(oldest);
    parsed.set(text, result.expr);
    return result.expr;
  };
  const current = () => (typeof source === "function" ? source() : source);
  return {
    source: options.name ?? "local-window",
    instant: async (text, at) => {
      const value = evaluateInstant(read(text), current(), at, options);
      if (value.type === "vector") return { samples: value.samples, warnings: value.warnings };
      if (value.type === "scalar") return { samples: [{ labels: {}, value: value.value }], warnings: value.warnings };
      const message = `an expression of type ${value.type === "matrix" ? "range vector" : "string"} has no instant vector`;
      throw new HeadgateError("query.invalid", message, {
        faults: [{ path: "", message, allowed: "scalar or instant vector" }],
      });
    },
    range: async (text, from, to, stepMs) => {
      const warnings: string[] = [];
      const warn = (warning: string) => warnings.push(warning);
      const series = evaluateRange(read(text), current(), from, to, stepMs, { ...options, warn });
      return { series, warnings };
    },
  };
}
