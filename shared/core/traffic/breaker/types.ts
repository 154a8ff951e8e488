import type { Circuit, CircuitCounts, Forced } from "../../kernel/circuit.ts";
import type { Millis } from "../../kernel/time.ts";

/** How every decision about a circuit can end. */
export type BreakerReason =
  | "opened_consecutive"
  | "opened_failure_rate"
  | "opened_slow_rate"
  | "probing"
  | "probe_succeeded"
  | "probe_ignored"
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
  | "held_forced"
  | "held_unchanged";

/** How one call ended, for the breaker. Slow ones exist for the rule `rate` only. `ignored` says nothing about the other side. */
export type Outcome = "success" | "failure" | "slow_success" | "slow_failure" | "ignored";

/** What `admit` answers. */
export type Admission =
  | { readonly admitted: true; readonly epoch: number; readonly probe?: string }
  | { readonly admitted: false; readonly reason: Refusal; readonly retryAt?: Millis };

/** Why a call is refused. */
export type Refusal = "open" | "probing" | "forced_open";

/** What the rule decides on: the circuit, and what was counted in its epoch. A stored item is one. */
export interface CircuitItem {
  readonly circuit: Circuit;
  readonly counts: CircuitCounts;
}

/** Who brings an event: an environment, or a person. */
interface From {
  readonly by: string;
}

/** What can happen to a circuit. `epoch` is that of the admitted call: in another one the event says nothing any more. */
export type CircuitEvent =
  /**
   * Calls were counted while it was closed. `add`: not in the item yet, to be added before it is judged (a store that adds by itself
   * brings the item after the addition, and no `add`). `notBefore`: the newest failure's Retry-After, as an instant.
   */
  | (From & {
      readonly type: "counted";
      readonly epoch?: number;
      readonly add?: CircuitCounts;
      readonly drop?: readonly string[];
      readonly notBefore?: Millis;
    })
  /** A caller wants to make a probe call; `owner` names this one call. */
  | (From & { readonly type: "probe_claimed"; readonly owner: string })
  /** A probe has ended. Without `owner` it needed no lease (policy `probes: all`). */
  | (From & {
      readonly type: "probe_succeeded" | "probe_failed" | "probe_ignored";
      readonly epoch: number;
      readonly owner?: string;
      readonly notBefore?: Millis;
    })
  | (From & { readonly type: "forced"; readonly state: Forced["state"]; readonly why: string; readonly until?: Millis })
  | (From & { readonly type: "released"; readonly why?: string })
  /** Nothing happened but time: a force may have come to its end. */
  | (From & { readonly type: "looked" })
  /** The change was made by another who could not write it down: `circuit` is what it led to, with its `last`. */
  | (From & { readonly type: "told"; readonly circuit: Circuit });

/** An event as a record keeps it. `draw`, 0 ≤ x < 1, is the chance in the open time; it is an input, so that replay is exact. */
export type CircuitInput = CircuitEvent & { readonly draw?: number };

/**
 * What a caller may do. `yes`: call, and count it. `yes_uncounted`: call, count nothing. `yes_probe`: call; its outcome is a probe's, but it
 * needs no lease. `may_probe`: claim a lease first (`probe_claimed`); who gets it calls. `lapsed`: a person's force is over: take the
 * event `looked` first, then it is closed; who cannot write calls uncounted. The others refuse.
 */
export type Verdict = "yes" | "yes_uncounted" | "yes_probe" | "may_probe" | "lapsed" | Refusal;
