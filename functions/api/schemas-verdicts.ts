import * as v from "valibot";

/** What the gate says at a tick, of whoever's rollout. */
export const verdictName = v.picklist(["continue", "fail", "pass", "insufficient"]);

/** Why; shared/core/delivery/gate/types.ts. */
export const gateReason = v.picklist([
  "more_errors",
  "more_slow_requests",
  "more_errors_and_slow_requests",
  "above_error_threshold",
  "above_p99_threshold",
  "judge_score",
  "not_worse",
  "undecided",
  "no_canary_data",
  "no_baseline_data",
  "no_data",
  "not_visible",
  "time_over",
  "counts_invalid",
  "repeated_tick",
  "failed_before",
]);
