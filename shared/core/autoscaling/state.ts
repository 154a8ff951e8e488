import { type Json, sameJson } from "../kernel/json.ts";
import { DAY_MS, type Millis } from "../kernel/time.ts";
import type { LagMemory } from "./lag/types.ts";
import { SKEW_MS } from "./signal.ts";
import type { AutoscalingState } from "./types.ts";

/** A controller that knows nothing yet. */
export const EMPTY: AutoscalingState = { v: 1, changes: [], recommendations: {}, alarms: {} };

/**
 * A state of another version of this code may lack what was added since, or what that one did not need. Of a service that was a job
 * of Flink before, what a person has said holds on; members of the same names mean other things there.
 */
export function whole(state: AutoscalingState): AutoscalingState {
  if ((state as { readonly kind?: unknown }).kind === "flink") {
    const { pause, override } = state;
    return { ...EMPTY, ...(pause ? { pause } : {}), ...(override ? { override } : {}) };
  }
  return state.changes && state.recommendations && state.alarms ? state : { ...EMPTY, ...state };
}

type Changes = { readonly [K in keyof AutoscalingState]?: AutoscalingState[K] | undefined };

/** The state with some members replaced (undefined removes); the same object where nothing differs. */
export function patch(state: AutoscalingState, changes: Changes): AutoscalingState {
  let next: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(changes) as (keyof AutoscalingState)[]) {
    const value = changes[key];
    if (value === state[key]) continue;
    next ??= { ...state };
    if (value === undefined) delete next[key];
    else next[key] = value;
  }
  return (next as AutoscalingState | undefined) ?? state;
}

/** What policies keep for their own use from look to look: none of it is a decision. */
const REMEMBERED: ReadonlySet<string> = new Set(["memory", "recommendations", "learned"]);

/** Whether nothing but what policies remember differs. */
export function onlyMemory(before: AutoscalingState, after: AutoscalingState): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names as Set<keyof AutoscalingState>) {
    const [was, is] = [before[name], after[name]];
    if (was === is || REMEMBERED.has(name)) continue;
    if (was === undefined || is === undefined || !sameJson(was as unknown as Json, is as unknown as Json)) return false;
  }
  return true;
}

/** Two clocks of ours, each within the allowed skew of true time, may be so far apart. */
export const APART_MS = 2 * SKEW_MS;

/**
 * A clock that went back: what was written with later times counts from now, so that a cooldown still holds for its
 * length and never for ever. Within the allowed skew nothing is touched.
 */
export function rebased(state: AutoscalingState, now: Millis): AutoscalingState {
  const limit = now + APART_MS;
  const back = (at: Millis | undefined): Millis | undefined => (at !== undefined && at > limit ? now : at);
  return patch(state, {
    lastOutAt: back(state.lastOutAt),
    lastInAt: back(state.lastInAt),
    ...(state.watch && state.watch.since > limit ? { watch: { ...state.watch, since: now } } : {}),
    ...(state.followed && state.followed.at > limit ? { followed: { ...state.followed, at: now } } : {}),
    ...(state.asked && state.asked.at > limit ? { asked: { ...state.asked, at: now } } : {}),
    ...(state.refused && state.refused.at > limit ? { refused: { ...state.refused, at: now } } : {}),
    ...(state.effect && state.effect.since > limit ? { effect: { ...state.effect, since: now } } : {}),
    ...(state.ineffective && state.ineffective.until > limit + DAY_MS
      ? { ineffective: { ...state.ineffective, until: now + DAY_MS } }
      : {}),
    ...(state.learned?.at !== undefined && state.learned.at > limit ? { learned: { ...state.learned, at: now } } : {}),
    ...(state.memory ? { memory: rebasedMemory(state.memory, limit, now) } : {}),
    ...(state.changes.some(([at]) => at > limit)
      ? { changes: state.changes.map(([at, delta]) => [Math.min(at, now), delta] as const) }
      : {}),
    ...(Object.values(state.recommendations).some((runs) => runs.some(([since]) => since > limit))
      ? {
          recommendations: Object.fromEntries(
            Object.entries(state.recommendations).map(([key, runs]) => [
              key,
              runs.map(([since, count]) => [Math.min(since, now), count] as const),
            ]),
          ),
        }
      : {}),
  });
}

type Memory = NonNullable<AutoscalingState["memory"]>;

/** The same for what policies remember; rates of a group begin anew, since a time that was moved would make them wrong. */
function rebasedMemory(memory: Memory, limit: Millis, now: Millis): Memory {
  const late = (at: Millis | undefined): boolean => at !== undefined && at > limit;
  let changed = false;
  const next = Object.entries(memory).map(([key, one]) => {
    const { wanted, at, activeAt, learnedAt, unsettledAt, topics } = one as Partial<LagMemory>;
    const runs = wanted?.some(([since]) => since > limit);
    if (!runs && ![at, activeAt, learnedAt, unsettledAt].some(late)) return [key, one] as const;
    changed = true;
    const { at: _at, topics: _topics, ...rates } = one as Partial<LagMemory>;
    const moved = {
      ...(late(at) && topics ? rates : one),
      ...(late(at) && !topics ? { at: now } : {}),
      ...(late(activeAt) ? { activeAt: now } : {}),
      ...(late(learnedAt) ? { learnedAt: now } : {}),
      ...(late(unsettledAt) ? { unsettledAt: now } : {}),
      ...(runs ? { wanted: wanted?.map(([since, count]) => [Math.min(since, now), count] as const) } : {}),
    };
    return [key, moved as Memory[string]] as const;
  });
  return changed ? Object.fromEntries(next) : memory;
}
