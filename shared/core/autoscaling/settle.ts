import type { ActionResult } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import { isOld } from "./guards.ts";
import { isInstant } from "./signal.ts";
import { APART_MS, patch, whole } from "./state.ts";
import type { AutoscalingState, Effect } from "./types.ts";
import { WATCH_MS } from "./watch.ts";

/** Rate rules of an HPA look back at most so far (`period` is at most 30 min), and no further than so many changes. */
const MOST_CHANGES = 200;

/**
 * Folds what became of the scale action into the state. Cooldowns count from here: from completion, not from the
 * decision. An action that was not done leaves no cooldown, and makes the next one of its direction wait.
 */
export function settle(
  config: AutoscalingConfig,
  before: AutoscalingState,
  results: readonly ActionResult[],
  now: Millis,
): AutoscalingState {
  const state = whole(before);
  const { asked } = state;
  const result = asked && results.find(({ key }) => key === asked.key);
  if (!asked || !result || !isInstant(now)) return state;
  const at = isInstant(result.at) && result.at <= now + APART_MS ? result.at : now;
  const { from, desired, direction } = asked;
  // Nobody refused anything: it was overtaken by a new configuration or by time, and may be asked again at once.
  if (result.status === "skipped") return patch(state, { asked: undefined, desired: from });
  const ineffective = asked.reverts ? once(state.ineffective) : state.ineffective;
  if (result.status !== "done") {
    const count = state.refused?.direction === direction ? state.refused.count + 1 : 1;
    const unknown = { decisionAt: asked.at, at, from, desired };
    const refused = { at: now, count, direction, ...(result.status === "failed" ? { unknown } : {}) };
    return patch(state, { asked: undefined, desired: from, refused, ineffective });
  }
  const out = { lastOutAt: at, lastOutFrom: from, cooldownFrom: cooldownFrom(config, state, asked) };
  return patch(state, {
    asked: undefined,
    refused: undefined,
    desired,
    ...(direction === "out" ? out : { lastInAt: at }),
    changes: changesAfter(config, state, at, desired - from),
    watch: { decisionAt: asked.at, from, desired, direction, since: at },
    ineffective,
    ...(isOld(config) ? {} : { effect: effectOf(asked, at) }),
  });
}

/** Taken back, or tried to: not a second time. */
function once(ineffective: AutoscalingState["ineffective"]): AutoscalingState["ineffective"] {
  if (ineffective?.back === undefined) return ineffective;
  const { back: _, ...rest } = ineffective;
  return rest;
}

function effectOf(asked: NonNullable<AutoscalingState["asked"]>, since: Millis): Effect {
  const { at, from, desired, direction, before = {}, rule, drivers, reverts } = asked;
  return {
    decisionAt: at,
    from,
    desired,
    direction,
    since,
    before,
    ...(rule === undefined ? {} : { rule }),
    ...(drivers ? { drivers } : {}),
    ...(reverts ? { reverts } : {}),
  };
}

/**
 * An action that counts as failed may have been done all the same: only its answers were lost. If the world is where it led
 * and nobody else's word is known, it was done, and its cooldown begins; else this is undefined.
 */
export function doneAfterAll(
  config: AutoscalingConfig,
  state: AutoscalingState,
  desired: number,
  now: Millis,
): AutoscalingState | undefined {
  const { refused } = state;
  const unknown = refused?.unknown;
  if (!refused || !unknown || now - refused.at >= WATCH_MS) return undefined;
  if (desired !== unknown.desired || state.desired !== unknown.from) return undefined;
  const asked = { key: "", at: unknown.decisionAt, from: unknown.from, desired, direction: refused.direction };
  const done = { key: "", status: "done", at: unknown.at, detail: "" } as const;
  return settle(config, { ...state, asked }, [done], now);
}

/**
 * Step scaling counts from before the scale-out that began the cooldown: a larger one inside of it does not make what was
 * added before be forgotten, or a breach that lasts would add to the count at every look.
 */
function cooldownFrom(
  config: AutoscalingConfig,
  { lastOutAt, lastOutFrom, cooldownFrom: before = lastOutFrom }: AutoscalingState,
  { at, from }: NonNullable<AutoscalingState["asked"]>,
): number | undefined {
  const lengths = config.policies.flatMap((policy) => (policy.type === "step" ? policy.cooldown : []));
  if (lengths.length === 0) return undefined;
  const cooling = lastOutAt !== undefined && at < lastOutAt + Math.max(...lengths);
  return cooling ? Math.min(before ?? from, from) : from;
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
