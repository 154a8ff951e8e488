import type { SourceAlert, Sourced } from "../../../shared/core/alerting/sources/types.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { type Received, receiveAlerts } from "../receive.ts";
import { takeNewest } from "./newest.ts";

/** What became of one event. */
export interface Taken {
  /** Alerts that were taken. */
  readonly accepted: number;
  /** Why nothing followed, where nothing did. */
  readonly why?: string;
}

/**
 * Receives the alerts of one event of AWS, those that are news.
 *
 * @throws HeadgateError `alerting.off`, `alerts.overloaded`, and what the store throws: the event has to come again
 */
export async function takeNews(
  runtime: Runtime,
  tenant: string,
  { at, alerts }: Extract<Sourced, { kind: "alerts" }>,
): Promise<Taken> {
  let accepted = 0;
  for (const alert of alerts)
    await takeNewest(runtime, tenant, at, alert, async (one) => {
      accepted += (await received(runtime, tenant, [one])).accepted;
    });
  return accepted > 0 ? { accepted } : { accepted, why: "it is known, later news are, or it ends what never began" };
}

/** Receives alerts; what is not valid about one of ours is a fault of ours and goes to the log. */
export async function received(runtime: Runtime, tenant: string, alerts: readonly SourceAlert[]): Promise<Received> {
  const answer = await receiveAlerts(runtime, tenant, alerts);
  for (const why of answer.invalid) runtime.telemetry.log("error", "alert of an event is not valid", { why });
  return answer;
}
