import type { AggregateKey } from "../kernel/key.ts";
import type { Millis } from "../kernel/time.ts";

/** What a timer delivers: wake up and look at this aggregate. */
export interface Wake {
  readonly key: AggregateKey;
  readonly at: Millis;
}

/**
 * Wakes at or after an instant, at least once, perhaps more often and out of order. A wake that is no longer wanted is
 * harmless (the step holds), so there is no cancel. Setting the same key and instant again is one wake, not two.
 * Errors: HeadgateError `timers.unavailable` (retryable).
 */
export interface Timers {
  wake(wake: Wake): Promise<void>;
}
