import * as v from "valibot";
import { MINUTE_MS } from "../../kernel/time.ts";
import { type AutoscalingConfig, Policy } from "../config.ts";

const cooldown = { out: 5 * MINUTE_MS, in: 10 * MINUTE_MS };

function builtin(policy: AutoscalingConfig["policies"][number]): AutoscalingConfig {
  return {
    mode: "act",
    min: 2,
    max: 100,
    policies: [policy],
    maxAge: 5 * MINUTE_MS,
    period: MINUTE_MS,
    learnCapacity: true,
    outcome: { after: 10 * MINUTE_MS, revert: false },
  };
}

const parsed = (input: v.InferInput<typeof Policy>) => builtin(v.parse(Policy, input));

/**
 * Policies that can be named instead of written: the platform's original two rules ("seed"), the two that people
 * have today, and Headgate's own with nothing set. Bounds 2..100 and a one-minute period, as in the model they are compared in. The seed rule has
 * no memory here because the model has none.
 */
export const builtinPolicies: Readonly<Record<string, AutoscalingConfig>> = {
  "seed-instances": builtin({ type: "instances", cpu: 75, memory: null, cooldown }),
  "seed-parallelism": builtin({
    type: "parallelism",
    metric: "cpu",
    high: 80,
    low: 30,
    grow: 1.5,
    shrink: 0.7,
    exact: true,
    cooldown,
  }),
  "hpa-cpu70": builtin({
    type: "hpa",
    metrics: [{ metric: "cpu", target: 70, kind: "utilization" }],
    tolerance: 0.1,
    out: { select: "max" },
    in: { select: "max" },
  }),
  "target-tracking-70": builtin({
    type: "target-tracking",
    metric: "cpu",
    target: 70,
    datapoints: { out: 3, in: 15 },
    lowFactor: 0.9,
    cooldown: { out: 5 * MINUTE_MS, in: 5 * MINUTE_MS },
    disableScaleIn: false,
  }),
  demand: parsed({ type: "demand" }),
  predictive: parsed({ type: "predictive" }),
  auto: parsed({ type: "auto" }),
  "kafka-lag": parsed({ type: "kafka-lag", cluster: "backtest", group: "backtest" }),
};
