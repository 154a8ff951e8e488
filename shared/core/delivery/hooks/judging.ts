import type { Clause } from "../../kernel/step.ts";
import { type Millis, SECOND_MS } from "../../kernel/time.ts";
import { gateStart, gateTick } from "../gate/gate.ts";
import type { GateSettings } from "../gate/settings.ts";
import type { GateState } from "../gate/state.ts";
import type { ArmCounts, GateEvidence, GateReason, GateVerdict, HistoryTick } from "../gate/types.ts";

/** One interval of counts of both sides; a side that is absent is not known. */
export interface JudgedInterval {
  readonly from: Millis;
  readonly to: Millis;
  readonly canary?: ArmCounts;
  readonly baseline?: ArmCounts;
}

/** A gate under way for somebody else's rollout. Plain JSON. */
export interface Judging {
  /** Time zero of the gate's ticks. */
  readonly beganAt: Millis;
  /** Counts up to here are in it. */
  readonly until: Millis;
  readonly gate: GateState;
  readonly verdict?: GateVerdict;
  readonly reason?: GateReason;
  readonly text?: string;
}

export interface Judged {
  readonly judging: Judging;
  readonly evidence?: GateEvidence;
  readonly trace: readonly Clause[];
}

const hasRequests = (arm: ArmCounts | undefined): boolean => (arm?.requests ?? 0) > 0;

/**
 * What the new version is compared with in an interval. Once it has all the traffic the old one is asked nothing: then it is
 * compared with what the old one did before, one interval of its past for each, in turn. That sees a release that is worse, and
 * takes a change of the hour for one as well, so it is only done where nothing better is left.
 */
function beside(
  { canary, baseline }: JudgedInterval,
  index: number,
  history: readonly HistoryTick[],
): ArmCounts | undefined {
  if (hasRequests(baseline) || !hasRequests(canary)) return baseline;
  return history[index % history.length] ?? baseline;
}

/**
 * Folds intervals into the gate. Without one under way it begins with the first interval in which the new version was asked
 * anything; what lies before is the baseline's history. Intervals that are in it already change nothing.
 *
 * @returns undefined where nothing has been asked of the new version yet
 */
export function judge(
  settings: GateSettings,
  before: Judging | undefined,
  intervals: readonly JudgedInterval[],
  history: readonly HistoryTick[] = [],
): Judged | undefined {
  const earlier = past(intervals, history);
  let judging = before ?? begun(settings, intervals, earlier);
  if (!judging) return undefined;
  const trace: Clause[] = [];
  let evidence: GateEvidence | undefined;
  for (const interval of intervals) {
    const { from, to, canary } = interval;
    if (from < judging.until) continue;
    const baseline = beside(interval, Math.round((from - judging.beganAt) / (to - from)), earlier);
    const tick = {
      t: (to - judging.beganAt) / SECOND_MS,
      ...(canary ? { canary } : {}),
      ...(baseline ? { baseline } : {}),
    };
    const step = gateTick(settings, judging.gate, tick);
    const { verdict, reason, text } = step;
    judging = { beganAt: judging.beganAt, until: to, gate: step.state, verdict, reason, text };
    evidence = step.evidence;
    trace.push({ kind: "computed", rule: "gate", text, values: { t: tick.t, verdict, reason } });
  }
  return { judging, trace, ...(evidence ? { evidence } : {}) };
}

const firstAsked = (intervals: readonly JudgedInterval[]): number =>
  intervals.findIndex(({ canary }) => hasRequests(canary));

/** What the old version did while nothing was asked of the new one. */
function past(intervals: readonly JudgedInterval[], history: readonly HistoryTick[]): readonly HistoryTick[] {
  const first = firstAsked(intervals);
  const before = first < 0 ? intervals : intervals.slice(0, first);
  return [...history, ...before.flatMap(({ baseline }) => (hasRequests(baseline) && baseline ? [baseline] : []))];
}

function begun(
  settings: GateSettings,
  intervals: readonly JudgedInterval[],
  history: readonly HistoryTick[],
): Judging | undefined {
  const start = intervals[firstAsked(intervals)];
  if (!start) return undefined;
  return { beganAt: start.from, until: start.from, gate: gateStart(settings, history) };
}
