import {
  type BacktestOptions,
  type BacktestResult,
  backtest,
} from "../../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { parseDays } from "../../shared/core/autoscaling/backtest/days.ts";
import { load } from "../../shared/core/autoscaling/backtest/grid.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import { AutoscalingConfig, type Policy } from "../../shared/core/autoscaling/config.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trace } from "../../shared/core/kernel/trace.ts";
import { readTrace } from "../../shared/core/kernel/trace-read.ts";
import type { BacktestView } from "../api/views.ts";
import { own } from "../own.ts";
import { parseInput } from "../parse-input.ts";

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
}

/**
 * Scores a policy on a recorded load: text in any form that a trace is read from, or a trace that is at hand. `elapsedMs` is real time.
 *
 * @throws HeadgateError `trace.invalid` with the place of each fault, `input.invalid`.
 */
export function runBacktest(given: string | Trace, policy: unknown, run: BacktestRun = {}): BacktestView {
  const { name, ...options } = run;
  return playBacktest(given, policyOf(policy, name), options).view;
}

/** As {@link runBacktest}, with what happened minute by minute where `series` asks for it. */
export function playBacktest(
  given: string | Trace,
  { name, config }: NamedPolicy,
  { days, ...options }: Omit<BacktestRun, "name"> = {},
): { readonly view: BacktestView; readonly result: BacktestResult } {
  const parsed = typeof given === "string" ? readTrace(given) : { ok: true as const, trace: given, warnings: [] };
  if (!parsed.ok) {
    const [first] = parsed.faults;
    throw new HeadgateError("trace.invalid", `${first?.path}: ${first?.message}`, { faults: parsed.faults });
  }
  const { trace, warnings, notes = [] } = parsed;
  const scored = days === undefined ? {} : { days: parseDays(days, load(trace, 1).arrivals.length) };
  const started = performance.now();
  const result = backtest(trace, config, { ...options, ...scored, name });
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  return { view: { ...result.measures, elapsedMs, notes: [...notes, ...result.notes], warnings }, result };
}
