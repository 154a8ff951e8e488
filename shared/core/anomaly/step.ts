import { iso, type Millis } from "../kernel/time.ts";
import type { AnomalyConfig } from "./config.ts";
import { close, type Deciding } from "./deciding.ts";
import { feedback } from "./feedback.ts";
import { happen, surroundings } from "./happen.ts";
import { play } from "./play.ts";
import { put, whole } from "./state.ts";
import type { AnomalyInput, AnomalyReason, AnomalyState, AnomalyStep, OpenAnomaly } from "./types.ts";
import { measured, scoreText } from "./words.ts";

type Score = Extract<AnomalyInput, { kind: "score" }>;

/** From the least to the most telling: a decision about several signals is named after the most telling one. */
const TELLING: readonly AnomalyReason[] = [
  "normal",
  "held_no_data",
  "held_unreadable",
  "learned",
  "ended",
  "settled",
  "passed",
  "grew",
  "would_alert",
  "opened",
];

/**
 * Scores the batch again from its checkpoint and decides what opens, grows and ends; or takes a person's judgement. Everything it
 * needs is in its arguments, so a record replays to the bit.
 */
export function step(config: AnomalyConfig, before: AnomalyState, input: AnomalyInput, now: Millis): AnomalyStep {
  const deciding: Deciding = { now, config, service: input.service, state: whole(before), actions: [], trace: [] };
  const reason = input.kind === "feedback" ? feedback(deciding, input, now) : score(deciding, input);
  const { state, actions, trace } = deciding;
  if (config.mode === "observe" && reason === "would_alert")
    trace.push({
      kind: "vetoed",
      rule: "mode",
      text: "mode is observe, so no alert is sent",
      values: { mode: "observe" },
    });
  return { state, actions, reason, trace };
}

function score(deciding: Deciding, input: Score): AnomalyReason {
  const { config, trace } = deciding;
  const reasons = [
    ...Object.keys(deciding.state.open)
      .filter((signal) => !Object.hasOwn(config.signals, signal))
      .map((signal) => remove(deciding, signal)),
    ...Object.keys(input.signals)
      .sort()
      .map((signal) => one(deciding, input, signal)),
  ];
  if (trace.length === 0)
    trace.push({ kind: "held", rule: "no-data", text: "nothing was read, so nothing is decided", values: {} });
  const told = reasons.reduce((a, b) => (TELLING.indexOf(b) > TELLING.indexOf(a) ? b : a), "normal" as AnomalyReason);
  return reasons.length === 0 ? "held_no_data" : told;
}

/** The signal left the configuration: nobody would ever see it return to normal. */
function remove(deciding: Deciding, signal: string): AnomalyReason {
  const open = deciding.state.open[signal] as OpenAnomaly;
  close(deciding, signal, open, open.lastAt, "removed", `${signal} left the configuration`);
  return "ended";
}

function one(deciding: Deciding, input: Score, signal: string): AnomalyReason {
  const { config, trace } = deciding;
  const watched = Object.hasOwn(config.signals, signal) ? config.signals[signal] : undefined;
  const batch = input.signals[signal];
  if (!watched || !batch) {
    trace.push({ kind: "held", rule: "configuration", text: `${signal} is not configured`, values: { signal } });
    return "held_no_data";
  }
  const newest = batch.points.at(-1);
  if (!newest) {
    trace.push({
      kind: "held",
      rule: "no-data",
      text: `${signal}: no point was read; it stays as it is`,
      values: { signal },
    });
    return "held_no_data";
  }
  const played = play(deciding.state, config, signal, watched, batch);
  if (!played) {
    trace.push({
      kind: "held",
      rule: "checkpoint",
      text: `${signal}: its detector's state cannot be read`,
      values: { signal },
    });
    return "held_unreadable";
  }
  const count = batch.points.length;
  trace.push({
    kind: "input",
    rule: "points",
    text: `${signal}: ${count === 1 ? "1 point" : `${count} points`} up to ${iso(newest[0])}, newest ${measured(newest[1], watched.unit)}`,
    values: { signal, points: count, at: newest[0], value: newest[1] },
  });
  const reasons: AnomalyReason[] = [];
  if (played.learnedAt !== undefined) {
    deciding.state = { ...deciding.state, learned: put(deciding.state.learned, signal, played.learnedAt) };
    trace.push({
      kind: "computed",
      rule: "learned",
      text: `${signal}: enough was seen, from now on it is judged`,
      values: { signal },
    });
    reasons.push("learned");
  }
  let told: { readonly since: Millis; readonly facts: readonly string[] } | undefined;
  const withFacts = (open: OpenAnomaly): OpenAnomaly =>
    told && told.facts.length > 0 && told.since === open.since ? { ...open, facts: told.facts } : open;
  for (const event of played.events) {
    if (event.happened === "opened") told = { since: event.at, facts: surroundings(deciding, input, signal, event.at) };
    reasons.push(happen(deciding, signal, { ...event, open: withFacts(event.open) }));
  }
  const { state } = deciding;
  const open = put(state.open, signal, played.open && withFacts(played.open));
  deciding.state = { ...state, open, seen: put(state.seen, signal, played.seen) };
  if (sameMaps(state, deciding.state)) deciding.state = state;
  if (reasons.length === 0) {
    trace.push({
      kind: "computed",
      rule: "score",
      text: `${signal}: nothing new, highest score ${scoreText(played.peak)}`,
      values: { signal, score: played.peak },
    });
    return "normal";
  }
  // What is over by the end of the batch was never news.
  if (reasons.includes("passed") && !played.open) return "passed";
  return reasons.reduce((a, b) => (TELLING.indexOf(b) > TELLING.indexOf(a) ? b : a));
}

const sameMaps = (a: AnomalyState, b: AnomalyState): boolean => a.open === b.open && a.seen === b.seen;
