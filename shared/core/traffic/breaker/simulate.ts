import type { CircuitStatus } from "../../kernel/circuit.ts";
import { type DurationMs, type Millis, SECOND_MS } from "../../kernel/time.ts";
import { randomOf } from "../balance/random.ts";
import { localBreaker } from "./local.ts";
import { REFUSED } from "./local-item.ts";
import type { BreakerPolicy } from "./policy.ts";
import { expectedCallsToOpen, probabilityToOpen } from "./walk.ts";

/** From an instant on calls fail with this probability. */
export interface Phase {
  readonly fromMs: DurationMs;
  readonly failure: number;
}

export interface SimulationSettings {
  readonly policy: BreakerPolicy;
  /** Ascending; the first from 0. */
  readonly phases: readonly Phase[];
  /** Probability that a call is slower than the policy's `slow`. */
  readonly slow: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly seed: number;
  readonly runs: number;
}

/** One change of the circuit in the typical run. */
export interface Change {
  /** 1-based: the call before which, or by whose outcome, it changed. */
  readonly call: number;
  readonly atMs: Millis;
  readonly from: CircuitStatus;
  readonly to: CircuitStatus;
  readonly reason: string;
}

export interface Spread {
  readonly mean: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
}

/** Figures per run are means over the runs. */
export interface Simulated {
  /**
   * Whether the typical run opened, and at which call: the run in the middle when they are ordered by their first opening, those that
   * never opened last.
   */
  readonly opened: boolean;
  readonly openedAtCall: number | null;
  readonly openedRuns: number;
  /** Share of the runs that opened at least once. */
  readonly openedShare: number;
  /** First opening, over the runs that opened; null where none did. */
  readonly callsUntilOpen: Spread | null;
  /**
   * By formula, for the rule `consecutive` at one steady failure rate: mean calls until it opens, and the probability that it opens
   * within these calls. Null where there is no formula (failures are so rare that the rule forgets them in between), or it never opens.
   */
  readonly expectedCallsUntilOpen: number | null;
  readonly expectedOpenShare: number | null;
  readonly perRun: {
    readonly admitted: number;
    readonly refused: number;
    /** Calls that were let through and failed. */
    readonly doomed: number;
    /** Calls that were refused and would have succeeded. */
    readonly refusedGood: number;
    readonly openings: number;
    /** Share of the time in which it was not closed. */
    readonly openShare: number;
  };
  /** Of the typical run; `moreChanges` more are not listed. */
  readonly changes: readonly Change[];
  readonly moreChanges: number;
}

const MOST_CHANGES = 200;

interface Totals {
  admitted: number;
  refused: number;
  doomed: number;
  refusedGood: number;
  openings: number;
  openMs: number;
}

/**
 * A breaker in front of something that fails at random, many times over, in virtual time: calls come evenly, one after the other. Whether
 * a call would fail is drawn for refused ones too, so that what they would have met is known.
 */
export function simulateBreaker(settings: SimulationSettings): Simulated {
  const totals: Totals = { admitted: 0, refused: 0, doomed: 0, refusedGood: 0, openings: 0, openMs: 0 };
  const firsts: number[] = [];
  for (let run = 0; run < settings.runs; run += 1) firsts.push(simulateRun(settings, run, totals) ?? Infinity);
  const opened = firsts.filter(Number.isFinite);
  const typical = typicalOf(firsts);
  const typicalCall = firsts[typical] as number;
  const changes: Change[] = [];
  simulateRun(settings, typical, { ...totals }, (change) => changes.push(change));
  const { runs, calls, callsPerSecond } = settings;
  const lengthMs = (calls * SECOND_MS) / callsPerSecond;
  return {
    opened: typicalCall < Infinity,
    openedAtCall: typicalCall < Infinity ? typicalCall : null,
    openedRuns: opened.length,
    openedShare: opened.length / runs,
    callsUntilOpen: spreadOf(opened),
    ...formulas(settings),
    perRun: {
      admitted: totals.admitted / runs,
      refused: totals.refused / runs,
      doomed: totals.doomed / runs,
      refusedGood: totals.refusedGood / runs,
      openings: totals.openings / runs,
      openShare: lengthMs > 0 ? totals.openMs / runs / lengthMs : 0,
    },
    changes: changes.slice(0, MOST_CHANGES),
    moreChanges: Math.max(0, changes.length - MOST_CHANGES),
  };
}

