import {
  type BacktestOptions,
  type BacktestResult,
  backtesting,
} from "../../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { parseDays } from "../../shared/core/autoscaling/backtest/days.ts";
import { load } from "../../shared/core/autoscaling/backtest/grid.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import { finished } from "../../shared/core/autoscaling/backtest/turns.ts";
import { AutoscalingConfig, type Policy } from "../../shared/core/autoscaling/config.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trace } from "../../shared/core/kernel/trace.ts";
import { readTrace } from "../../shared/core/kernel/trace-read.ts";
import type { BacktestView } from "../api/views.ts";
import { own } from "../own.ts";
import { parseInput } from "../parse-input.ts";
import { inTime, notTooManyDays, type Patience } from "./patience.ts";

export interface NamedPolicy {
  readonly name: string;
  readonly config: AutoscalingConfig;
}

/**
 * A built-in policy by name, one policy as it stands in headgate.yaml, or a service's whole autoscaling section. Bounds
 * that are not given are the model's (2..100), because a policy alone says nothing about them.
 *
 * @throws HeadgateError `input.invalid`.
 */
export function policyOf(given: unknown, name = "custom"): NamedPolicy {
  if (typeof given === "string") {
    const config = own(builtinPolicies, given);
    if (config) return { name: given, config };
    const allowed = Object.keys(builtinPolicies).join(", ");
    throw new HeadgateError("input.invalid", `no built-in policy ${JSON.stringify(given)}; there are ${allowed}`, {
      faults: [{ path: "policy", message: "no such built-in policy", value: given, allowed }],
    });
  }
  const single = typeof given === "object" && given !== null && "type" in given;
  const section = single ? { min: 2, max: 100, policies: [given] } : given;
  return { name, config: parseInput(AutoscalingConfig, section, "policy") };
}

/** A policy that was picked, in the section that built-in ones run in. */
export const sectionWith = (policy: Policy): AutoscalingConfig => ({
  ...(builtinPolicies["demand"] as AutoscalingConfig),
  policies: [policy],
});

/** Traces that need no file. A function each: two weeks of points are only made when they are asked for. */
export const builtinTraces: Readonly<Record<string, () => Trace>> = {
  /** Two weeks with days, weekends, noise and one spike; the same for everybody. */
  synthetic: () => syntheticTrace(),
};

export interface BacktestRun
  extends Pick<BacktestOptions, "meanTasks" | "startDelayMs" | "metricDelayMinutes" | "series"> {
  /** Default "custom"; a built-in policy has its own. */
  readonly name?: string;
  /** Days that are scored, such as "9-14". Default: all after a warm-up of two. */
  readonly days?: string;
  /** A trace that spans more days is refused. Default: the model's 366. */
  readonly mostDays?: number;
}

export interface BacktestPlay {
  readonly view: BacktestView;
  readonly result: BacktestResult;
}

/**
 * Scores a policy on a recorded load: text in any form that a trace is read from, or a trace that is at hand. With pauses in which others can work.
 * `elapsedMs` is real time.
 *
 * @throws HeadgateError `trace.invalid` with the place of each fault, `input.invalid`; `input.too_large` where the time is over
 */
export async function runBacktestGently(
  given: string | Trace,
  policy: unknown,
  { patience, name, ...run }: BacktestRun & { readonly patience?: Patience } = {},
): Promise<BacktestView> {
  return (await inTime(playingBacktest(given, policyOf(policy, name), run), patience)).view;
}

/** As {@link runBacktestGently}, at once, with what happened minute by minute where `series` asks for it. */
export const playBacktest = (...call: Parameters<typeof playingBacktest>): BacktestPlay =>
  finished(playingBacktest(...call));

function* playingBacktest(
  given: string | Trace,
  { name, config }: NamedPolicy,
  { days, mostDays, ...options }: Omit<BacktestRun, "name"> = {},
): Generator<undefined, BacktestPlay> {
  const parsed = typeof given === "string" ? readTrace(given) : { ok: true as const, trace: given, warnings: [] };
  if (!parsed.ok) {
    const [first] = parsed.faults;
    throw new HeadgateError("trace.invalid", `${first?.path}: ${first?.message}`, { faults: parsed.faults });
  }
  const { trace, warnings, notes = [] } = parsed;
  notTooManyDays(trace, mostDays);
  const scored = days === undefined ? {} : { days: parseDays(days, load(trace, 1).arrivals.length) };
  const started = performance.now();
  const result = yield* backtesting(trace, config, { ...options, ...scored, name });
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  return { view: { ...result.measures, elapsedMs, notes: [...notes, ...result.notes], warnings }, result };
}
