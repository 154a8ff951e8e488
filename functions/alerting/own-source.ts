import { postedAlert } from "../../shared/core/kernel/alert.ts";
import type { Alerts } from "../../shared/core/ports/alerts.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/**
 * Where rules and anomalies send: to the routing of the tenant's own configuration, where it has one, and to the Alertmanagers it
 * names. One that fails does not keep the other from being told; sending again is harmless.
 */
export function withOwnRouting(runtime: () => Runtime, external: Alerts): Alerts {
  return {
    send: async (tenant, alerts) => {
      const { alertingOf, receiveAlerts } = await import("./deferred.ts");
      const own = async () => {
        if (await alertingOf(runtime(), tenant)) await receiveAlerts(runtime(), tenant, alerts.map(postedAlert));
      };
      const sent = await Promise.allSettled([own(), external.send(tenant, alerts)]);
      for (const one of sent) if (one.status === "rejected") throw one.reason;
    },
  };
}
