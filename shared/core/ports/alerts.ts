import type { Alert } from "../kernel/alert.ts";

/**
 * Where firing and resolved alerts go. Sending the same alert again is harmless: receivers tell alerts apart by their labels.
 * Errors: HeadgateError `alerts.unavailable` (retryable) when no receiver took them.
 */
export interface Alerts {
  send(tenant: string, alerts: readonly Alert[]): Promise<void>;
}
