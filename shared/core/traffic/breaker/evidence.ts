import type { CircuitCounts } from "../../kernel/circuit.ts";
import type { Clause } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import { failuresOf, tallied } from "./counts.ts";
import { clause, percent, plural } from "./phrases.ts";
import type { BreakerPolicy, ConsecutivePolicy, RatePolicy } from "./policy.ts";
import type { BreakerReason } from "./types.ts";

/** What was counted, judged by the rule. */
export interface Evidence {
  /** "opened_…" where it is enough, "held_…" where it is not. */
  readonly reason: BreakerReason;
  readonly opens: boolean;
  readonly values: Readonly<Record<string, number>>;
  readonly trace: readonly Clause[];
}

/** So many calls are needed in a window: a window of calls that holds fewer than the minimum is enough when it is full (resilience4j). */
export const neededCalls = ({ window, minimumCalls }: RatePolicy): number =>
  "calls" in window ? Math.min(window.calls, minimumCalls) : minimumCalls;

/** Whether what was counted opens a closed circuit. */
export const evidence = (policy: BreakerPolicy, counts: CircuitCounts, now: Millis): Evidence =>
  policy.rule === "rate" ? rates(policy, counts, now) : inARow(policy, counts, now);

function inARow(policy: ConsecutivePolicy, counts: CircuitCounts, now: Millis): Evidence {
  const failures = failuresOf(policy, counts, now);
  const opens = failures >= policy.failures;
  const values = { failures, threshold: policy.failures };
  const aged = (counts["failures"] ?? 0) - failures;
  const forgotten =
    aged > 0 && policy.forget !== "never"
      ? [
          clause(
            "computed",
            "forget",
            `nothing failed for ${formatDuration(policy.forget)}: the ${plural(aged, "failure")} before that ${aged === 1 ? "is" : "are"} forgotten`,
            { forgotten: aged },
          ),
        ]
      : [];
  const text = `${plural(failures, "failure")} counted, each success took one back; ${policy.failures} open it`;
  return {
    reason: opens ? "opened_consecutive" : "held_counting",
    opens,
    values,
    trace: [...forgotten, clause("computed", "consecutive", text, values)],
  };
}

function rates(policy: RatePolicy, counts: CircuitCounts, now: Millis): Evidence {
  const { calls, failures, slow } = tallied(policy, counts, now);
  const needed = neededCalls(policy);
  const over =
    "time" in policy.window ? `in ${formatDuration(policy.window.time)}` : `among the last ${policy.window.calls}`;
  if (calls < needed) {
    const values = { calls, failures, slow, minimumCalls: needed };
    const text = `${plural(calls, "call")} ${over}; fewer than ${needed} say nothing`;
    return {
      reason: "held_minimum_calls",
      opens: false,
      values,
      trace: [clause("held", "minimum-calls", text, values)],
    };
  }
  const failureRate = (failures * 100) / calls;
  const slowRate = (slow * 100) / calls;
  const values = { calls, failures, slow, failureRate, slowRate };
  const failing = failureRate >= policy.failureRate;
  const slowing = slowRate >= policy.slowRate;
  const said = (what: string, count: number, rate: number, threshold: number) =>
    `${count} of ${plural(calls, "call")} ${over} ${what}: ${percent(rate)}, and ${percent(threshold)} ${rate >= threshold ? "opens" : "would open"} it`;
  return {
    reason: failing ? "opened_failure_rate" : slowing ? "opened_slow_rate" : "held_counting",
    opens: failing || slowing,
    values,
    trace: [
      clause("computed", "failure-rate", said("failed", failures, failureRate, policy.failureRate), {
        calls,
        failures,
        failureRate,
        threshold: policy.failureRate,
      }),
      clause(
        "computed",
        "slow-rate",
        said(`took longer than ${formatDuration(policy.slow)}`, slow, slowRate, policy.slowRate),
        { calls, slow, slowRate, threshold: policy.slowRate, slowMs: policy.slow },
      ),
    ],
  };
}
