import type { Clause } from "../kernel/step.ts";
import { iso, type Millis } from "../kernel/time.ts";
import { isInstant } from "./signal.ts";
import { patch } from "./state.ts";
import type { AutoscalingInput, AutoscalingReason, AutoscalingState, AutoscalingStep } from "./types.ts";

type Command = Exclude<AutoscalingInput, { kind: "evaluate" }>;
type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** Longer names and reasons are cut: state stays small whatever a caller sends. */
const MAX_BY = 200;
const MAX_WHY = 1000;

/** What a person asks for. It changes state only; the next evaluation, due at once, acts on it. */
export function command(state: AutoscalingState, input: Command, now: Millis): AutoscalingStep {
  switch (input.kind) {
    case "pause":
      return pause(state, input, now);
    case "resume":
      return done(state, patch(state, { pause: undefined }), "resumed", input, "scaling goes on", now);
    case "override":
      return override(state, input, now);
    case "clear_override":
      return done(
        state,
        patch(state, { override: undefined }),
        "override_cleared",
        input,
        "policies decide again",
        now,
      );
  }
}

function pause(state: AutoscalingState, input: Of<"pause">, now: Millis): AutoscalingStep {
  if (input.until !== undefined && !(input.until > now && isInstant(input.until)))
    return refuse(state, "a pause must end in the future");
  const { direction, until } = input;
  const before = state.pause;
  const same =
    before &&
    before.direction === direction &&
    before.until === until &&
    before.by === cut(input.by, MAX_BY) &&
    before.why === cut(input.why, MAX_WHY);
  const text = `scaling ${direction === "all" ? "" : `${direction} `}is paused${until === undefined ? " until it is resumed" : ` until ${iso(until)}`}`;
  const next = same ? before : { ...author(input), at: now, ...(until === undefined ? {} : { until }), direction };
  return done(state, patch(state, { pause: next }), "paused", input, text, now);
}

function override(state: AutoscalingState, input: Of<"override">, now: Millis): AutoscalingStep {
  const { desired, until } = input;
  if (!Number.isInteger(desired) || desired < 0)
    return refuse(state, `the count ${desired} is no whole number from 0 on`);
  if (!isInstant(until) || until <= now) return refuse(state, "an override must end in the future");
  const before = state.override;
  const same =
    before &&
    before.desired === desired &&
    before.until === until &&
    before.by === cut(input.by, MAX_BY) &&
    before.why === cut(input.why, MAX_WHY);
  const next = same ? before : { ...author(input), at: now, until, desired };
  return done(
    state,
    patch(state, { override: next }),
    "override_set",
    input,
    `the count is held at ${desired} until ${iso(until)}`,
    now,
  );
}

function author(input: Command): { readonly by: string; readonly why: string } {
  return { by: cut(input.by, MAX_BY), why: cut(input.why, MAX_WHY) };
}

function cut(text: string, length: number): string {
  return String(text).slice(0, length);
}

/** A command that changes nothing (a repeat) leaves the state as it is. */
function done(
  before: AutoscalingState,
  next: AutoscalingState,
  reason: AutoscalingReason,
  input: Command,
  text: string,
  now: Millis,
): AutoscalingStep {
  const { by, why } = author(input);
  const clause: Clause = {
    kind: "changed",
    rule: input.kind.replace("_", "-"),
    text: `${by} says "${why}": ${text}`,
    values: { by, why },
  };
  const state = next === before ? before : patch(next, { last: { reason, at: now }, recheckAt: now });
  return { state, actions: [], reason, trace: [clause] };
}

function refuse(state: AutoscalingState, text: string): AutoscalingStep {
  const clause: Clause = { kind: "vetoed", rule: "input", text, values: {} };
  return { state, actions: [], reason: "held_no_data", trace: [clause] };
}
