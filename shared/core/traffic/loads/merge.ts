import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { LoadRow } from "./row.ts";

/** What all other callers together know of one host. */
export interface Elsewhere {
  /** Mean requests in flight. */
  readonly active: number;
  /** Mean of their response times, by calls; absent: none of them has one. */
  readonly ewmaMs?: number;
  readonly calls: number;
  readonly failures: number;
  /** Mean of their factors. */
  readonly lean: number;
}

/**
 * The rows of other callers as one. Rows that were not renewed within `maxAgeMs` do not count: the environment is gone, and with it what it had in
 * flight.
 */
export function mergeRows(rows: Iterable<LoadRow>, now: Millis, maxAgeMs: DurationMs): ReadonlyMap<string, Elsewhere> {
  const sums = new Map<
    string,
    { active: number; ewma: number; timed: number; calls: number; failures: number; lean: number; rows: number }
  >();
  for (const row of rows) {
    if (now - row.at > maxAgeMs) continue;
    for (const [id, host] of row.hosts) {
      const sum = sums.get(id) ?? { active: 0, ewma: 0, timed: 0, calls: 0, failures: 0, lean: 0, rows: 0 };
      sums.set(id, sum);
      sum.active += host.active;
      sum.calls += host.calls;
      sum.failures += host.failures;
      sum.lean += host.lean;
      sum.rows += 1;
      if (host.ewmaMs === undefined) continue;
      // Who has called it more knows more of it; who has not called it since its last row still knows something.
      sum.ewma += host.ewmaMs * (host.calls + 1);
      sum.timed += host.calls + 1;
    }
  }
  return new Map(
    [...sums].map(([id, { active, ewma, timed, calls, failures, lean, rows: count }]) => [
      id,
      { active, calls, failures, lean: lean / count, ...(timed > 0 ? { ewmaMs: ewma / timed } : {}) },
    ]),
  );
}
