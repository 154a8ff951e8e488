import type { CostBudgets, CostForecast } from "../../functions/api/views-cost.ts";
import { roundMoney } from "./money.ts";

/** What of cost belongs into the first sentence of the overview; nothing where no bill is configured. */
export function costParts(forecast: CostForecast, budgets: CostBudgets | undefined): readonly string[] {
  const { status, spent, expected, currency = "", sources } = forecast;
  if (status === "no_sources") return [];
  if (status === "denied") return ["cost not known: bills may not be read"];
  if (status === "unavailable") return ["cost not known: bills do not answer"];
  if (spent === undefined) return [];
  const madeUp = sources.some((one) => one.status === "read" && one.finality === "made_up") ? " (made up)" : "";
  const whole = budgets?.items.find((one) => one.every === "month" && one.whole);
  const of = whole ? ` of ${roundMoney(whole.amount, whole.currency)}` : "";
  const foreseen =
    expected === undefined ? of && `, budget${of.slice(3)}` : `, forecast ${roundMoney(expected, currency)}${of}`;
  return [`${roundMoney(spent, currency)} so far this month${madeUp}${foreseen}`];
}
