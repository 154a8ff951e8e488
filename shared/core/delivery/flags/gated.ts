import { formatDuration, type Millis, SECOND_MS } from "../../kernel/time.ts";
import { gateStart, gateTick } from "../gate/gate.ts";
import { GATE_DEFAULTS, type GateSettings } from "../gate/settings.ts";
import type { GateState } from "../gate/state.ts";
import type { GateStep } from "../gate/types.ts";
import {
  because,
  clause,
  type FlagConfig,
  type FlagInput,
  type FlagRollout,
  type FlagState,
  type FlagStep,
  held,
  serving,
} from "./state.ts";

type Steps = NonNullable<FlagConfig["rollout"]>;
type Look = Extract<FlagInput, { kind: "flag_look" }>;

/** Looks that a gate plans for at least; the platform's canary has so many. */
const LEAST_TICKS = 20;

/** The gate's settings for a roll-out: it is watched from the first step to the last, and as long again where it has to wait. */
export function gateSettingsOf({ steps, everyMs, holdMs, gate }: Steps): GateSettings {
  const ticks = Math.max(LEAST_TICKS, Math.ceil((2 * steps.length * holdMs) / everyMs));
  const { rule, alpha, errorRatio, p99Ratio, looks } = gate;
  return { ...GATE_DEFAULTS, rule, alpha, ticks, everyMs, threshold: { errorRatio, p99Ratio, looks } };
}

/** Begins at the first step, from nothing that was set before. */
export function startRollout(
  config: FlagConfig,
  state: FlagState,
  said: { readonly by: string; readonly why: string },
  now: Millis,
): FlagStep {
  const { rollout, to } = config;
  const percent = rollout?.steps[0];
  if (!rollout || percent === undefined || to === undefined)
    return held(state, "held_no_steps", "the configuration has no steps for it (rollout.steps)");
  const { status } = state.rollout ?? {};
  if (status === "running" || status === "paused")
    return held(state, "held_in_force", `its roll-out is at ${state.rollout?.percent} % already`);
  const { set: _, ...rest } = state;
  const { by, why } = said;
  const next: FlagRollout = {
    to,
    status: "running",
    started: { by, why, at: now },
    step: 0,
    percent,
    since: now,
    judgedUntil: now,
  };
  const text = `${by} began to roll out ${to}${because(why)}`;
  return begun(config, { ...rest, rollout: next }, next, "rollout_started", [clause("changed", "asked", text)], now);
}

/** A step that gives everybody the variant leaves nothing to compare with: the roll-out is done with it. */
function begun(
  config: FlagConfig,
  state: FlagState,
  rollout: FlagRollout,
  reason: "rollout_started" | "step_begun",
  trace: FlagStep["trace"],
  now: Millis,
): FlagStep {
  const over = rollout.percent >= 100;
  const text = `${rollout.to} for ${rollout.percent} %`;
  const { gate: _, ...small } = rollout;
  const next: FlagRollout = over ? { ...small, status: "done" } : rollout;
  const said = clause("chosen", "step", over ? `${text}: everybody` : text, { percent: rollout.percent });
  return serving(config, { ...state, rollout: next }, over ? "rollout_done" : reason, [...trace, said], now);
}

export function pauseRollout(
  state: FlagState,
  { kind, by, why }: Extract<FlagInput, { kind: "flag_start" | "flag_pause" | "flag_resume" }>,
  now: Millis,
): FlagStep {
  const { rollout } = state;
  const [from, to] = kind === "flag_pause" ? (["running", "paused"] as const) : (["paused", "running"] as const);
  if (rollout?.status !== from)
    return held(state, "held_not_running", rollout ? `its roll-out is ${rollout.status}` : "no roll-out is under way");
  const { paused: _, ...rest } = rollout;
  const next = { ...rest, status: to, ...(to === "paused" ? { paused: { by, why, at: now } } : {}) };
  return {
    state: { ...state, rollout: next },
    actions: [],
    reason: to === "paused" ? "paused" : "resumed",
    trace: [clause("changed", "asked", `${by} ${to === "paused" ? "paused it" : "lets it go on"}${because(why)}`)],
  };
}

