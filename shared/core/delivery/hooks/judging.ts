import type { Clause } from "../../kernel/step.ts";
import { type Millis, SECOND_MS } from "../../kernel/time.ts";
import { gateStart, gateTick } from "../gate/gate.ts";
import type { GateSettings } from "../gate/settings.ts";
import type { GateState } from "../gate/state.ts";
import type { ArmCounts, GateEvidence, GateReason, GateVerdict, HistoryTick } from "../gate/types.ts";
import { servesBeside, usualArm } from "../gate/usual.ts";

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
 * What the new version is compared with in an interval. Once it has all the traffic the old one is asked nothing: then it is compared
 * with what was usual before, which is only done where nothing better is left.
 */
function beside({ canary, baseline }: JudgedInterval, history: readonly HistoryTick[]): ArmCounts | undefined {
  if (!canary || !hasRequests(canary) || servesBeside(canary, baseline)) return baseline;
  return usualArm(history, canary.requests) ?? baseline;
}

/** Where a judgement may begin. */
export interface Begins {
  /** What the new version did before belongs to somebody else: an earlier rollout, or a time that is not asked about. */
  readonly notBefore?: Millis;
  /** The time was named by the caller: pauses in it do not make a new beginning. */
  readonly named?: true;
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
  begins: Begins = {},
): Judged | undefined {
  const beganAt = before?.beganAt ?? beginning(intervals, begins);
  if (beganAt === undefined) return undefined;
  const earlier = past(intervals, beganAt);
  let judging = before ?? { beganAt, until: beganAt, gate: gateStart(settings, earlier) };
  let evidence: GateEvidence | undefined;
  const trace: Clause[] = [];
  for (const interval of intervals) {
    const { from, to, canary } = interval;
    if (from < judging.until) continue;
    const baseline = beside(interval, earlier);
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

/** So many intervals without a request end a rollout: the canary's name is the same in the next one. One is a hole in the counts. */
const PAUSE = 2;

/** When the new version was first asked: in its latest rollout, since its name may be that of an earlier one as well. */
function beginning(intervals: readonly JudgedInterval[], { notBefore = 0, named }: Begins): Millis | undefined {
  let beganAt: Millis | undefined;
  let silent = 0;
  for (const { from, canary } of intervals) {
    if (from < notBefore) continue;
    if (!hasRequests(canary)) silent += 1;
    else {
      if (beganAt === undefined || (silent >= PAUSE && !named)) beganAt = from;
      silent = 0;
    }
  }
  return silent >= PAUSE && !named ? undefined : beganAt;
}

/** What the old version did before the new one was asked anything. */
const past = (intervals: readonly JudgedInterval[], beganAt: Millis): readonly HistoryTick[] =>
  intervals.flatMap(({ from, baseline }) => (from < beganAt && hasRequests(baseline) && baseline ? [baseline] : []));
