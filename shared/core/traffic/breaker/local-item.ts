import type { Circuit, Transition } from "../../kernel/circuit.ts";
import type { Millis } from "../../kernel/time.ts";
import { admit, refuses, retryAt } from "./admit.ts";
import { freshCircuit } from "./change.ts";
import { CircuitOpenError } from "./open-error.ts";
import { outcomeOf, probeEvent } from "./outcome.ts";
import type { BreakerPolicy } from "./policy.ts";
import { step } from "./step.ts";
import { count, countsOf, type Tally, tallyOf } from "./tally.ts";
import type { CircuitEvent, CircuitItem, Outcome, Refusal } from "./types.ts";

/** The right to make one call, to be given back with its outcome. A number, because it is made for each call. */
export type Ticket = number;

/** No ticket: the call is refused. */
export const REFUSED: Ticket = -1;
/** The call goes through, and its outcome is nobody's. */
const UNCOUNTED: Ticket = -2;
/** A ticket is epoch × this + number of the probe; 0: no leased probe. Small enough that V8 keeps tickets as small integers. */
const TICKETS = 1024;

export interface LocalSettings {
  /** Milliseconds; the policy's durations run on it. */
  readonly now: () => Millis;
  /** 0 ≤ x < 1, for the jitter of the open time. */
  readonly random: () => number;
  /** Who changes the circuit, for its history. */
  readonly by?: string;
  /** After each change of status or force. What it throws is dropped: a call must not fail because a listener does. */
  readonly onTransition?: (transition: Transition, before: CircuitItem, after: CircuitItem, name: string) => void;
}

/** One breaker of this process: the circuit of the core, counts in a tally, and what the hot path needs at hand. */
export interface LocalItem {
  readonly name: string;
  readonly policy: BreakerPolicy;
  readonly settings: LocalSettings;
  circuit: Circuit;
  tally: Tally;
  /** Closed, counted and not forced: nothing but the count is to be looked at. */
  plain: boolean;
  /** Ticket of a call of this epoch that is no leased probe. */
  ticket: Ticket;
  probes: number;
  refusal: CircuitOpenError | undefined;
}

export function localItem(
  name: string,
  policy: BreakerPolicy,
  settings: LocalSettings,
  from: CircuitItem | undefined,
): LocalItem {
  const now = settings.now();
  const circuit = from?.circuit ?? freshCircuit(now);
  return {
    name,
    policy,
    settings,
    circuit,
    tally: tallyOf(policy, from?.counts ?? {}, now),
    plain: circuit.status === "closed" && circuit.forced === undefined,
    ticket: circuit.epoch * TICKETS,
    probes: 0,
    refusal: undefined,
  };
}

/** The item as a store would hold it. */
export const itemOf = (local: LocalItem): CircuitItem => ({
  circuit: local.circuit,
  counts: countsOf(local.policy, local.tally, local.settings.now()),
});

/** Takes an event to the core and keeps what it leads to. */
export function take(local: LocalItem, event: CircuitEvent, now: Millis): void {
  const { policy, settings } = local;
  const before = { circuit: local.circuit, counts: countsOf(policy, local.tally, now) };
  const { state: after } = step(policy, before, event, now, settings.random());
  if (after === before) return;
  local.circuit = after.circuit;
  if (after.circuit.epoch === before.circuit.epoch) return;
  local.tally = tallyOf(policy, after.counts, now);
  local.plain = after.circuit.status === "closed" && after.circuit.forced === undefined;
  local.ticket = after.circuit.epoch * TICKETS;
  local.refusal = undefined;
  const { last } = after.circuit;
  if (!last || !settings.onTransition) return;
  try {
    settings.onTransition(last, before, after, local.name);
  } catch {}
}

export const byOf = ({ settings }: LocalItem): string => settings.by ?? "process";

/** Admission wherever the circuit is not plainly closed. */
export function admitSlowly(local: LocalItem): Ticket {
  const { policy, settings } = local;
  const now = settings.now();
  const verdict = admit(policy, local, now);
  if (refuses(verdict)) return refused(local, verdict, now);
  switch (verdict) {
    case "yes":
    case "yes_probe":
      return local.ticket;
    case "yes_uncounted":
      return UNCOUNTED;
    case "lapsed":
      take(local, { type: "looked", by: byOf(local) }, now);
      return local.ticket;
    case "may_probe":
      return claim(local, now);
  }
}

function claim(local: LocalItem, now: Millis): Ticket {
  local.probes = (local.probes % (TICKETS - 1)) + 1;
  const owner = String(local.probes);
  take(local, { type: "probe_claimed", by: byOf(local), owner }, now);
  if (local.policy.probes === "all") return local.ticket;
  return local.ticket + local.probes;
}

/** One error for all refusals until the circuit changes, or the time that it names has come. */
function refused(local: LocalItem, reason: Refusal, now: Millis): Ticket {
  const { refusal } = local;
  const stale = refusal === undefined || refusal.reason !== reason || (refusal.retryAt ?? now + 1) <= now;
  if (stale) local.refusal = new CircuitOpenError(local.name, reason, retryAt(local, now));
  return REFUSED;
}

/** Takes a call's outcome back. An answer of another epoch, or of a probe that is over, says nothing any more. */
export function settle(
  local: LocalItem,
  ticket: Ticket,
  outcome: Outcome,
  notBefore: Millis | undefined,
  now: Millis = local.settings.now(),
): void {
  if (ticket < 0) return;
  const { policy, circuit } = local;
  const probe = ticket % TICKETS;
  const epoch = (ticket - probe) / TICKETS;
  if (epoch !== circuit.epoch) return;
  const by = byOf(local);
  const told = notBefore === undefined ? {} : { notBefore };
  if (circuit.status === "half_open") {
    const owner = probe === 0 ? {} : { owner: String(probe) };
    take(local, probeEvent(outcome, { by, epoch, ...owner, ...told }), now);
    return;
  }
  if (outcome === "ignored" || circuit.status !== "closed") return;
  const failed = outcome === "failure" || outcome === "slow_failure";
  const slow = outcome === "slow_failure" || outcome === "slow_success";
  if (count(policy, local.tally, failed, slow, now) && !circuit.forced)
    take(local, { type: "counted", by, epoch, ...told }, now);
}

/** Counts a call that succeeded while the circuit is plainly closed: the shortest way. */
export function succeed(local: LocalItem, ticket: Ticket, ms: number, at?: Millis): void {
  const { policy, tally } = local;
  if (ticket !== local.ticket || !local.plain) {
    settle(local, ticket, outcomeOf(policy, true, ms), undefined, at);
  } else if (policy.rule === "consecutive") {
    const row = tally as { failures: number };
    if (row.failures > 0) row.failures -= 1;
  } else {
    // Looking at a clock takes as long as all the rest: once a call where the caller has just done so.
    const now = at ?? local.settings.now();
    if (count(policy, tally, false, ms > policy.slow, now)) take(local, { type: "counted", by: byOf(local) }, now);
  }
}
