import type { BreakerPolicy } from "./policy.ts";
import type { CircuitEvent, Outcome } from "./types.ts";

/** How a call ended whose answer came after `ms`: slow is what took LONGER than the policy's `slow` (resilience4j), never by the rule `consecutive`. */
export function outcomeOf(policy: BreakerPolicy, ok: boolean, ms: number): Outcome {
  const slow = policy.rule === "rate" && ms > policy.slow;
  if (ok) return slow ? "slow_success" : "success";
  return slow ? "slow_failure" : "failure";
}

export const isFailure = (outcome: Outcome): boolean => outcome === "failure" || outcome === "slow_failure";
export const isSlow = (outcome: Outcome): boolean => outcome === "slow_success" || outcome === "slow_failure";

/** What an HTTP exchange says by the policy's `failOn`: a status, or what became of the connection. */
export function httpFails(policy: BreakerPolicy, answer: number | "connect" | "timeout" | "reset"): boolean {
  const { failOn } = policy;
  if (typeof answer === "string") return failOn.includes(answer);
  if (failOn.includes(answer)) return true;
  return (answer >= 500 && failOn.includes("5xx")) || (answer >= 400 && answer < 500 && failOn.includes("4xx"));
}

/** What a probe's outcome means: slow is no proof that the other side is well again, so a slow probe has failed. */
export function probeEvent(
  outcome: Outcome,
  probe: { readonly by: string; readonly epoch: number; readonly owner?: string; readonly notBefore?: number },
): CircuitEvent {
  if (outcome === "ignored") return { type: "probe_ignored", ...probe };
  return { type: outcome === "success" ? "probe_succeeded" : "probe_failed", ...probe };
}
