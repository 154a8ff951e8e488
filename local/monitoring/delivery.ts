import { formatDuration, type Millis } from "../../shared/core/kernel/time.ts";
import type { Alerts } from "../../shared/core/ports/alerts.ts";
import type { SelfCheck } from "../../shared/shell/runtime.ts";

/** Alerts that are watched on their way. */
export interface Delivery {
  readonly alerts: Alerts;
  check(): SelfCheck;
}

/** Tells once that alerts are not taken by anybody, and once that they are again: a pager that is silent by mistake looks like peace. */
export function watchDelivery(alerts: Alerts, now: () => Millis, tell: (part: string, text: string) => void): Delivery {
  let failing: { readonly since: Millis; readonly why: string } | undefined;
  return {
    alerts: {
      send: async (tenant, batch) => {
        try {
          await alerts.send(tenant, batch);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          if (!failing) tell("alerts", `${why}; they are sent again each minute`);
          failing = { since: failing?.since ?? now(), why };
          throw error;
        }
        if (failing)
          tell("alerts", `over: they are taken again, after ${formatDuration(Math.max(0, now() - failing.since))}`);
        failing = undefined;
      },
    },
    check: () => ({
      name: "alerts:delivered",
      check: failing
        ? { status: "warn", output: `${failing.why} (for ${formatDuration(Math.max(0, now() - failing.since))})` }
        : { status: "pass" },
    }),
  };
}
