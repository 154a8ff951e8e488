import { DAY_MS, type DurationMs, formatDuration, MINUTE_MS } from "../kernel/time.ts";
import { isOld } from "./guards.ts";
import { unitOf } from "./needs.ts";
import type { Facts } from "./opinion.ts";
import type { Beside } from "./policies.ts";
import { kindOf, type Pressures, pressuresOf, READY } from "./pressures.ts";
import { digits, say } from "./signal.ts";
import { patch } from "./state.ts";
import type { AutoscalingAction, AutoscalingState, Effect, Ineffective } from "./types.ts";
import { harmOf, type Judgement, judgementOf } from "./verdict.ts";

/** Measurements from after an action may come so much later than the instant at which it is looked at. */
const GRACE_MS = 5 * MINUTE_MS;
/** What did not help is not tried again for three times as long as it was given to help, at least half an hour, doubled each time. */
const WAIT_FACTOR = 3;
const LEAST_WAIT_MS = 30 * MINUTE_MS;
/** Relative change of what was measured after which a change that did not help may be tried again. */
const CLEARLY = 0.2;
const MOST_DOUBLINGS = 10;

export interface Judged {
  readonly state: AutoscalingState;
  readonly actions: readonly AutoscalingAction[];
}

/**
 * Looks what became of the newest action, when it is time or as soon as it does harm: its record gets a line, and what did not help is to
 * be taken back once. Also lets go of what is no longer true of an earlier one.
 */
export function judged(facts: Facts, beside: Beside, service: string): Judged {
  const { config, now } = facts;
  if (isOld(config)) return { state: facts.state, actions: [] };
  const state = patch(facts.state, { ineffective: stillIneffective(facts, beside) });
  const { effect } = state;
  if (!effect || now < effect.since) return { state, actions: [] };
  const took = now - effect.since;
  if (facts.desired !== effect.desired) {
    const text = `another count, ${facts.desired}, was asked for after ${formatDuration(took)}`;
    return { state: patch(state, { effect: undefined }), actions: [line(service, effect, text, took, {})] };
  }
  const due = took >= config.outcome.after;
  const after = due || effect.direction === "in" ? pressuresOf(facts, beside, effect.since) : {};
  const harm = takesBack(effect) && effect.direction === "in" ? harmOf(facts, effect, after) : undefined;
  if (harm) return concluded(facts, state, effect, after, { verdict: "worse", why: harm }, service);
  if (!due) return { state, actions: [] };
  if (awaits(facts, effect, after) && took < config.outcome.after + GRACE_MS) return { state, actions: [] };
  return concluded(facts, state, effect, after, judgementOf(facts, effect, after), service);
}

/** An action whose time was not over when the next one was decided: the line says what was to be seen until then. */
export function overtaken(facts: Facts, state: AutoscalingState, beside: Beside, service: string): Judged {
  const { effect } = state;
  if (!effect) return { state, actions: [] };
  const took = Math.max(0, facts.now - effect.since);
  const after = pressuresOf(facts, beside, effect.since);
  const text = `the next action came after ${formatDuration(took)}${listed(": ", effect, after)}`;
  return { state: patch(state, { effect: undefined }), actions: [line(service, effect, text, took, after)] };
}

const takesBack = ({ rule, reverts }: Effect): boolean => rule !== undefined && !reverts;

/** The world may not have followed yet, or nothing was measured since. */
function awaits({ state, ready, desired }: Facts, { before }: Effect, after: Pressures): boolean {
  if (state.watch) return true;
  return ready < desired || (Object.keys(before).length > 0 && Object.keys(after).length === 0);
}

