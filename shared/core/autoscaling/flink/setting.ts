import type { Clause } from "../../kernel/step.ts";
import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { patch } from "./state.ts";
import type { FlinkScalingConfig, FlinkScalingReason, FlinkScalingState, FlinkScalingStep } from "./types.ts";
import { clause } from "./words.ts";

/** What one look is about; the trace grows as it goes. */
export interface Setting {
  readonly config: FlinkScalingConfig;
  readonly before: FlinkScalingState;
  readonly service: string;
  readonly now: Millis;
  readonly trace: Clause[];
}

/** Ends a look that could not judge at all. */
export function hold(
  setting: Setting,
  state: FlinkScalingState,
  reason: FlinkScalingReason,
  text: string,
): FlinkScalingStep {
  setting.trace.push(clause("held", reason === "held_no_job" ? "job" : "metrics", text));
  return { ...told(setting, state, reason), actions: [], trace: setting.trace };
}

/** What is already the last reason changes nothing. News of another hand is told in its place; the state keeps the reason underneath. */
export function told(
  { before, now }: Setting,
  state: FlinkScalingState,
  reason: FlinkScalingReason,
  news: { readonly external?: boolean; readonly to?: string } = {},
): { readonly state: FlinkScalingState; readonly reason: FlinkScalingReason } {
  const { external = false, to } = news;
  const same = before.last?.reason === reason && before.last.to === to;
  const last = same ? before.last : { reason, at: now, ...(to === undefined ? {} : { to }) };
  return { state: patch(state, { last }), reason: external ? "external_change" : reason };
}

/** A pause or an override that has run out is gone; what a person has just changed is looked at now. */
export function expired(state: FlinkScalingState, { now, trace }: Setting): FlinkScalingState {
  const { pause, override } = state;
  const pauseOver = pause?.until !== undefined && pause.until <= now;
  const overrideOver = override !== undefined && override.until <= now;
  if (pauseOver) trace.push(clause("changed", "pause", `the pause by ${pause.by} has ended`));
  if (overrideOver) trace.push(clause("changed", "override", `the override by ${override.by} has ended`));
  return patch(state, {
    recheckAt: undefined,
    ...(pauseOver ? { pause: undefined } : {}),
    ...(overrideOver ? { override: undefined } : {}),
  });
}

const APART_MS = 2 * MINUTE_MS;

/** A clock that went back: what was written with later times counts from now, so that nothing waits for ever. */
export function rebased(state: FlinkScalingState, now: Millis): FlinkScalingState {
  const limit = now + APART_MS;
  const late = (at: Millis | undefined): at is Millis => at !== undefined && at > limit;
  const { rescale, effect, lastOutAt, lastInAt, known } = state;
  return patch(state, {
    ...(late(lastOutAt) ? { lastOutAt: now } : {}),
    ...(late(lastInAt) ? { lastInAt: now } : {}),
    ...(known && late(known.since) ? { known: { ...known, since: now } } : {}),
    ...(effect && late(effect.since) ? { effect: { ...effect, since: now } } : {}),
    ...(rescale && late(rescale.since) ? { rescale: { ...rescale, since: now } } : {}),
  });
}
