import type { DecisionFilters } from "../api.ts";
import { go, withQuery } from "../router.ts";

const NOUNS = ["autoscaling", "monitoring", "anomaly", "alerting", "traffic", "delivery", "backup"] as const;

/** Reasons worth filtering by, in words; any other one may stand in the address. */
const REASONS = [
  "scaled_out",
  "scaled_in",
  "would_scale_out",
  "would_scale_in",
  "within_target",
  "at_max",
  "at_min",
  "held_cooldown",
  "held_no_data",
  "held_stale_data",
  "held_not_enough_datapoints",
  "held_no_fleet",
  "held_deploying",
  "held_disagreement",
  "held_stabilization",
  "held_paused",
  "held_pending",
  "overridden",
  "bounds_enforced",
  "external_change",
  "paused",
  "resumed",
  "override_set",
  "override_cleared",
  "alarm_noted",
  "pending",
  "fired",
  "resolved",
  "held_query_failed",
  "opened",
  "would_alert",
  "grew",
  "ended",
  "settled",
  "judged_fine",
  "judged_bad",
  "notified_first",
  "notified_new_alerts",
  "notified_resolved",
  "notified_all_resolved",
  "notified_repeat",
  "escalated",
  "acknowledged",
  "unacknowledged",
  "commented",
  "held_muted",
  "held_inhibited",
  "held_silenced",
  "held_acknowledged",
] as const;

/** The filters of the list; each change is an address of its own. */
export function DecisionFiltersForm({ filters }: { filters: DecisionFilters }) {
  const set = (name: string, value: string) => go(withQuery({ [name]: value, decision: undefined }));
  const reasons =
    filters.reason === undefined || (REASONS as readonly string[]).includes(filters.reason)
      ? REASONS
      : [filters.reason, ...REASONS];
  return (
    <search class="filters">
      <label>
        Subject
        <input
          type="search"
          name="subject"
          placeholder="any"
          maxLength={200}
          defaultValue={filters.subject ?? ""}
          key={filters.subject ?? ""}
          onChange={(event) => set("subject", event.currentTarget.value.trim())}
        />
      </label>
      <label>
        Noun
        <select name="noun" value={filters.noun ?? ""} onChange={(event) => set("noun", event.currentTarget.value)}>
          <option value="">any</option>
          {[...new Set([...NOUNS, ...(filters.noun ? [filters.noun] : [])])].map((noun) => (
            <option key={noun} value={noun}>
              {noun}
            </option>
          ))}
        </select>
      </label>
      <label>
        Reason
        <select
          name="reason"
          value={filters.reason ?? ""}
          onChange={(event) => set("reason", event.currentTarget.value)}
        >
          <option value="">any</option>
          {reasons.map((reason) => (
            <option key={reason} value={reason}>
              {reason.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          name="acted"
          checked={filters.acted === "true"}
          onChange={(event) => set("acted", event.currentTarget.checked ? "true" : "")}
        />
        only what changed or would change something
      </label>
    </search>
  );
}
