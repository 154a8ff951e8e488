import type { CircuitStatus } from "../../kernel/circuit.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import { randomOf } from "../balance/random.ts";
import { localBreaker } from "./local.ts";
import { REFUSED } from "./local-item.ts";
import type { BreakerPolicy } from "./policy.ts";

/** One recorded call: when it began, whether it succeeded, how long it took. */
export interface RecordedCall {
  readonly at: Millis;
  readonly ok: boolean;
  readonly ms: DurationMs;
}

/** What one policy would have done with the recorded calls. */
export interface WhatIf {
  readonly calls: number;
  readonly failures: number;
  readonly admitted: number;
  readonly refused: number;
  /** Refused, and the recorded call succeeded: what the policy costs. */
  readonly refusedGood: number;
  /** Refused, and the recorded call failed: what it saves. */
  readonly refusedBad: number;
  /** Failures it let through. */
  readonly doomed: number;
  readonly openings: number;
  /** Not closed: open or half open. */
  readonly openMs: DurationMs;
  /** Of the time from the first call to the last answer; 0..1. */
  readonly openShare: number;
  readonly firstOpenAt: Millis | null;
  readonly changes: readonly {
    readonly at: Millis;
    readonly from: CircuitStatus;
    readonly to: CircuitStatus;
    readonly reason: string;
  }[];
}

/**
 * Recorded calls once more, with a breaker in front. Each call asks when it began and tells its outcome when it ended, so answers that
 * come after an opening are late here too. Recorded calls are taken as they were: that the other side would have recovered sooner
 * under fewer calls is not known.
 *
 * @param calls in any order
 */
export function whatIf(policy: BreakerPolicy, calls: readonly RecordedCall[], seed: number): WhatIf {
  const starts = [...calls].sort((a, b) => a.at - b.at);
  const ends = starts.map((_, index) => index).sort((a, b) => endOf(starts, a) - endOf(starts, b) || a - b);
  const chance = randomOf(seed);
  const found = { admitted: 0, refused: 0, refusedGood: 0, doomed: 0, openings: 0, openMs: 0 };
  const changes: { at: Millis; from: CircuitStatus; to: CircuitStatus; reason: string }[] = [];
  let now = starts[0]?.at ?? 0;
  const from = now;
  let openSince: Millis | null = null;
  const breaker = localBreaker(policy, {
    now: () => now,
    random: () => chance.next(),
    onTransition: (change) => {
      changes.push({ at: change.at, from: change.from, to: change.to, reason: change.reason });
      if (change.to === "open") found.openings += 1;
      if (change.from === "closed") openSince = change.at;
      if (change.to === "closed" && openSince !== null) found.openMs += change.at - openSince;
    },
  });
  const tickets = new Float64Array(starts.length);
  let started = 0;
  for (const index of ends) {
    const endsAt = endOf(starts, index);
    // What begins before this answer comes asks before it is known; what begins at that very moment knows it.
    while (started <= index || (starts[started]?.at ?? Infinity) < endsAt) {
      now = (starts[started] as RecordedCall).at;
      tickets[started] = breaker.tryAdmit();
      started += 1;
    }
    now = endsAt;
    const { ok, ms } = starts[index] as RecordedCall;
    const ticket = tickets[index] as number;
    if (ticket === REFUSED) {
      found.refused += 1;
      if (ok) found.refusedGood += 1;
      continue;
    }
    found.admitted += 1;
    if (!ok) found.doomed += 1;
    if (ok) breaker.succeeded(ticket, ms);
    else breaker.failed(ticket, ms);
  }
  const last = changes.at(-1);
  if (last && last.to !== "closed" && openSince !== null) found.openMs += now - openSince;
  return {
    calls: starts.length,
    failures: found.doomed + found.refused - found.refusedGood,
    refusedBad: found.refused - found.refusedGood,
    ...found,
    openShare: now > from ? found.openMs / (now - from) : 0,
    firstOpenAt: changes.find(({ to }) => to === "open")?.at ?? null,
    changes,
  };
}

const endOf = (calls: readonly RecordedCall[], index: number): Millis => {
  const call = calls[index] as RecordedCall;
  return call.at + call.ms;
};
