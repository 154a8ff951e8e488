import { DAY_MS, formatDuration, MINUTE_MS } from "../../kernel/time.ts";
import { shortOf } from "../objectives.ts";
import { grainOf, LONGEST_ROW_MS, rowsOf, type WrittenRow } from "../rows.ts";
import type { BurnRow, Period, Severity } from "../types.ts";
import { type Context, fault, referred, shorthand, warn, within } from "./context.ts";
import type { Condition, Policy } from "./shapes.ts";

/** Names of severities that wake somebody; any other is a ticket. */
const PAGES: ReadonlySet<string> = new Set([
  "page",
  "critical",
  "sev1",
  "sev2",
  "sev-1",
  "sev-2",
  "p1",
  "p2",
  "high",
  "urgent",
]);
const severityOf = (written: string): Severity => (PAGES.has(written.toLowerCase()) ? "page" : "ticket");

/** Rows of burn rates by an SLO's alert policies; undefined where it has none, or none can be read: the usual ones. */
export function rowsByPolicies(
  context: Context,
  policies: readonly Policy[],
  period: Period,
): readonly BurnRow[] | undefined {
  if (policies.length === 0) return undefined;
  const rows = policies.flatMap((policy, index) => rowsOfPolicy(within(context, index), policy));
  return rowsOf(rows, period);
}

function rowsOfPolicy(context: Context, { alertPolicyRef, spec }: Policy): readonly WrittenRow[] {
  const found =
    alertPolicyRef === undefined ? spec : referred(within(context, "alertPolicyRef"), "AlertPolicy", alertPolicyRef);
  if (!found) {
    if (alertPolicyRef === undefined) fault(context, "a policy is given or referred to", "alertPolicyRef or spec");
    return [];
  }
  if (found.notificationTargets !== undefined)
    warn(context, "notificationTargets are not acted on: routes of alerting say who is told");
  if (found.alertWhenResolved === false)
    warn(context, "alertWhenResolved: false is not acted on: routes say whether ends are told");
  if (found.alertWhenNoData === false)
    warn(context, "alertWhenNoData: false is not acted on: an objective without data is always told");
  if (found.alertWhenBreaching === false) {
    warn(context, "alertWhenBreaching: false: its conditions raise no alert");
    return [];
  }
  const at = alertPolicyRef === undefined ? within(context, "spec", "conditions") : context;
  return (found.conditions ?? []).flatMap((condition, index) => rowOf(within(at, index), condition) ?? []);
}

function rowOf(context: Context, { conditionRef, spec }: Condition): WrittenRow | undefined {
  const found =
    conditionRef === undefined ? spec : referred(within(context, "conditionRef"), "AlertCondition", conditionRef);
  if (!found)
    return conditionRef === undefined
      ? fault(context, "a condition is given or referred to", "conditionRef or spec")
      : undefined;
  const { severity = "ticket", condition = {} } = found;
  const { kind = "burnrate", op = "gt", threshold, lookbackWindow = "", alertAfter = "0m" } = condition;
  if (kind !== "burnrate")
    return fault(within(context, "kind"), "conditions of this kind are unknown", "burnrate", kind);
  if (op !== "gt" && op !== "gte")
    return fault(within(context, "op"), "a burn rate fires above its threshold", "gt or gte", op);
  if (threshold === undefined || threshold <= 0)
    return fault(within(context, "threshold"), "the burn rate that fires", "a number above 0", threshold);
  const longMs = shorthand(lookbackWindow);
  if (longMs === undefined || longMs < 5 * MINUTE_MS || longMs > LONGEST_ROW_MS || longMs % grainOf(longMs) !== 0)
    return fault(
      within(context, "lookbackWindow"),
      "the long window",
      `5m to ${LONGEST_ROW_MS / DAY_MS}d; above 6h in steps of 5m`,
      lookbackWindow,
    );
  const after = shorthand(alertAfter);
  if (after === undefined)
    return fault(within(context, "alertAfter"), "not a valid duration", "such as 5m", alertAfter);
  const fits = after > 0 && after < longMs && after % grainOf(longMs) === 0;
  const shortMs = fits ? after : shortOf(longMs);
  if (after > 0)
    warn(
      context,
      `alertAfter is taken for a short window of ${formatDuration(shortMs)}, over which the rate has to hold as well`,
    );
  return { severity: severityOf(severity), longMs, shortMs, factor: threshold };
}
