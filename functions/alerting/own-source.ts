import { type Alert, postedAlert } from "../../shared/core/kernel/alert.ts";
import type { Alerts } from "../../shared/core/ports/alerts.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Real ms in which nothing need be heard of what still fires. On a fast clock the minutes that a rule allows for pass in no time. */
const SILENT_MS = 15_000;

/** An end that lies ahead, not nearer than that. What is over says so itself. */
function lasting(alert: Alert, { speed, now }: Pick<Runtime, "speed" | "now">): Alert {
  const { endsAt } = alert;
  const at = now();
  if (speed === 1 || endsAt === undefined || endsAt <= at) return alert;
  return { ...alert, endsAt: Math.max(endsAt, Math.ceil(at + SILENT_MS * speed)) };
}

/**
 * Where rules and anomalies send: to the routing of the tenant's own configuration, where it has one, and to the Alertmanagers it
 * names. One that fails does not keep the other from being told; sending again is harmless.
 */
export function withOwnRouting(runtime: () => Runtime, external: Alerts): Alerts {
  return {
    send: async (tenant, alerts) => {
      const { alertingOf, receiveAlerts } = await import("./deferred.ts");
      const own = async () => {
        if (!(await alertingOf(runtime(), tenant))) return;
        const lasted = alerts.map((alert) => postedAlert(lasting(alert, runtime())));
        await receiveAlerts(runtime(), tenant, lasted);
      };
      const sent = await Promise.allSettled([own(), external.send(tenant, alerts)]);
      for (const one of sent) if (one.status === "rejected") throw one.reason;
    },
  };
}
