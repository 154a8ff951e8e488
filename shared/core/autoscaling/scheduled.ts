import { type Cron, nextFire, parseCron, previousFire } from "../kernel/cron.ts";
import type { Millis } from "../kernel/time.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";

type Scheduled = Extract<Policy, { type: "scheduled" }>;

/** What the schedules say now, until `nextAt`. */
export interface InForce {
  readonly min: number;
  readonly max: number;
  readonly text: string;
  readonly since: Millis;
  /** The next fire of any action; undefined where none ever fires again. */
  readonly nextAt: Millis | undefined;
}

/** Cron arithmetic is dear beside a step: the answer of one configuration is kept for as long as it holds. */
const kept = new WeakMap<AutoscalingConfig, InForce>();

/**
 * Bounds by the clock: of all actions, the last one that fired before now and names a bound has that bound in force (an
 * action that names only one leaves the other alone, as scheduled actions of Application Auto Scaling do). Where the two
 * contradict each other, the younger one wins. Before any has fired the configured bounds hold.
 */
export function scheduled(config: AutoscalingConfig, now: Millis): InForce | undefined {
  const before = kept.get(config);
  if (before && now >= before.since && (before.nextAt === undefined || now < before.nextAt)) return before;
  const force = compute(config, now);
  if (force) kept.set(config, force);
  return force;
}

interface Fire {
  readonly at: Millis;
  readonly cron: string;
  readonly timezone: string;
}

function compute(config: AutoscalingConfig, now: Millis): InForce | undefined {
  let min: (Fire & { readonly value: number }) | undefined;
  let max: (Fire & { readonly value: number }) | undefined;
  let nextAt: Millis | undefined;
  let since = -Infinity;
  let any = false;
  for (const policy of config.policies) {
    if (policy.type !== "scheduled") continue;
    any = true;
    for (const { action, cron } of crons(policy)) {
      const next = nextFire(cron, policy.timezone, now);
      if (next !== undefined && (nextAt === undefined || next < nextAt)) nextAt = next;
      const at = previousFire(cron, policy.timezone, now);
      if (at === undefined) continue;
      since = Math.max(since, at);
      const fire = { at, cron: action.cron, timezone: policy.timezone };
      if (action.min !== undefined && (!min || at >= min.at)) min = { ...fire, value: action.min };
      if (action.max !== undefined && (!max || at >= max.at)) max = { ...fire, value: action.max };
    }
  }
  if (!any) return undefined;
  return { ...resolve(config, min, max), since, nextAt };
}

function resolve(
  config: AutoscalingConfig,
  min: (Fire & { readonly value: number }) | undefined,
  max: (Fire & { readonly value: number }) | undefined,
): { readonly min: number; readonly max: number; readonly text: string } {
  const low = min?.value ?? config.min;
  const high = max?.value ?? config.max;
  const youngest = (min?.at ?? -Infinity) >= (max?.at ?? -Infinity) ? min : max;
  const by = youngest ? `set by ${youngest.cron} (${youngest.timezone})` : "as configured, no schedule has fired yet";
  if (low <= high) return { min: low, max: high, text: `min ${low} and max ${high}, ${by}` };
  const both = youngest === min ? low : high;
  return { min: both, max: both, text: `min and max ${both}, ${by}, which contradicts the other bound` };
}

function crons(policy: Scheduled): readonly { readonly action: Scheduled["actions"][number]; readonly cron: Cron }[] {
  return policy.actions.flatMap((action) => {
    const parsed = parseCron(action.cron);
    return parsed.ok ? [{ action, cron: parsed.cron }] : [];
  });
}
