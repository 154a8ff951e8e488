import type { ReportAction, ReportEvent } from "../../shared/core/cost/jobs/types.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { CostWork } from "./context.ts";

const KINDS: Readonly<
  Record<ReportEvent, { readonly alertname: string; readonly summary: (report: string) => string }>
> = {
  failed: { alertname: "HeadgateCostReportFailed", summary: (report) => `${report}: a cost report is missing` },
  denied: { alertname: "HeadgateBillsDenied", summary: (report) => `${report}: bills may not be read` },
};
/** Until the report is made again and says otherwise; a weekly one takes a week. */
const LASTS_MS = 8 * DAY_MS;

/**
 * Tells people through alerting what is wrong with a report, and ends what is over.
 *
 * @returns what was told, a sentence
 * @throws HeadgateError `alerts.unavailable`
 */
export async function tellPeople(
  { runtime, tenant }: CostWork,
  { report, raise, end }: Extract<ReportAction, { type: "tell_people" }>,
): Promise<string> {
  const now = Math.floor(runtime.now());
  for (const { event } of raise) runtime.telemetry.count("headgate_cost_alerts_total", { report, event });
  if (!runtime.alerts) return "nobody is told: there is no alerting here";
  const labels = (event: ReportEvent) => ({ alertname: KINDS[event].alertname, report, severity: "warning" });
  const alerts: Alert[] = [
    ...end.map((event) => ({ labels: labels(event), annotations: {}, startsAt: now, endsAt: now })),
    ...raise.map(({ event, text }) => ({
      labels: labels(event),
      annotations: { summary: KINDS[event].summary(report), description: text },
      startsAt: now,
      endsAt: now + LASTS_MS,
    })),
  ];
  if (alerts.length > 0) await runtime.alerts.send(tenant, alerts);
  return raise.length > 0
    ? `told as ${raise.map(({ event }) => KINDS[event].alertname).join(", ")}`
    : `${end.length} alerts are over`;
}
