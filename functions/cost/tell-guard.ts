import type { TopicAction } from "../../shared/core/cost/change/types.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { CostWork } from "./context.ts";

/** People look at it the next day at the latest; what it was about is over by then. */
const LASTS_MS = DAY_MS;

/** Tells people through alerting that the guard has taken a change back, and why. Taking back never waits for it: what cannot be told is logged. */
export async function tellTakenBack(
  { runtime, tenant }: CostWork,
  { cluster, topic }: TopicAction,
  why: string,
): Promise<void> {
  if (!runtime.alerts) return;
  const now = Math.floor(runtime.now());
  const alert = {
    labels: { alertname: "HeadgateRetentionTakenBack", cluster, topic, severity: "warning" },
    annotations: { summary: `${topic}: the shorter retention was taken back`, description: why },
    startsAt: now,
    endsAt: now + LASTS_MS,
  };
  try {
    await runtime.alerts.send(tenant, [alert]);
  } catch (error) {
    runtime.telemetry.log("warn", "nobody could be told that a retention was taken back", { tenant, topic, error });
  }
}
