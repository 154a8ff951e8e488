import type { Alert } from "../../kernel/alert.ts";
import { DAY_MS, type Millis } from "../../kernel/time.ts";
import { addDays, startOf } from "../day.ts";
import type { BudgetAlertOf, BudgetFigures, BudgetPeriod, BudgetRule, FiredAlert } from "./types.ts";

/** Names under which budgets reach alerting; routes and silences are written for them. */
const NAMES = { spent: "HeadgateBudget", forecast: "HeadgateBudgetForecast" } as const;

/** An alert fires until its period is over, or for a day where that is (nearly) so: nobody has to send it again. */
export const firesUntil = (period: BudgetPeriod, now: Millis): Millis =>
  Math.max(startOf(addDays(period.to, 1)) ?? 0, now + DAY_MS);

/** Equal labels are the same alert. */
export const labelsOf = (
  { name, tenant, severity }: BudgetRule,
  period: string,
  of: BudgetAlertOf,
): Alert["labels"] => ({
  alertname: of === "forecast" ? NAMES.forecast : NAMES.spent,
  budget: name,
  period,
  ...(of === "forecast" ? {} : { threshold: String(of) }),
  ...(tenant === undefined ? {} : { tenant }),
  severity,
});

/** As it begins to fire. */
export function raisedAlert(rule: BudgetRule, figures: BudgetFigures, fired: FiredAlert): Alert {
  const { period, through, missingDays } = figures;
  const whose = rule.tenant === undefined ? rule.name : `tenant ${rule.tenant}`;
  const summary =
    fired.of === "forecast"
      ? `${whose}: ${period.id} is expected to end at ${fired.value} ${rule.currency}, the budget is ${rule.amount}`
      : `${whose}: ${fired.of} % of the budget of ${period.id} is spent (${fired.value} of ${rule.amount} ${rule.currency})`;
  const known = [
    ...(through === undefined ? [] : [`bills through ${through}`]),
    ...(missingDays > 0 ? [`${missingDays} ${missingDays === 1 ? "day has" : "days have"} no data yet`] : []),
  ];
  return {
    labels: fired.labels,
    annotations: { summary, ...(known.length === 0 ? {} : { description: known.join("; ") }) },
    startsAt: fired.at,
    endsAt: fired.until,
  };
}

/** As it is over before its time. */
export const endedAlert = ({ labels, at }: FiredAlert, now: Millis): Alert => ({
  labels,
  annotations: {},
  startsAt: at,
  endsAt: now,
});
