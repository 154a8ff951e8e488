import { METRICS } from "./counts.ts";
import { limitOf, passRatios } from "./limits.ts";
import { lookSequential, type MetricState, type SequentialState } from "./sequential.ts";
import type { GateSettings } from "./settings.ts";
import type { GateState } from "./state.ts";
import { lookThreshold, reasonOfThreshold } from "./threshold.ts";
import type { ArmCounts, GateReason } from "./types.ts";

/** What a rule says of one look at both arms; `state` has the rule's own numbers moved on. */
export interface Ruled {
  readonly state: GateState;
  readonly verdict: "continue" | "fail" | "pass";
  readonly reason: GateReason;
  readonly detail?: string;
  readonly values?: Readonly<Record<string, number | string | null>>;
}

/** A metric that has this share of the limit alone is named in the reason. */
const NAMED = 1 / 4;

function worseReason({ errors, slow }: SequentialState, limit: number): GateReason {
  const of = ({ looks, figures }: MetricState) => (looks > 0 ? figures.eValue : 0);
  if (of(errors) >= limit * NAMED && of(slow) >= limit * NAMED) return "more_errors_and_slow_requests";
  return of(errors) >= of(slow) ? "more_errors" : "more_slow_requests";
}

export function ruleSequential(
  settings: GateSettings,
  state: GateState,
  canary: ArmCounts,
  baseline: ArmCounts,
): Ruled {
  const { sequential: was } = state;
  if (was === undefined) return { state, verdict: "continue", reason: "undecided" };
  const passLimit = Math.log(1 / settings.alpha);
  const sequential = lookSequential(was, canary, baseline, { passRatio: passRatios(settings), passLimit });
  const next = { ...state, sequential };
  const limit = limitOf(settings, state.looks);
  if (sequential.joint >= limit) return { state: next, verdict: "fail", reason: worseReason(sequential, limit) };
  const counted = METRICS.filter((metric) => sequential[metric].looks > 0);
  return counted.length > 0 && counted.every((metric) => sequential[metric].cleared)
    ? { state: next, verdict: "pass", reason: "not_worse" }
    : { state: next, verdict: "continue", reason: "undecided" };
}

export function ruleThreshold(settings: GateSettings, state: GateState, canary: ArmCounts, baseline: ArmCounts): Ruled {
  const look = lookThreshold(settings, canary, baseline);
  const above = look.errors || look.p99 ? (state.above ?? 0) + 1 : 0;
  const next = { ...state, above };
  const shown = (ratio: number | null | undefined) =>
    typeof ratio === "number" ? `${ratio.toFixed(2)} ×` : "not known";
  const { errorRatio, p99Ratio } = look.values;
  const detail = `errors ${shown(errorRatio)}, p99 ${shown(p99Ratio)}, ${above} looks in a row of ${settings.threshold.looks}`;
  const common = { state: next, values: look.values, detail };
  if (above >= settings.threshold.looks) return { ...common, verdict: "fail", reason: reasonOfThreshold(look) };
  return state.looks >= settings.ticks
    ? { ...common, verdict: "pass", reason: "not_worse" }
    : { ...common, verdict: "continue", reason: "undecided" };
}
