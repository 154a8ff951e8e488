import { HeadgateError } from "../../kernel/errors.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { AtModifier } from "./ast.ts";
import type { SeriesSource } from "./source.ts";

/**
 * Which Prometheus is meant. `v3` (default): ranges and lookback exclude their left end. `v2`: they include it, and sums, averages
 * and extrapolation near zero are those of Prometheus 2.
 */
export type Semantics = "v2" | "v3";

export interface EvalOptions {
  /** How far back an instant selector looks for a sample. Default 5 min (--query.lookback-delta). */
  readonly lookbackMs?: DurationMs;
  readonly semantics?: Semantics;
  /** Samples that may be in memory at once. Default 50,000,000 (--query.max-samples). */
  readonly limitSamples?: number;
  /**
   * Samples that may be looked at in all, each as often as it is: what bounds the time of a query, as `limitSamples` bounds its memory. A
   * text that a function makes counts by its length. Default 2,000,000,000.
   */
  readonly limitWork?: number;
  /** Points of the answer to a range query. Default 50,000,000. */
  readonly limitPoints?: number;
  /** Steps of a range query. Default 11,000, as Prometheus's API has it. */
  readonly limitSteps?: number;
  /** Step of subqueries that name none. Default 1 min (global evaluation_interval). */
  readonly subqueryStepMs?: DurationMs;
}

/** Counts samples against the limits. */
interface Budget {
  used: number;
  readonly limit: number;
  worked: number;
  readonly limitWork: number;
}

/** What an evaluation knows: where it reads and its grid of steps. */
export interface Context {
  readonly source: SeriesSource;
  readonly start: Millis;
  readonly step: DurationMs;
  readonly steps: number;
  /** Ends of the whole query: `@ start()` and `@ end()`. */
  readonly queryStart: Millis;
  readonly queryEnd: Millis;
  readonly lookbackMs: DurationMs;
  readonly subqueryStepMs: DurationMs;
  readonly v2: boolean;
  readonly budget: Budget;
  readonly warnings: Set<string>;
}

export const LOOKBACK_MS: DurationMs = 5 * MINUTE_MS;
export const LIMIT_SAMPLES = 50_000_000;
const LIMIT_WORK = 2_000_000_000;
export const LIMIT_STEPS = 11_000;

/** The error of an expression that cannot be evaluated over what there is. */
export const invalid = (message: string): HeadgateError =>
  new HeadgateError("query.invalid", message, { faults: [{ path: "", message }] });

/** Takes samples from the budget; a query that wants more than there are is refused before it has them. */
export function spend(ctx: Context, samples: number): void {
  ctx.budget.used += samples;
  if (ctx.budget.used > ctx.budget.limit)
    throw invalid(`the query would load too many samples into memory (more than ${ctx.budget.limit})`);
  work(ctx, samples);
}

/** Counts samples that are looked at; a query that would go on for too long ends here. */
export function work({ budget }: Context, samples: number): void {
  budget.worked += samples;
  if (budget.worked > budget.limitWork)
    throw invalid(
      `the query takes too long: it would look at more than ${budget.limitWork} samples. Ask for fewer series, shorter ranges or a longer step`,
    );
}

export function openContext(
  source: SeriesSource,
  grid: { start: Millis; end: Millis; step: DurationMs },
  options: EvalOptions,
): Context {
  return {
    source,
    start: grid.start,
    step: grid.step,
    steps: Math.floor((grid.end - grid.start) / grid.step) + 1,
    queryStart: grid.start,
    queryEnd: grid.end,
    lookbackMs: options.lookbackMs ?? LOOKBACK_MS,
    subqueryStepMs: options.subqueryStepMs ?? MINUTE_MS,
    v2: options.semantics === "v2",
    budget: {
      used: 0,
      limit: options.limitSamples ?? LIMIT_SAMPLES,
      worked: 0,
      limitWork: options.limitWork ?? LIMIT_WORK,
    },
    warnings: new Set(),
  };
}

/** The same evaluation on another grid. */
export const onGrid = (ctx: Context, start: Millis, step: DurationMs, steps: number): Context => ({
  ...ctx,
  start,
  step,
  steps,
});

export const timeAt = (ctx: Context, index: number): Millis => ctx.start + index * ctx.step;

/** The time a selector refers to at a step: `@` and offset applied. */
export function referenceAt(
  ctx: Context,
  shift: { readonly offsetMs: DurationMs; readonly at?: AtModifier },
  index: number,
): Millis {
  const base = shift.at ? fixedTime(ctx, shift.at) : timeAt(ctx, index);
  return base - shift.offsetMs;
}

function fixedTime(ctx: Context, at: AtModifier): Millis {
  if (at.kind === "time") return at.at;
  return at.kind === "start" ? ctx.queryStart : ctx.queryEnd;
}
