import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

interface Window {
  minute: number;
  alerts: number;
}

/** By store and tenant. Kept in the process: a count in the store would be one item that every POST contends for. */
const windows = new WeakMap<object, Map<string, Window>>();

/**
 * Counts alerts that are about to be taken, per tenant and process, in whole minutes of real time.
 *
 * @throws HeadgateError `alerts.overloaded` (retryable) when the minute would have more than `limit`; then none of them is counted
 */
export function takeFromLimit(runtime: Runtime, tenant: string, count: number, limit: number): void {
  let known = windows.get(runtime.store);
  if (!known) windows.set(runtime.store, (known = new Map()));
  const real = runtime.now() / runtime.speed;
  const minute = Math.floor(real / MINUTE_MS);
  const window = known.get(tenant);
  const before = window?.minute === minute ? window.alerts : 0;
  if (before + count > limit) {
    const seconds = Math.max(1, Math.ceil(((minute + 1) * MINUTE_MS - real) / SECOND_MS));
    throw new HeadgateError(
      "alerts.overloaded",
      `${before} alerts came in this minute and ${limit} are taken (alerting.limits.alertsPerMinute); send them again in ${seconds} s`,
      { retryable: true },
    );
  }
  known.set(tenant, { minute, alerts: before + count });
}

/** Real seconds until alerts are taken again after `alerts.overloaded`: to the next whole minute. */
export const retryAfterSeconds = (runtime: Runtime): number =>
  Math.max(1, Math.ceil((MINUTE_MS - ((runtime.now() / runtime.speed) % MINUTE_MS)) / SECOND_MS));
