import type { ServicesView } from "../../../functions/api/views.ts";
import type { RoutedAlertsView } from "../../../functions/api/views-alerting.ts";
import type { AnomaliesView } from "../../../functions/api/views-anomaly.ts";
import type { BackupPlans } from "../../../functions/api/views-backup.ts";
import type { DeliveryServicesView } from "../../../functions/api/views-delivery.ts";
import type { AlertsView } from "../../../functions/api/views-monitoring.ts";
import type { TrafficServicesView } from "../../../functions/api/views-traffic.ts";
import { activeLine } from "../alert-words.ts";
import { isOff, routing } from "../alerting-known.ts";
import { getDecisions, getServices } from "../api.ts";
import { getRoutedAlerts } from "../api-alerting.ts";
import { getAnomalies } from "../api-anomaly.ts";
import { getPlans } from "../api-backup.ts";
import { getBudgets, getForecast } from "../api-cost.ts";
import { getDelivery, getGates } from "../api-delivery.ts";
import { getAlerts } from "../api-monitoring.ts";
import { getTrafficServices } from "../api-traffic.ts";
import { backupParts } from "../backup-words.ts";
import { calmly } from "../calm.ts";
import { useNow } from "../clock.ts";
import { costParts } from "../cost-line.ts";
import { deliveryParts } from "../delivery-words.ts";
import { asFailure } from "../failure.ts";
import { plural } from "../format.ts";
import { Attention } from "../parts/attention.tsx";
import { DecisionList } from "../parts/decision-list.tsx";
import { Empty, Failed, Loading } from "../parts/looks.tsx";
import { ServiceGrid } from "../parts/service-grid.tsx";
import { usePollMs } from "../poll.ts";
import { type Resource, useResource } from "../resource.ts";
import { routedLine } from "../routed-words.ts";
import { pageLink } from "../router.ts";
import { telling } from "../telling.ts";
import { troubles } from "../traffic-words.ts";

const LAST = 12;
/** Most of them may be looks of a rollout that say nothing new. */
const READ = 60;

/** Services first, then what fires and what behaves unusually, where requests cannot go as they should, the last backup, and what it costs; that it is not known is said as well. */
function stateLine(
  services: ServicesView,
  alerts: Resource<AlertsView>,
  routed: RoutedAlertsView | undefined,
  anomalies: Resource<AnomaliesView>,
  traffic: TrafficServicesView | undefined,
  delivery: Resource<DeliveryServicesView>,
  backups: BackupPlans | undefined,
  cost: readonly string[],
  at: number,
): string {
  const parts = [services.state];
  const active = routed ? routedLine(routed.counts) : alerts.value && activeLine(alerts.value.items);
  if (active !== undefined) parts.push(active);
  if (alerts.value === undefined && alerts.failure) parts.push("alerts not known");
  const open = anomalies.value?.open.length ?? 0;
  if (open > 0) parts.push(plural(open, "open anomaly", "open anomalies"));
  if (anomalies.value === undefined && anomalies.failure) parts.push("anomalies not known");
  if (delivery.value) parts.push(...deliveryParts(delivery.value.items, at));
  else if (delivery.failure) parts.push("releases not known");
  return [
    ...parts,
    ...(traffic ? troubles(traffic.items) : []),
    ...(backups ? backupParts(backups.plans, at) : []),
    ...cost,
  ].join(", ");
}

/** More than is shown: the worst of them stand first. */
const ROUTED_AT_MOST = 200;

/** What fires and nobody sees to; undefined where alerts are not routed. What is off is not asked for again by this page. */
async function firingAlerts(signal: AbortSignal): Promise<RoutedAlertsView | undefined> {
  if (routing.get() === false) return undefined;
  try {
    return await getRoutedAlerts({ state: "firing", limit: ROUTED_AT_MOST }, signal);
  } catch (error) {
    if (!isOff(asFailure(error))) throw error;
    routing.set(false);
    return undefined;
  }
}

/** Days of bills are read for it, which change once a day. */
const COST_REST_MS = 60_000;

async function costLine(signal: AbortSignal): Promise<readonly string[]> {
  const forecast = await getForecast(signal);
  return costParts(forecast, forecast.status === "no_sources" ? undefined : await getBudgets(signal));
}

/** Is it all right? What did Headgate do, and why? */
export function Overview() {
  const everyMs = usePollMs();
  const services = useResource("services", getServices, everyMs);
  const decisions = useResource(`decisions last ${LAST}`, (signal) => getDecisions({ limit: READ }, signal), everyMs);
  const alerts = useResource("alerts", getAlerts, everyMs);
  const anomalies = useResource("anomalies", getAnomalies, everyMs);
  const routed = useResource("overview routed", firingAlerts, everyMs).value;
  const traffic = useResource("traffic", getTrafficServices, everyMs).value;
  const delivery = useResource("delivery", getDelivery, everyMs);
  const gates = useResource("gates", getGates, everyMs).value;
  const backups = useResource("backup plans", getPlans, everyMs).value;
  const cost = useResource("cost line", () => calmly("cost line", "", COST_REST_MS, costLine), COST_REST_MS).value;
  const now = useNow();
  const { value } = services;
  return (
    <>
      <h1 tabIndex={-1} class={value ? "state" : undefined} aria-live="polite">
        {value ? stateLine(value, alerts, routed, anomalies, traffic, delivery, backups, cost ?? [], now) : "Overview"}
      </h1>
      {value === undefined ? (
        services.failure ? (
          <Failed failure={services.failure} what="services" retry={services.reload} />
        ) : (
          <Loading what="services" rows={6} />
        )
      ) : (
        <>
          <Attention
            services={value.items}
            alerts={alerts.value?.items ?? []}
            routed={routed}
            anomalies={anomalies.value?.open ?? []}
            delivery={delivery.value?.items ?? []}
            gates={gates?.items ?? []}
            now={now}
          />
          <section aria-label="Services">
            {value.items.length === 0 ? (
              <Empty title="No services yet.">
                <p>
                  Name them under <code>services:</code> in <code>headgate.yaml</code> and run{" "}
                  <code>headgate config apply headgate.yaml</code>.
                </p>
              </Empty>
            ) : (
              <ServiceGrid services={value.items} />
            )}
          </section>
        </>
      )}
      {decisions.value !== undefined && (
        <section>
          <div class="section-head">
            <h2>Last decisions</h2>
            <a href={pageLink("/decisions")}>All decisions</a>
          </div>
          {decisions.value.items.length === 0 ? (
            <Empty title="Nothing has been decided yet." />
          ) : (
            <DecisionList
              items={telling(decisions.value.items).slice(0, LAST)}
              ago
              caption="Last decisions, newest first"
            />
          )}
        </section>
      )}
      {decisions.value === undefined && decisions.failure && value !== undefined && (
        <Failed failure={decisions.failure} what="decisions" retry={decisions.reload} />
      )}
    </>
  );
}
