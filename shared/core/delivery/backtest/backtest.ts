import { gateStart, gateTick } from "../gate/gate.ts";
import type { GateSettings } from "../gate/settings.ts";
import type { GateReason, GateStep, GateVerdict } from "../gate/types.ts";
import type { Deploy } from "./read.ts";

/** What a gate would have made of one deploy. */
export interface Outcome {
  readonly verdict: GateVerdict;
  /** Seconds: when it failed or passed, otherwise the last tick; null without ticks. */
  readonly t: number | null;
  readonly reason: GateReason;
}

/**
 * A gate over all ticks of a deploy. A failure ends it, also one that comes after a pass: the fail test goes on as long as there
 * are ticks.
 */
export function replayDeploy(settings: GateSettings, { history, ticks }: Pick<Deploy, "history" | "ticks">): Outcome {
  let state = gateStart(settings, history);
  let last: GateStep<typeof state> | undefined;
  for (const tick of ticks) {
    last = gateTick(settings, state, tick);
    state = last.state;
    if (last.verdict === "fail") break;
  }
  if (!last) return { verdict: "insufficient", t: null, reason: "no_data" };
  const { verdict, reason, evidence } = last;
  const decided = verdict === "fail" || verdict === "pass" ? evidence.decidedT : undefined;
  return { verdict, t: decided ?? state.t ?? null, reason };
}

/** A deploy's outcome, and what is known of the deploy. */
export interface Judged {
  readonly outcome: Outcome;
  readonly bad?: boolean;
}

/** Shares of 1; null where there is nothing to take a share of. */
export interface BacktestSummary {
  readonly deploys: number;
  readonly failed: number;
  readonly passed: number;
  readonly insufficient: number;
  /** Neither failed nor passed while there were ticks. */
  readonly undecided: number;
  readonly marked: { readonly good: number; readonly bad: number; readonly unmarked: number };
  /** Failed among those not marked bad: what nobody has called bad counts as good. */
  readonly falseAlarms: number;
  readonly falseAlarmRate: number | null;
  /** Marked bad and not failed. */
  readonly missed: number;
  readonly missedRate: number | null;
  /** Marked bad and passed. */
  readonly wronglyPassed: number;
  /** Median seconds to the failure of those that failed; of the bad ones among them; and to the pass of those that passed. */
  readonly medianT: number | null;
  readonly medianTBad: number | null;
  readonly medianTPassed: number | null;
}

export function summarise(judged: readonly Judged[]): BacktestSummary {
  const of = (verdict: GateVerdict): readonly Judged[] => judged.filter(({ outcome }) => outcome.verdict === verdict);
  const [failed, passed] = [of("fail"), of("pass")];
  const bad = judged.filter((one) => one.bad === true);
  const good = judged.filter((one) => one.bad === false).length;
  const notBad = judged.length - bad.length;
  const [falseAlarms, found] = [failed.filter((one) => one.bad !== true), failed.filter((one) => one.bad === true)];
  return {
    deploys: judged.length,
    failed: failed.length,
    passed: passed.length,
    insufficient: of("insufficient").length,
    undecided: of("continue").length,
    marked: { good, bad: bad.length, unmarked: notBad - good },
    falseAlarms: falseAlarms.length,
    falseAlarmRate: share(falseAlarms.length, notBad),
    missed: bad.length - found.length,
    missedRate: share(bad.length - found.length, bad.length),
    wronglyPassed: passed.filter((one) => one.bad === true).length,
    medianT: medianT(failed),
    medianTBad: medianT(found),
    medianTPassed: medianT(passed),
  };
}

const share = (part: number, all: number): number | null => (all === 0 ? null : part / all);

function medianT(judged: readonly Judged[]): number | null {
  const times = judged.flatMap(({ outcome }) => outcome.t ?? []).sort((a, b) => a - b);
  const [low, high] = [times[(times.length - 1) >> 1], times[times.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
