import type { FailureReason, Notification } from "../kernel/notification.ts";
import type { DurationMs } from "../kernel/time.ts";

export type { Notification, NotifiedAlert } from "../kernel/notification.ts";

/**
 * How one try ended. `detail` is a sentence for people without any secret. `retry`: the same notification may get through later,
 * after `retryAfterMs` where the receiver said so. `reason`: for counting, absent: other. `store` is to be kept and handed in with the next notification.
 */
export type Delivered =
  | { readonly ok: true; readonly detail: string; readonly store?: Readonly<Record<string, string | number>> }
  | {
      readonly ok: false;
      readonly retry: boolean;
      readonly detail: string;
      readonly retryAfterMs?: DurationMs;
      readonly reason?: FailureReason;
    };

/** Tells one receiver, one try. Never rejects: whatever goes wrong is an outcome. Sent twice, a notification has the same key. */
export interface Notify {
  send(tenant: string, notification: Notification, signal?: AbortSignal): Promise<Delivered>;
}
