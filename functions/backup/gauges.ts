import type { RunState } from "../../shared/core/backup/run/types.ts";
import type { PlanContext } from "./context.ts";

/** What dashboards and rules see of a plan. */
export function gauges({ runtime: { telemetry }, name: plan }: PlanContext, state: RunState | undefined): void {
  if (!state) return;
  const { point, current, failures } = state;
  telemetry.gauge("headgate_backup_running", current ? 1 : 0, { plan });
  telemetry.gauge("headgate_backup_failures", failures, { plan });
  if (!point) return;
  telemetry.gauge("headgate_backup_last_cut_timestamp_seconds", point.cutAt / 1_000, { plan });
  telemetry.gauge("headgate_backup_last_records", point.records, { plan });
  telemetry.gauge("headgate_backup_last_new_bytes", point.newBytes, { plan });
  telemetry.gauge("headgate_backup_last_stored_bytes", point.storedBytes, { plan });
  telemetry.gauge("headgate_backup_last_gaps", point.gaps, { plan });
  telemetry.gauge("headgate_backup_last_places_missing", point.missing.length, { plan });
  telemetry.gauge("headgate_backup_last_verified", point.verified === "ok" ? 1 : 0, { plan });
}