/** Number of the run in the middle. */
function typicalOf(firsts: readonly number[]): number {
  const order = firsts
    .map((_, run) => run)
    .sort((a, b) => (firsts[a] === firsts[b] ? a - b : (firsts[a] as number) - (firsts[b] as number)));
  return order[Math.floor((order.length - 1) / 2)] ?? 0;
}

/** Calls without a failure for so long as the rule remembers one: above this, what is forgotten changes the figures. */
const NEGLIGIBLE = 1e-6;

function formulas({ policy, phases, calls, callsPerSecond }: SimulationSettings) {
  const failure = phases[0]?.failure;
  if (policy.rule !== "consecutive" || phases.length !== 1 || failure === undefined)
    return { expectedCallsUntilOpen: null, expectedOpenShare: null };
  const remembered = policy.forget === "never" ? Infinity : (callsPerSecond * policy.forget) / SECOND_MS;
  if (failure > 0 && (1 - failure) ** remembered > NEGLIGIBLE)
    return { expectedCallsUntilOpen: null, expectedOpenShare: null };
  const expected = expectedCallsToOpen(policy.failures, failure);
  return {
    expectedCallsUntilOpen: Number.isFinite(expected) ? expected : null,
    expectedOpenShare: probabilityToOpen(policy.failures, failure, calls) ?? null,
  };
}

/** One run; answers at which call it opened first. */
function simulateRun(
  settings: SimulationSettings,
  run: number,
  totals: Totals,
  changed?: (change: Change) => void,
): number | null {
  const { policy, phases, slow, calls, callsPerSecond } = settings;
  // Each run is a stream of its own; what a call meets does not depend on the policy.
  const fate = randomOf(settings.seed + run * 7919);
  const chance = randomOf(settings.seed + run * 7919 + 1_000_003);
  let now = 0;
  let call = 0;
  let openedAt: number | null = null;
  let openSince: number | null = null;
  const breaker = localBreaker(policy, {
    now: () => now,
    random: () => chance.next(),
    onTransition: ({ from, to, reason, at }) => {
      changed?.({ call, atMs: at, from, to, reason });
      if (to === "open") totals.openings += 1;
      if (to === "open") openedAt ??= call;
      if (from === "closed") openSince = at;
      if (to === "closed" && openSince !== null) totals.openMs += at - openSince;
      if (to === "closed") openSince = null;
    },
  });
  const slowMs = policy.rule === "rate" ? policy.slow + 1 : 0;
  let phase = 0;
  for (call = 1; call <= calls; call += 1) {
    now = ((call - 1) * SECOND_MS) / callsPerSecond;
    while ((phases[phase + 1]?.fromMs ?? Infinity) <= now) phase += 1;
    const fails = fate.next() < (phases[phase]?.failure ?? 0);
    const ms = slow > 0 && fate.next() < slow ? slowMs : 0;
    const ticket = breaker.tryAdmit();
    if (ticket === REFUSED) {
      totals.refused += 1;
      if (!fails) totals.refusedGood += 1;
      continue;
    }
    totals.admitted += 1;
    if (fails) {
      totals.doomed += 1;
      breaker.failed(ticket, ms);
    } else {
      breaker.succeeded(ticket, ms);
    }
  }
  if (openSince !== null) totals.openMs += (calls * SECOND_MS) / callsPerSecond - openSince;
  return openedAt;
}

function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
  return {
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p5: at(0.05),
    p50: at(0.5),
    p95: at(0.95),
  };
}
