import { type ExposeFormat, exposeFamilies } from "../core/monitoring/expose.ts";
import { createRegistry, type FamilySpec, type MetricKind } from "../core/monitoring/registry.ts";
import { SERVICE_METRICS } from "../core/monitoring/service-metrics.ts";

/** Upper bounds in seconds; Prometheus's client default set with a longer tail, since an action may take a minute. */
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

const HELP: Readonly<Record<string, string>> = {
  headgate_decisions_total: "Decisions by noun, reason and mode, also those that changed nothing.",
  headgate_decisions_recorded_total:
    "Decisions that changed something and are in the journal, by noun, reason and mode.",
  headgate_claim_conflicts_total: "Claims that lost to another writer and were tried again.",
  headgate_action_seconds: "Time to perform one action.",
  headgate_recoveries_total: "Actions finished for a worker that died or was too slow.",
  headgate_input_age_seconds: "Age of the newest point of each reading when a decision used it.",
  headgate_decisions_overdue: "Aggregates whose due time has passed by more than two ticks.",
  headgate_flushes_overdue: "Groups of alerts whose flush is overdue by more than two minutes.",
  headgate_rollouts_overdue: "Rollouts that were due and that the last tick could not look at.",
  headgate_evaluation_failures_total: "Aggregates that could not be decided about, by noun.",
  headgate_forecast_failures_total: "Policies that had to decide without the forecast that they go by.",
  headgate_rule_failures_total: "Rules without an answer to their query; they are held.",
  headgate_rule_group_seconds: "Time to evaluate one group of rules.",
  headgate_alerts_failed_total: "Alerts that no receiver took; they are sent again.",
  headgate_anomaly_points_total: "Points that were scored.",
  headgate_anomaly_unread_total: "Signals of which nothing could be read; they hold.",
  headgate_alarms_ignored_total: "Alarm changes of services or rules that are not configured (any more).",
  headgate_anomaly_baselines_lost_total: "Baselines that could not be read back and start anew.",
  headgate_backup_alerts_total: "What people were told of backups, by plan and event.",
  headgate_backup_failures: "Backup runs of a plan that failed in a row.",
  headgate_backup_last_cut_timestamp_seconds: "When the cut of the newest restore point was taken.",
  headgate_backup_last_gaps: "Gaps in the newest restore point.",
  headgate_backup_last_new_bytes: "Uncompressed bytes that the newest run added.",
  headgate_backup_last_places_missing: "Destinations that do not have the newest restore point.",
  headgate_backup_last_records: "Records that the newest restore point holds.",
  headgate_backup_last_stored_bytes: "Bytes that the newest run stored at each destination.",
  headgate_backup_last_verified: "Whether the newest restore point was read back and found as it was written.",
  headgate_backup_running: "Whether a backup run of a plan is under way.",
  headgate_backup_work_failures_total: "Pieces of backup work that failed and are done again.",
  headgate_backups_overdue:
    "Plans whose newest verified point is older than two intervals, and runs that the last tick could not look at.",
  headgate_cost_alerts_total: "What people were told of cost reports, by report and event.",
  headgate_cost_failures_total: "Steps of cost's own work that failed and are done again.",
  headgate_cost_per_million_events: "What a million events (records in, requests) of a topic, service or tenant cost.",
  headgate_cost_per_million_events_weekly_change_percent: "How the cost of a million events changes in a week.",
  headgate_cost_source_readable: "Whether a source of bills could be read when it was last asked.",
  headgate_usage_total: "What was asked of AWS in the units of its bill, by item.",
  headgate_costs_overdue: "Bills or usage that could not be read for two periods, and work that the last tick put off.",
  alertmanager_alerts_received_total: "The total number of received alerts.",
  alertmanager_alerts_invalid_total: "The total number of received alerts that were invalid.",
  alertmanager_notifications_total: "Notifications that were attempted, by integration.",
  alertmanager_notifications_failed_total: "Notifications that were given up, by integration and reason.",
  alertmanager_notification_latency_seconds: "Time to deliver a notification, waits between tries included.",
  headgate_http_requests_total: "API requests by route, method and status.",
  headgate_http_request_seconds: "Time to answer an API request.",
};

/** Headgate's own families take their labels as they come; their names and labels are in the code that counts. */
const own = (name: string, type: MetricKind): FamilySpec => ({
  name,
  type,
  help: HELP[name] ?? name,
  ...(type === "histogram" ? { buckets: BUCKETS_SECONDS } : {}),
});

/** What the control plane counts: its own families, and the platform's service metrics of what it collects. */
export function metricsRegistry() {
  const registry = createRegistry({ families: SERVICE_METRICS, unknown: own });
  return {
    ...registry,
    expose: (format: ExposeFormat): string => exposeFamilies(registry.families(), format),
  };
}
