import { countOf } from "./counts.ts";
import type { GateSettings } from "./settings.ts";
import type { ArmCounts, GateReason } from "./types.ts";

/** What one look showed. `errorRatio` is null where the baseline had no error: then any error of the canary is above. */
export interface ThresholdLook {
  readonly errors: boolean;
  readonly p99: boolean;
  readonly values: Readonly<Record<string, number | null>>;
}

/** The platform's rule at one look: canary's error rate or p99 above the baseline's times a ratio. What is not known is not above. */
export function lookThreshold({ threshold }: GateSettings, canary: ArmCounts, baseline: ArmCounts): ThresholdLook {
  const ours = rateOf(canary);
  const theirs = rateOf(baseline);
  const p99 = [canary.p99Ms, baseline.p99Ms] as const;
  return {
    errors: ours !== null && theirs !== null && ours > theirs * threshold.errorRatio,
    p99: known(p99[0]) && known(p99[1]) && p99[0] > p99[1] * threshold.p99Ratio,
    values: {
      canaryErrorRate: ours,
      baselineErrorRate: theirs,
      errorRatio: ours !== null && theirs !== null && theirs > 0 ? ours / theirs : null,
      canaryP99Ms: p99[0] ?? null,
      baselineP99Ms: p99[1] ?? null,
      p99Ratio: known(p99[0]) && known(p99[1]) && p99[1] > 0 ? p99[0] / p99[1] : null,
    },
  };
}

export const reasonOfThreshold = (look: ThresholdLook): GateReason =>
  look.errors ? "above_error_threshold" : "above_p99_threshold";

const known = (value: number | null | undefined): value is number => typeof value === "number";

function rateOf(arm: ArmCounts): number | null {
  const errors = countOf(arm, "errors");
  return errors === undefined || arm.requests === 0 ? null : errors / arm.requests;
}
