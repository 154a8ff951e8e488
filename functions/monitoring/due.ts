import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";

/** So many missed instants are caught up on; what is older is a gap. At 15 s they are half an hour. */
const MOST_INSTANTS = 120;

/**
 * The instants to evaluate a rule at: whole multiples of its interval after its last answer, and `newest`. Without a last answer
 * only `newest`, as there is nothing to catch up with.
 *
 * @param earliest before it nothing is known
 */
export function dueInstants(
  previousAt: Millis | undefined,
  newest: Millis,
  intervalMs: DurationMs,
  earliest = Number.NEGATIVE_INFINITY,
): readonly Millis[] {
  if (previousAt === undefined || previousAt >= newest) return [newest];
  const lastWhole = Math.ceil(newest / intervalMs) * intervalMs - intervalMs;
  const from = Math.max(previousAt + 1, earliest, lastWhole - (MOST_INSTANTS - 2) * intervalMs);
  const instants: Millis[] = [];
  for (let at = Math.ceil(from / intervalMs) * intervalMs; at < newest; at += intervalMs) instants.push(at);
  return [...instants, newest];
}