function concluded(
  facts: Facts,
  state: AutoscalingState,
  effect: Effect,
  after: Pressures,
  { verdict, why }: Judgement,
  service: string,
): Judged {
  const { now, config } = facts;
  const took = now - effect.since;
  const bad = verdict === "worse" || verdict === "useless";
  const told =
    verdict === "unknown" && effect.direction === "in" ? "whether it did harm cannot be told" : SAID[verdict];
  const said = !takesBack(effect) ? "" : `: ${told}${why === "" ? "" : `, ${why}`}`;
  const text = `${formatDuration(took)} later${listed(": ", effect, after)}${said}`;
  const actions = [line(service, effect, text, took, after)];
  const ended = patch(state, { effect: undefined });
  if (!takesBack(effect) || !config.outcome.revert) return { state: ended, actions };
  const before = state.ineffective;
  const again = before?.direction === effect.direction;
  if (!bad) return { state: verdict === "helped" && again ? patch(ended, { ineffective: undefined }) : ended, actions };
  const times = again ? before.times + 1 : 1;
  const ineffective: Ineffective = {
    direction: effect.direction,
    from: effect.from,
    to: effect.desired,
    until: now + waitMs(config.outcome.after, times),
    back: effect.from,
    times,
    why: `going from ${effect.from} to ${effect.desired} ${verdict === "worse" ? "did harm" : "did not help"}${listed(" (", effect, after, ")")}`,
    seen: after,
  };
  return { state: patch(ended, { ineffective }), actions };
}

const SAID: Readonly<Record<Judgement["verdict"], string>> = {
  helped: "it helped",
  fine: "nothing got worse",
  useless: "it did not help",
  worse: "it did harm",
  unknown: "whether it helped cannot be told",
};

function waitMs(after: DurationMs, times: number): DurationMs {
  const once = Math.max(LEAST_WAIT_MS, WAIT_FACTOR * after);
  return Math.min(DAY_MS, once * 2 ** Math.min(MOST_DOUBLINGS, times - 1));
}

/** What is known of a change that did not help; undefined where it has been forgotten. */
function stillIneffective(facts: Facts, beside: Beside): Ineffective | undefined {
  const { state, now, desired } = facts;
  const { ineffective } = state;
  if (!ineffective) return undefined;
  if (now >= ineffective.until + DAY_MS) return undefined;
  // Kept: should it not help again either, it waits longer.
  if (now < ineffective.until && changedClearly(facts, ineffective, beside)) return { ...ineffective, until: now };
  // Somebody else, or another rule, has changed the count: there is nothing to take back any more.
  if (ineffective.back !== undefined && (desired !== ineffective.to || now >= ineffective.until)) {
    const { back: _, ...rest } = ineffective;
    return rest;
  }
  return ineffective;
}

/** More comes, waits or is used than when it did not help; or less than when taking away did harm. */
function changedClearly(facts: Facts, { direction, seen, back }: Ineffective, beside: Beside): boolean {
  // Taking an action back outward is safe whatever came since. Inward it is not: it may have waited for a deployment while the load grew.
  if (back !== undefined && direction === "in") return false;
  const now = pressuresOf(facts, beside);
  return Object.entries(seen).some(([metric, then]) => {
    const value = now[metric];
    const kind = kindOf(facts.config, metric);
    if (value === undefined || metric === READY || kind === "use" || kind === "done") return false;
    return direction === "out" ? value > then * (1 + CLEARLY) : value < then * (1 - CLEARLY);
  });
}

/** ": cpu 91 → 64 %, requests 80 → 82/s", or nothing where nothing is known of both times. */
function listed(open: string, { before }: Effect, after: Pressures, close = ""): string {
  const parts = Object.entries(before).flatMap(([metric, then]) => {
    const value = after[metric];
    return value === undefined || metric === READY ? [] : [`${metric} ${digits(then)} → ${say(value, unitOf(metric))}`];
  });
  return parts.length === 0 ? "" : `${open}${parts.join(", ")}${close}`;
}

function line(
  service: string,
  effect: Effect,
  text: string,
  tookMs: DurationMs,
  after: Pressures,
): AutoscalingAction & { type: "record_outcome" } {
  const { decisionAt, before } = effect;
  const values: { [name: string]: number } = { tookMs };
  for (const [metric, value] of Object.entries(before)) values[`${metric}_before`] = value;
  for (const [metric, value] of Object.entries(after)) values[`${metric}_after`] = value;
  return { type: "record_outcome", key: `effect:${service}:${decisionAt}`, decisionAt, text, values };
}
