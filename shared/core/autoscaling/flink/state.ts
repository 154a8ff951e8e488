import { type Json, sameJson } from "../../kernel/json.ts";
import type { FlinkScalingState } from "./types.ts";

/** A controller that knows nothing yet. */
export const EMPTY: FlinkScalingState = { v: 1, kind: "flink" };

/** What a person has said holds on where a service becomes a job; all else that was remembered of its instances is of no use. */
export function whole(state: FlinkScalingState): FlinkScalingState {
  if (state.kind === "flink") return state;
  const { pause, override } = state;
  return { ...EMPTY, ...(pause ? { pause } : {}), ...(override ? { override } : {}) };
}

type Changes = { readonly [K in keyof FlinkScalingState]?: FlinkScalingState[K] | undefined };

/** The state with some members replaced (undefined removes); the same object where nothing differs. */
export function patch(state: FlinkScalingState, changes: Changes): FlinkScalingState {
  let next: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(changes) as (keyof FlinkScalingState)[]) {
    const value = changes[key];
    // A window is large, and its own function hands back the same object where nothing changed.
    if (key === "window" ? value === state.window : same(value, state[key])) continue;
    next ??= { ...state };
    if (value === undefined) delete next[key];
    else next[key] = value;
  }
  return (next as FlinkScalingState | undefined) ?? state;
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && sameJson(a as Json, b as Json);
}
