import type { Millis } from "../../kernel/time.ts";

/** How every decision about a circuit can end. */
export type BreakerReason =
  | "opened_consecutive"
  | "opened_failure_rate"
  | "opened_slow_rate"
  | "probing"
  | "probe_succeeded"
  | "reopened"
  | "closed"
  | "forced_open"
  | "forced_closed"
  | "disabled"
  | "released"
  | "held_counting"
  | "held_minimum_calls"
  | "held_waiting"
  | "held_probing"
  | "held_stale"
  | "held_forced";

/** How one call ended, for the breaker. */
export type Outcome = "success" | "failure" | "slow_success" | "slow_failure" | "ignored";

/** What `admit` answers. */
export type Admission =
  | { readonly admitted: true; readonly epoch: number; readonly probe?: string }
  | { readonly admitted: false; readonly reason: "open" | "probing" | "forced_open"; readonly retryAt?: Millis };
