import { alertmanagerAddresses } from "../../shared/core/monitoring/alertmanager-addresses.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";

/** Where alerts are posted: the Alertmanagers of the configuration, then those of prometheus.yml. */
export function receiversOf(monitoring: MonitoringConfig | undefined): readonly string[] {
  if (!monitoring) return [];
  const own = monitoring.alertmanagers.map((base) => `${base.replace(/\/+$/, "")}/api/v2/alerts`);
  return [...new Set([...own, ...(monitoring.scrape?.settings.alertmanagers ?? []).flatMap(alertmanagerAddresses)])];
}
