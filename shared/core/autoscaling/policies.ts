import type { Policy } from "./config.ts";
import { hpa } from "./hpa.ts";
import { instances } from "./instances.ts";
import type { Facts, Opinion } from "./opinion.ts";
import { parallelism } from "./parallelism.ts";
import { stepPolicy } from "./step-policy.ts";
import { targetTracking } from "./target-tracking.ts";
import type { AutoscalingState } from "./types.ts";
import type { Runs } from "./windows.ts";

type Recommendations = AutoscalingState["recommendations"];

/** What every policy thinks, in the order of the configuration, and the recommendations to remember. */
export interface Opinions {
  readonly opinions: readonly Opinion[];
  /** The same object as in the state where nothing changed. */
  readonly recommendations: Recommendations;
}

/** Asks every policy. Schedules are no opinion: they are in the bounds already. */
export function ask(policies: readonly Policy[], facts: Facts): Opinions {
  const opinions: Opinion[] = [];
  let recommendations = facts.state.recommendations;
  for (const [index, policy] of policies.entries()) {
    if (policy.type === "hpa") {
      const [inKey, outKey] = [String(index), `${index}:out`];
      const result = hpa(policy, facts, { in: recommendations[inKey], out: recommendations[outKey] });
      opinions.push(result.opinion);
      recommendations = remember(remember(recommendations, inKey, result.inRuns), outKey, result.outRuns);
      continue;
    }
    const opinion = reactive(policy, facts);
    if (opinion) opinions.push(opinion);
  }
  return { opinions, recommendations };
}

function reactive(policy: Exclude<Policy, { type: "hpa" }>, facts: Facts): Opinion | undefined {
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
  }
}

function remember(recommendations: Recommendations, key: string, runs: Runs | undefined): Recommendations {
  if (runs === undefined || recommendations[key] === runs) return recommendations;
  return { ...recommendations, [key]: runs };
}
