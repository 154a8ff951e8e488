import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { NotifyAction } from "../../shared/core/monitoring/rule-types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/**
 * Sends what began to fire or ended. A receiver that is away is no reason to hold the rule: what fires is sent again each minute,
 * what ended for a quarter of an hour.
 */
export async function perform(runtime: Runtime, tenant: string, action: NotifyAction): Promise<ActionResult> {
  const { key, alerts } = action;
  const count = alerts.length === 1 ? "one alert" : `${alerts.length} alerts`;
  if (!runtime.alerts) {
    return { key, status: "skipped", at: runtime.now(), detail: `${count} not sent: no Alertmanager is configured` };
  }
  try {
    await runtime.alerts.send(tenant, alerts);
    return { key, status: "done", at: runtime.now(), detail: `${count} sent` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    runtime.telemetry.count("headgate_alerts_failed_total");
    runtime.telemetry.log("warn", "alerts were not sent; they are sent again within a minute", { tenant, error: why });
    return { key, status: "failed", at: runtime.now(), detail: `${count} not sent, tried again in a minute: ${why}` };
  }
}

/** Sends what still fires, or has ended lately, once more. Failing is told, and made good by the next time. */
export async function resend(runtime: Runtime, tenant: string, alerts: readonly Alert[]): Promise<void> {
  if (alerts.length === 0 || !runtime.alerts) return;
  try {
    await runtime.alerts.send(tenant, alerts);
  } catch (error) {
    runtime.telemetry.count("headgate_alerts_failed_total");
    runtime.telemetry.log("warn", "alerts were not sent again; the next evaluation will", {
      tenant,
      alerts: alerts.length,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
