import type { Millis } from "../kernel/time.ts";
import { SKEW_MS } from "./signal.ts";
import type { AutoscalingState } from "./types.ts";

/** A controller that knows nothing yet. */
export const EMPTY: AutoscalingState = { v: 1, changes: [], recommendations: {}, alarms: {} };

/** A state of another version of this code may lack what was added since, or what that one did not need. */
export function whole(state: AutoscalingState): AutoscalingState {
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
