import { backtest } from "../../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseTrace } from "../../shared/core/kernel/trace.ts";
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

/**
 * Scores a policy on a recorded load given as CSV. `elapsedMs` is real time.
 *
 * @throws HeadgateError `trace.invalid` with row and column of each fault, `input.invalid`.
 */
export function runBacktest(csv: string, given: unknown, name?: string): BacktestView {
  const policy = policyOf(given, name);
  const parsed = parseTrace(csv);
  if (!parsed.ok) {
    const [first] = parsed.faults;
    throw new HeadgateError("trace.invalid", `${first?.path}: ${first?.message}`, { faults: parsed.faults });
  }
  const started = performance.now();
  const { measures, notes } = backtest(parsed.trace, policy.config, { name: policy.name });
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  return { ...measures, elapsedMs, notes, warnings: parsed.warnings };
}
