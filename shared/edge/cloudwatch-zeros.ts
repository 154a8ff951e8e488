import type { Point } from "../core/kernel/reading.ts";
import { MINUTE_MS, type Millis } from "../core/kernel/time.ts";

/** A count that is not there so long after the last one that is will not come any more. */
const LATE_MS = 3 * MINUTE_MS;

/** From where on counts must be known to judge those from `from` on: a count just before may say that the next ones are late. */
export function judgedFrom(from: Millis, periodMs: number, now: Millis): Millis {
  return Math.min(from, Math.floor((now - LATE_MS) / periodMs) * periodMs - periodMs);
}

/**
 * Counts with the periods in which nothing was counted. A load balancer reports `RequestCount` only while requests flow ("If there are no requests
 * flowing through the load balancer or no data for a metric, the metric is not reported": Elastic Load Balancing, CloudWatch metrics for your
 * Application Load Balancer), so a night without any would look like an outage. `HealthyHostCount` of the same target group is reported as long as
 * targets are registered: where it is above 0 and nothing was counted, nothing came. Where no target is healthy, what comes may be refused before
 * it is counted, and stays unknown; so does what may only be late.
 *
 * @param counted ascending, from {@link judgedFrom} on
 * @param healthy of the periods that are asked for
 */
export function withZeros(
  counted: readonly Point[],
  healthy: readonly Point[],
  periodMs: number,
  now: Millis,
): readonly Point[] {
  const last = counted.at(-1);
  const until = last && now - (last.at + periodMs) < LATE_MS ? last.at : Number.POSITIVE_INFINITY;
  const known = new Set(counted.map(({ at }) => at));
  const zeros = healthy.filter(({ at, value }) => value > 0 && at < until && !known.has(at));
  if (zeros.length === 0) return counted;
  return [...counted, ...zeros.map(({ at }) => ({ at, value: 0 }))].sort((a, b) => a.at - b.at);
}
