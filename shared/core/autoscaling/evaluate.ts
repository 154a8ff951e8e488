import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import { boundsOf } from "./bounds.ts";
import type { AutoscalingConfig } from "./config.ts";
import { judged, overtaken } from "./effect.ts";
import { factsOf, inputClauses, unusable } from "./facts.ts";
import { conclude, hold, type Setting } from "./finish.ts";
import { fullOf } from "./full.ts";
import { isOld } from "./guards.ts";
import { learn } from "./learned.ts";
import { forget, note } from "./open-alarms.ts";
import { othersOf } from "./others.ts";
import { plan } from "./plan.ts";
import { pressuresOf } from "./pressures.ts";
import { doneAfterAll } from "./settle.ts";
import { patch, rebased, whole } from "./state.ts";
import type { Actual, AutoscalingInput, AutoscalingState, AutoscalingStep } from "./types.ts";
import { WATCH_MS, watched } from "./watch.ts";

type Input = Extract<AutoscalingInput, { kind: "evaluate" }>;

/** A fleet may answer with the old count for a moment after it accepted the new one. */
const SETTLING_MS = 30_000;

/** Looks at one service and decides. See {@link step} for the order. */
export function evaluate(
  config: AutoscalingConfig,
  before: AutoscalingState,
  input: Input,
  now: Millis,
): AutoscalingStep {
  const service = input.service ?? "";
  const trace: Clause[] = [];
  const full = whole(before);
  const noted = note(expired(rebased(full, now), now, trace), input.alarm, now);
  trace.push(...noted.clauses);
  const alarmed = noted.state.alarms !== full.alarms;
  const setting: Setting = { config, before, service, now, trace, alarmed };
  const why = unusable(config, input.actual, now);
  if (why !== undefined || !input.actual) {
    // What was open before the fleet fell silent is still open.
    const soon = Object.keys(noted.state.alarms).length > 0 || before.recheckAt !== undefined;
    return hold(setting, noted.state, "held_no_fleet", "fleet", why ?? "the fleet did not answer", soon);
  }
  const actual = input.actual;
  trace.push(fleetClause(actual));
  const waiting = unsettled(noted.state, actual, now);
  if (waiting !== undefined) return hold(setting, noted.state, "held_pending", "pending", waiting, true);
  const known = doneAfterAll(config, noted.state, actual.desired, now);
  if (known) trace.push(lateClause(noted.state, actual));
  const own = known ?? noted.state;
  const external = changedByOthers(own, actual, trace);
  const based = patch(own, { asked: undefined, desired: actual.desired, ...othersOf(config, own, actual, now) });
  const seen = watched(config, based, service, actual, now);
  const bounds = boundsOf(config, now);
  const read = factsOf(config, seen.state, actual, input.readings ?? {}, bounds, now);
  trace.push(...inputClauses(read), ...bounds.clauses);
  const open = forget(seen.state, config, service, read);
  trace.push(...open.clauses);
  const learned = { ...read, state: patch(open.state, { learned: learn(read) }) };
  const lessons = { ...learned, state: patch(learned.state, { full: fullOf(learned) }) };
  const judgement = judged(lessons, input, service);
  const facts = { ...lessons, state: judgement.state };
  const decided = plan(facts, actual, bounds, trace, input);
  const acts = decided.direction !== undefined && config.mode === "act";
  const ended = acts ? overtaken(facts, judgement.state, input, service) : { state: judgement.state, actions: [] };
  const state = patch(ended.state, {
    recommendations: decided.recommendations,
    ...(decided.memory ? { memory: decided.memory } : {}),
  });
  const outcomes = [...seen.actions, ...judgement.actions, ...ended.actions];
  const measured = acts && !isOld(config) ? { before: pressuresOf(facts, input) } : {};
  return conclude(setting, { state, actual, bounds, decided, external, outcomes, ...measured });
}

/** A pause or an override that has run out is gone, also if nobody woke us at its end. */
function expired(state: AutoscalingState, now: Millis, trace: Clause[]): AutoscalingState {
  const { pause, override } = state;
  const pauseOver = pause?.until !== undefined && pause.until <= now;
  const overrideOver = override !== undefined && override.until <= now;
  if (pauseOver) {
    const values = { until: pause.until ?? null };
    trace.push({ kind: "changed", rule: "pause", text: `the pause by ${pause.by} has ended`, values });
  }
  if (overrideOver) {
    const values = { until: override.until };
    trace.push({ kind: "changed", rule: "override", text: `the override by ${override.by} has ended`, values });
  }
  return patch(state, {
    ...(pauseOver ? { pause: undefined } : {}),
    ...(overrideOver ? { override: undefined } : {}),
  });
}

function fleetClause(actual: Actual): Clause {
  const { desired, running, ready, pending, deploying, at } = actual;
  const text = `${desired} desired, ${running} running, ${ready} ready${deploying ? ", a deployment is under way" : ""}`;
  return { kind: "input", rule: "fleet", text, values: { desired, running, ready, pending, deploying, at } };
}

/** Why the count that is observed may not be judged yet: our own last action is not settled, or not visible. */
function unsettled(state: AutoscalingState, actual: Actual, now: Millis): string | undefined {
  const { asked, watch } = state;
  if (asked && now - asked.at < WATCH_MS) return `the action from ${asked.from} to ${asked.desired} is not settled`;
  if (!watch || actual.desired !== watch.from || watch.from === watch.desired) return undefined;
  const fresh = actual.at < watch.since || now - watch.since < SETTLING_MS;
  return fresh ? `the fleet still says ${watch.from} just after it accepted ${watch.desired}` : undefined;
}

function lateClause({ desired }: AutoscalingState, actual: Actual): Clause {
  const text = `the action from ${desired} to ${actual.desired} that counted as failed was done after all`;
  return { kind: "changed", rule: "late", text, values: { from: desired, to: actual.desired } };
}

/** Somebody else (a deployment, a person, another autoscaler) changed the count we had asked for: noticed and re-based. */
function changedByOthers(state: AutoscalingState, actual: Actual, trace: Clause[]): boolean {
  const ours = state.desired;
  if (ours === undefined || ours === actual.desired) return false;
  const text = `another hand changed desired from ${ours} to ${actual.desired}`;
  trace.push({ kind: "changed", rule: "external-change", text, values: { from: ours, to: actual.desired } });
  return true;
}
