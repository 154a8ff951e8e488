import { DAY_MS, type DurationMs, MINUTE_MS } from "../shared/core/kernel/time.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** Length of one measured period: the longest that every policy's period is a multiple of, at most a minute. */
export function basePeriod(config: HeadgateConfig): number {
  return Object.values(config.autoscaling).reduce((period, { period: one }) => commonDivisor(period, one), MINUTE_MS);
}

/** How far back measurements are kept: a day, and as long as a policy `auto` looks back on where there is one. */
export function keepMs(config: HeadgateConfig): DurationMs {
  const policies = Object.values(config.autoscaling).flatMap((one) => one.policies);
  return policies.reduce((kept, policy) => (policy.type === "auto" ? Math.max(kept, policy.history) : kept), DAY_MS);
}
