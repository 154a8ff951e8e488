import { requestsOf, tickFault } from "./counts.ts";
import { evidenceOf, tallied } from "./evidence.ts";
import { ruleKayenta } from "./kayenta-rule.ts";
import { NO_SERIES } from "./kayenta-series.ts";
import { type Ruled, ruleSequential, ruleThreshold } from "./ruled.ts";
import { beginSequential } from "./sequential.ts";
import type { GateSettings } from "./settings.ts";
import type { GateState } from "./state.ts";
import type { GateReason, GateStep, GateTick, GateVerdict, HistoryTick } from "./types.ts";
import { textOf } from "./words.ts";

const RULES = { sequential: ruleSequential, threshold: ruleThreshold, kayenta: ruleKayenta } as const;

/** Ticks without a request of the canary after which nothing is known of it any more. */
const IDLE = 3;

/** A gate before its first look. History: ticks of the baseline alone, oldest first; sixty and more are wanted, none is allowed. */
export function gateStart(settings: GateSettings, history: readonly HistoryTick[]): GateState {
  const known = history.filter((tick) => tickFault({ t: 0, baseline: tick }) === undefined && requestsOf(tick) > 0);
  const state: GateState = { v: 1, ticks: 0, looks: 0, tallies: {}, history: known.length };
  if (settings.rule === "threshold") return { ...state, above: 0 };
  if (settings.rule === "kayenta") return { ...state, kayenta: NO_SERIES };
  return { ...state, sequential: beginSequential(known) };
}

/**
 * One look. Pure and total: counts that cannot be believed and ticks that are not later than the last one change nothing, and a late
 * tick counts as one longer tick. A failure stays; a pass stays unless the fail test fails later or data is missing.
 */
export function gateTick(settings: GateSettings, state: GateState, tick: GateTick): GateStep<GateState> {
  const answer = (
    next: GateState,
    verdict: GateVerdict,
    reason: GateReason,
    said?: Pick<Ruled, "detail" | "values">,
  ) => {
    const evidence = evidenceOf(settings, next, said?.values);
    return { state: next, verdict, reason, text: textOf(reason, settings, evidence, said?.detail), evidence };
  };
  const standing = state.decided?.verdict ?? "continue";
  if (standing === "fail") return answer(state, "fail", "failed_before");
  const fault = tickFault(tick);
  if (fault !== undefined) return answer(state, standing, "counts_invalid", { detail: fault });
  if (state.t !== undefined && tick.t <= state.t) return answer(state, standing, "repeated_tick");

  const { canary, baseline } = tick;
  const served = requestsOf(canary) > 0;
  const { idle, ...rest } = state;
  const quiet = served ? 0 : idle === undefined ? IDLE : idle + 1;
  const next: GateState = { ...rest, t: tick.t, ticks: state.ticks + 1, ...(quiet < IDLE ? { idle: quiet } : {}) };
  const lost = lostOf(tick, quiet);
  if (lost !== undefined) return answer(next, "insufficient", lost);
  if (!served || !canary || !baseline) return answer(next, standing, standing === "pass" ? "not_worse" : "undecided");
  const looked = { ...next, looks: state.looks + 1, tallies: tallied(state.tallies, tick) };
  const ruled = RULES[settings.rule](settings, looked, canary, baseline);
  return judged(settings, state, ruled, answer);
}

/** Which side nothing is known of; undefined: both are known well enough. */
function lostOf({ canary, baseline }: GateTick, quiet: number): GateReason | undefined {
  const noCanary = canary === undefined || canary === null || quiet >= IDLE;
  const noBaseline = requestsOf(baseline) === 0;
  if (noCanary && noBaseline) return "no_data";
  return noCanary ? "no_canary_data" : noBaseline ? "no_baseline_data" : undefined;
}

type Answer = (
  next: GateState,
  verdict: GateVerdict,
  reason: GateReason,
  said?: Pick<Ruled, "detail" | "values">,
) => GateStep<GateState>;

/** The verdict after a look at both arms. */
function judged(settings: GateSettings, was: GateState, ruled: Ruled, answer: Answer): GateStep<GateState> {
  const { state, verdict, reason } = ruled;
  const { looks, t = 0 } = state;
  if (verdict === "fail")
    return answer({ ...state, decided: { verdict, reason, tick: looks, t } }, verdict, reason, ruled);
  if (was.decided?.verdict === "pass")
    return answer({ ...state, decided: was.decided }, "pass", was.decided.reason, ruled);
  if (verdict === "pass")
    return answer({ ...state, decided: { verdict, reason, tick: looks, t } }, verdict, reason, ruled);
  if (settings.rule !== "sequential") return answer(state, "continue", "undecided", ruled);
  if (state.ticks >= settings.ticks) return answer(state, "insufficient", "time_over", ruled);
  const step = answer(state, "continue", "undecided", ruled);
  const { visibleRatio } = step.evidence;
  return visibleRatio === null || (visibleRatio ?? 0) > NEEDED
    ? answer(state, "insufficient", "not_visible", ruled)
    : step;
}

/** A release worse by this has to be visible in the planned time, or waiting for it shows nothing. */
const NEEDED = 1.5;
