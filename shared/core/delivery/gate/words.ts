import type { GateSettings } from "./settings.ts";
import type { GateEvidence, GateMetric, GateReason, MetricEvidence } from "./types.ts";

const NAMES: Readonly<Record<GateMetric, string>> = { errors: "errors", slow: "slow requests" };

/** Enough digits for a person: two after the point below a hundred. */
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2)).replace(/\.00$/, "");

const minutes = (ms: number): string => `${Number((ms / 60_000).toFixed(1))} min`;

function compared({ metric, canary, baseline, ratio, ratioLow, ratioHigh }: MetricEvidence): string {
  const counts = `${canary.count} of ${canary.requests} against ${baseline.count} of ${baseline.requests}`;
  const range = ratioLow === undefined || ratioHigh === undefined ? "" : `, ${short(ratioLow)} to ${short(ratioHigh)}`;
  return `${NAMES[metric]} ${ratio === undefined ? "" : `${short(ratio)} × `}(${counts}${range})`;
}

const all = ({ metrics = [] }: GateEvidence): string => metrics.map(compared).join(", ");

/** Where nothing happened there is nothing to compare: a service without a single error cannot be shown to have no more of them. */
const nothing = ({ metrics = [] }: GateEvidence): string =>
  metrics.some(({ canary, baseline }) => canary.count + baseline.count > 0)
    ? ""
    : "; neither version had an error or a slow request, and what happens to nobody cannot be compared";

const limits = ({ joint = 1, limit = 1 }: GateEvidence): string => `evidence ${short(joint)} of ${short(limit)}`;

/** What cannot be seen at this traffic. */
function sightText({ visibleRatio }: GateEvidence, { ticks, everyMs }: GateSettings): string {
  const seen =
    visibleRatio === null || visibleRatio === undefined
      ? "no ratio of errors is visible"
      : `the smallest visible is ${visibleRatio.toFixed(2)} ×`;
  return `1.5 × the errors cannot be seen at this traffic in ${minutes(ticks * everyMs)}; ${seen}`;
}

/** A verdict in one sentence. `detail`: what is wrong with counts, or what a judge said. */
export function textOf(reason: GateReason, settings: GateSettings, evidence: GateEvidence, detail = ""): string {
  switch (reason) {
    case "more_errors":
    case "more_slow_requests":
    case "more_errors_and_slow_requests":
      return `the release is worse: ${all(evidence)}; ${limits(evidence)}`;
    case "not_worse":
      return evidence.rule === "sequential"
        ? `the release is not worse by ${settings.passErrors} × in errors or ${settings.passSlow} × in slow requests: ${all(evidence)}`
        : `the release is not worse: ${detail}`;
    case "undecided":
      return evidence.rule === "sequential"
        ? `undecided: ${all(evidence)}; ${limits(evidence)}`
        : `undecided: ${detail}`;
    case "not_visible":
      return sightText(evidence, settings);
    case "time_over":
      return `the planned ${settings.ticks} looks are over and nothing is shown: ${all(evidence)}; ${limits(evidence)}${evidence.rule === "sequential" ? nothing(evidence) : ""}`;
    case "above_error_threshold":
      return `the error rate is above ${settings.threshold.errorRatio} × the baseline's: ${detail}`;
    case "above_p99_threshold":
      return `the p99 is above ${settings.threshold.p99Ratio} × the baseline's: ${detail}`;
    case "judge_score":
      return `Kayenta's judge: ${detail}`;
    case "no_canary_data":
      return "the canary served nothing: nothing is shown of it";
    case "no_baseline_data":
      return "the baseline served nothing: there is nothing to compare with";
    case "no_data":
      return "nothing is known of either side";
    case "counts_invalid":
      return `the counts cannot be believed and are left out: ${detail}`;
    case "repeated_tick":
      return "this tick was judged already";
    case "failed_before":
      return `the release has failed at look ${evidence.decidedTick ?? 0}${evidence.metrics?.length ? `: ${all(evidence)}` : ""}`;
  }
}
