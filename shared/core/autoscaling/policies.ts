import type { Policy } from "./config.ts";
import { demand } from "./demand.ts";
import { predictive } from "./forecast/predictive.ts";
import type { Forecast } from "./forecast/types.ts";
import { hpa } from "./hpa.ts";
import { instances } from "./instances.ts";
import { kafkaLag } from "./lag/policy.ts";
import type { LagMemory, LagSeen } from "./lag/types.ts";
import { type Facts, type Opinion, unknown } from "./opinion.ts";
import { parallelism } from "./parallelism.ts";
import { stepPolicy } from "./step-policy.ts";
import { targetTracking } from "./target-tracking.ts";
import type { AutoscalingState, DemandMemory } from "./types.ts";
import type { Runs } from "./windows.ts";

type Recommendations = AutoscalingState["recommendations"];
type Memory = NonNullable<AutoscalingState["memory"]>;

/** What every policy thinks, in the order of the configuration, and the recommendations to remember. */
export interface Opinions {
  readonly opinions: readonly Opinion[];
  /** The same object as in the state where nothing changed. */
  readonly recommendations: Recommendations;
  /** What each policy remembers; the same object as in the state where nothing changed. */
  readonly memory: Memory | undefined;
}

/** What is known beside the metrics, by index of the policy that asked for it. */
export interface Beside {
  readonly forecasts?: { readonly [policy: string]: Forecast } | undefined;
  readonly lags?: { readonly [policy: string]: LagSeen } | undefined;
}

/** Asks every policy. Schedules are no opinion: they are in the bounds already. */
export function ask(policies: readonly Policy[], facts: Facts, beside: Beside = {}): Opinions {
  const opinions: Opinion[] = [];
  let recommendations = facts.state.recommendations;
  let memory = facts.state.memory;
  for (const [index, policy] of policies.entries()) {
    if (policy.type === "hpa") {
      const [inKey, outKey] = [String(index), `${index}:out`];
      const result = hpa(policy, facts, { in: recommendations[inKey], out: recommendations[outKey] });
      opinions.push(result.opinion);
      recommendations = remember(remember(recommendations, inKey, result.inRuns), outKey, result.outRuns);
      continue;
    }
    if (remembers(policy)) {
      const kept = memory && Object.hasOwn(memory, index) ? memory[index] : undefined;
      const result = remembering(policy, facts, kept, String(index), beside);
      opinions.push(result.opinion);
      if (result.memory !== kept) memory = withMemory(memory, String(index), result.memory);
      continue;
    }
    const opinion = reactive(policy, facts);
    if (opinion) opinions.push(opinion);
  }
  return { opinions, recommendations, memory };
}

type Remembering = Extract<Policy, { type: "demand" | "predictive" | "kafka-lag" }>;

const remembers = (policy: Policy): policy is Remembering =>
  policy.type === "demand" || policy.type === "predictive" || policy.type === "kafka-lag";

function remembering(
  policy: Remembering,
  facts: Facts,
  kept: Memory[string] | undefined,
  index: string,
  { forecasts, lags }: Beside,
): { readonly opinion: Opinion; readonly memory: Memory[string] | undefined } {
  switch (policy.type) {
    case "demand":
      return demand(policy, facts, kept && "wanted" in kept && !("rates" in kept) ? (kept as DemandMemory) : undefined);
    case "predictive":
      return predictive(policy, facts, kept && "recs" in kept ? kept : undefined, forecasts?.[index]);
    case "kafka-lag":
      return kafkaLag(policy, facts, kept as LagMemory | undefined, lags?.[index]);
  }
}

function withMemory(memory: Memory | undefined, key: string, value: Memory[string] | undefined): Memory {
  const { [key]: _, ...rest } = memory ?? {};
  return value === undefined ? rest : { ...rest, [key]: value };
}

function reactive(policy: Exclude<Policy, { type: "hpa" } | Remembering>, facts: Facts): Opinion | undefined {
  switch (policy.type) {
    case "instances":
      return instances(policy, facts);
    case "parallelism":
      return parallelism(policy, facts);
    case "target-tracking":
      return targetTracking(policy, facts);
    case "step":
      return stepPolicy(policy, facts);
    case "scheduled":
      return undefined;
    case "flink":
      return unknown(policy.type, "held_no_data", "only a service that is a Flink job is scaled by vertex");
    case "auto":
      return unknown(policy.type, "held_learning", "nothing has been picked yet");
  }
}

function remember(recommendations: Recommendations, key: string, runs: Runs | undefined): Recommendations {
  if (runs === undefined || recommendations[key] === runs) return recommendations;
  return { ...recommendations, [key]: runs };
}