/** Folds counts into the gate. Undefined: there was nothing new. */
function judged(steps: Steps, rollout: FlagRollout, look: Look): GateStep<GateState> | undefined {
  const settings = gateSettingsOf(steps);
  let state = rollout.gate ?? gateStart(settings, look.history ?? []);
  let last: GateStep<GateState> | undefined;
  for (const { to, canary, baseline } of look.intervals) {
    if (to <= rollout.judgedUntil) continue;
    const t = Math.round((to - rollout.started.at) / SECOND_MS);
    last = gateTick(settings, state, { t, ...(canary ? { canary } : {}), ...(baseline ? { baseline } : {}) });
    state = last.state;
    if (last.verdict === "fail") return last;
  }
  return last;
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined;

/** One look at a roll-out under way: counts into the gate, then back to nothing, on to the next step, or as it is. */
export function lookAtRollout(config: FlagConfig, state: FlagState, look: Look, now: Millis): FlagStep {
  const { rollout: steps } = config;
  const { rollout } = state;
  if (!steps || !rollout || (rollout.status !== "running" && rollout.status !== "paused"))
    return held(state, "held_not_running", "no roll-out is under way");
  const step = judged(steps, rollout, look);
  if (!step) return held(state, "held_step", "no interval is complete yet");
  const { verdict, reason, text, evidence } = step;
  const { joint, limit } = evidence;
  const towards = finite(joint !== undefined && limit !== undefined ? Math.min(joint / limit, 1e6) : undefined);
  const next: FlagRollout = {
    ...rollout,
    judgedUntil: Math.max(rollout.judgedUntil, look.until),
    gate: step.state,
    verdict: { verdict, reason, text, at: now, ...(towards === undefined ? {} : { towardsFail: towards }) },
  };
  const said = clause("computed", "gate", text, { verdict, reason, tick: evidence.tick });
  if (verdict === "fail") {
    const { gate: _, ...small } = next;
    const back: FlagRollout = { ...small, status: "failed", percent: 0, since: now };
    const undone = clause("chosen", "gate", `${rollout.to} goes back from ${rollout.percent} % to 0 %`, { percent: 0 });
    return serving(config, { ...state, rollout: back }, "rollout_failed", [said, undone], now);
  }
  return onwards(config, steps, { ...state, rollout: next }, next, said, now);
}

/** Nothing known is no reason to go on, whatever `insufficient` says. */
const NO_DATA: ReadonlySet<string> = new Set(["no_data", "no_canary_data", "no_baseline_data", "counts_invalid"]);

function onwards(
  config: FlagConfig,
  steps: Steps,
  state: FlagState,
  rollout: FlagRollout,
  said: FlagStep["trace"][number],
  now: Millis,
): FlagStep {
  const waiting = (reason: "held_insufficient" | "held_step" | "judged", text: string): FlagStep => ({
    state,
    actions: [],
    reason,
    trace: [said, clause("held", reason.replace("held_", ""), text)],
  });
  const { verdict, reason } = rollout.verdict ?? { verdict: "continue", reason: "undecided" };
  if (rollout.status === "paused") return waiting("held_step", `paused by ${rollout.paused?.by ?? "somebody"}`);
  if (NO_DATA.has(reason) || (verdict === "insufficient" && steps.gate.insufficient === "hold"))
    return waiting("held_insufficient", `it stays at ${rollout.percent} %: the counts say too little`);
  const left = rollout.since + steps.holdMs - now;
  if (left > 0) return waiting("judged", `${rollout.percent} % for ${formatDuration(left)} more`);
  // By its share and not by its place: the configuration may have other steps by now.
  const step = steps.steps.findIndex((one) => one > rollout.percent);
  const percent = steps.steps[step];
  if (percent === undefined) {
    const { gate: _, ...small } = rollout;
    const done = clause("chosen", "step", `${rollout.to} stays at ${rollout.percent} %, its last step`);
    return serving(config, { ...state, rollout: { ...small, status: "done" } }, "rollout_done", [said, done], now);
  }
  const next: FlagRollout = { ...rollout, step, percent, since: now };
  return begun(config, { ...state, rollout: next }, next, "step_begun", [said], now);
}
