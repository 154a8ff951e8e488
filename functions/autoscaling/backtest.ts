import { backtest } from "../../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseTrace, type Trace } from "../../shared/core/kernel/trace.ts";
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

/** Traces that need no file. A function each: two weeks of points are only made when they are asked for. */
export const builtinTraces: Readonly<Record<string, () => Trace>> = {
  /** Two weeks with days, weekends, noise and one spike; the same for everybody. */
  synthetic: () => syntheticTrace(),
};

/**
 * Scores a policy on a recorded load: CSV, or a trace that is at hand. `elapsedMs` is real time.
 *
 * @throws HeadgateError `trace.invalid` with row and column of each fault, `input.invalid`.
 */
export function runBacktest(load: string | Trace, given: unknown, name?: string): BacktestView {
  const policy = policyOf(given, name);
  const parsed = typeof load === "string" ? parseTrace(load) : { ok: true as const, trace: load, warnings: [] };
  if (!parsed.ok) {
    const [first] = parsed.faults;
    throw new HeadgateError("trace.invalid", `${first?.path}: ${first?.message}`, { faults: parsed.faults });
  }
  const started = performance.now();
  const { measures, notes } = backtest(parsed.trace, policy.config, { name: policy.name });
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  return { ...measures, elapsedMs, notes, warnings: parsed.warnings };
}
