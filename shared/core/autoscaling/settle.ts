import type { ActionResult } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import { isInstant, SKEW_MS } from "./signal.ts";
import { patch } from "./state.ts";
import type { AutoscalingState } from "./types.ts";

/** Rate rules of an HPA look back at most so far (`period` is at most 30 min), and no further than so many changes. */
const MOST_CHANGES = 200;

/**
 * Folds what became of the scale action into the state. Cooldowns count from here: from completion, not from the
 * decision. An action that was not done leaves no cooldown, and makes the next one of its direction wait.
 */
export function settle(
  config: AutoscalingConfig,
  state: AutoscalingState,
  results: readonly ActionResult[],
  now: Millis,
): AutoscalingState {
  const { asked } = state;
  const result = asked && results.find(({ key }) => key === asked.key);
  if (!asked || !result || !isInstant(now)) return state;
  if (result.status !== "done") {
    const count = state.refused?.direction === asked.direction ? state.refused.count + 1 : 1;
    return patch(state, {
      asked: undefined,
      desired: asked.from,
      refused: { at: now, count, direction: asked.direction },
    });
  }
  const at = isInstant(result.at) && result.at <= now + SKEW_MS ? result.at : now;
  const { from, desired, direction } = asked;
  return patch(state, {
    asked: undefined,
    refused: undefined,
    desired,
    ...(direction === "out" ? { lastOutAt: at, lastOutFrom: from } : { lastInAt: at }),
    changes: changesAfter(config, state, at, desired - from),
    watch: { decisionAt: asked.at, from, desired, direction, since: at },
  });
}

/** Only an HPA counts changes, and only inside the longest period of its rules. */
function changesAfter(
  config: AutoscalingConfig,
  state: AutoscalingState,
  at: Millis,
  delta: number,
): AutoscalingState["changes"] {
  const longest = longestRulePeriod(config);
  if (longest === 0) return state.changes.length === 0 ? state.changes : [];
  return [...state.changes.filter(([then]) => at - then < longest), [at, delta] as const].slice(-MOST_CHANGES);
}

/** Without rules of its own an HPA has those of the defaults, 15 s. */
const DEFAULT_RULE_PERIOD_MS = 15_000;

function longestRulePeriod(config: AutoscalingConfig): number {
  let longest = 0;
  for (const policy of config.policies) {
    if (policy.type !== "hpa") continue;
    for (const rules of [policy.out.rules, policy.in.rules]) {
      for (const period of rules?.map((rule) => rule.period) ?? [DEFAULT_RULE_PERIOD_MS])
        longest = Math.max(longest, period);
    }
  }
  return longest;
}
