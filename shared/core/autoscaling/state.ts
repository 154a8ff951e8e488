import { type Json, sameJson } from "../kernel/json.ts";
import { DAY_MS, type Millis } from "../kernel/time.ts";
import type { PredictiveMemory } from "./forecast/types.ts";
import type { LagMemory } from "./lag/types.ts";
import { SKEW_MS } from "./signal.ts";
import type { AutoscalingState } from "./types.ts";
import type { Runs } from "./windows.ts";

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
const REMEMBERED: ReadonlySet<string> = new Set([
  "memory",
  "recommendations",
  "learned",
  "external",
  "deployment",
  "full",
]);

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

/** Whether the count is being changed: readings of now are of no count that can be told. */
export function changing({ watch, external }: Pick<AutoscalingState, "watch" | "external">): boolean {
  return watch !== undefined || external?.open === true;
}

/** From when on readings are of the count of now, as far as is known. */
export function changedAt({ followed, external, lastOutAt, lastInAt }: AutoscalingState): Millis {
  return Math.max(...[followed?.at, external?.at, lastOutAt, lastInAt].map((at) => at ?? -Infinity));
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
    ...(state.external && state.external.at > limit ? { external: { ...state.external, at: now } } : {}),
    ...(state.deployment && state.deployment.at > limit ? { deployment: { ...state.deployment, at: now } } : {}),
    ...(state.asked && state.asked.at > limit ? { asked: { ...state.asked, at: now } } : {}),
    ...(state.refused && state.refused.at > limit ? { refused: { ...state.refused, at: now } } : {}),
    ...(state.effect && state.effect.since > limit ? { effect: { ...state.effect, since: now } } : {}),
    ...(state.ineffective && state.ineffective.until > limit + DAY_MS
      ? { ineffective: { ...state.ineffective, until: now + DAY_MS } }
      : {}),
    ...(state.learned?.at !== undefined && state.learned.at > limit ? { learned: { ...state.learned, at: now } } : {}),
    ...(state.memory ? { memory: rebasedMemory(state.memory, limit, now) } : {}),
    ...(state.changes.some(([at]) => at > limit) ? { changes: notAfter(state.changes, now) } : {}),
    ...(Object.values(state.recommendations).some((runs) => runs.some(([since]) => since > limit))
      ? {
          recommendations: Object.fromEntries(
            Object.entries(state.recommendations).map(([key, runs]) => [key, notAfter(runs, now)]),
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
    const { wanted, at, topics, demand, ...rest } = one as Partial<LagMemory & PredictiveMemory>;
    const runs = wanted?.some(([since]) => since > limit);
    const standIn = demand?.wanted.some(([since]) => since > limit) ? demand : undefined;
    const instants = INSTANTS.filter((name) => late(rest[name]));
    if (!runs && !standIn && !late(at) && instants.length === 0) return [key, one] as const;
    changed = true;
    const { at: _at, topics: _topics, ...rates } = one as Partial<LagMemory>;
    const moved = {
      ...(late(at) && topics ? rates : one),
      ...(late(at) && !topics ? { at: now } : {}),
      ...Object.fromEntries(instants.map((name) => [name, now])),
      ...(runs ? { wanted: notAfter(wanted ?? [], now) } : {}),
      ...(standIn ? { demand: { ...standIn, wanted: notAfter(standIn.wanted, now) } } : {}),
    };
    return [key, moved as Memory[string]] as const;
  });
  return changed ? Object.fromEntries(next) : memory;
}

/** Of what a group's policy remembers. Since when partitions stand still is put right where it is read. */
const INSTANTS = ["activeAt", "learnedAt", "unsettledAt", "missingAt"] as const;

const notAfter = (runs: Runs, now: Millis): Runs =>
  runs.map(([since, count]) => [Math.min(since, now), count] as const);
