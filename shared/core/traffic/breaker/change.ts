import type { Circuit, CircuitStatus } from "../../kernel/circuit.ts";
import type { Clause, Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { BreakerReason, CircuitItem } from "./types.ts";

export type BreakerStep = Step<CircuitItem, never, BreakerReason>;

/** A circuit that nothing is known of: closed, nothing counted. */
export const freshCircuit = (now: Millis): Circuit => ({
  v: 1,
  status: "closed",
  epoch: 0,
  rev: 0,
  since: now,
  opens: 0,
  probes: [],
  successes: 0,
});

export const freshItem = (now: Millis): CircuitItem => ({ circuit: freshCircuit(now), counts: {} });

export const held = (item: CircuitItem, reason: BreakerReason, trace: readonly Clause[]): BreakerStep => ({
  state: item,
  actions: [],
  reason,
  trace,
});

/** What a transition leads to. */
export interface Destination {
  readonly status: CircuitStatus;
  readonly opens: number;
  readonly openUntil?: Millis;
  readonly probes?: Circuit["probes"];
  readonly forced?: Circuit["forced"];
}

/** What it is told from. */
export interface Cause {
  readonly reason: BreakerReason;
  readonly by: string;
  readonly at: Millis;
  readonly values: Readonly<Record<string, number>>;
  readonly trace: readonly Clause[];
}

/**
 * A transition: status, force, or both. Raises `rev` AND `epoch` by one and counts anew; nothing else raises the epoch, so circuit and
 * epoch name a transition.
 */
export function transition({ circuit }: CircuitItem, to: Destination, cause: Cause): BreakerStep {
  const { status, openUntil, opens, probes = [], forced } = to;
  const { reason, at, by, values, trace } = cause;
  const next: Circuit = {
    v: 1,
    status,
    epoch: circuit.epoch + 1,
    rev: circuit.rev + 1,
    since: at,
    ...(openUntil === undefined ? {} : { openUntil }),
    opens,
    probes,
    successes: 0,
    ...(forced === undefined ? {} : { forced }),
    last: { from: circuit.status, to: status, reason, at, by, values },
  };
  return { state: { circuit: next, counts: {} }, actions: [], reason, trace };
}

/** A change within a round of probes: raises `rev` only. */
export const amended = (
  { circuit, counts }: CircuitItem,
  change: Partial<Pick<Circuit, "probes" | "successes">>,
  reason: BreakerReason,
  trace: readonly Clause[],
): BreakerStep => ({
  state: { circuit: { ...circuit, ...change, rev: circuit.rev + 1 }, counts },
  actions: [],
  reason,
  trace,
});
