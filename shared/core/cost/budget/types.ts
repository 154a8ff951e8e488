import type { Alert } from "../../kernel/alert.ts";
import type { Action } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Day } from "../day.ts";

/** Subject of a budget; other subjects of the noun have another beginning. Budgets of tenants have names of their own: "tenant:payments". */
export const budgetSubject = (name: string): string => `budget:${name}`;
/** Name under which a tenant's budget is kept. No budget of the configuration can have it: names hold no colon. */
export const tenantBudget = (tenant: string): string => `tenant:${tenant}`;

/** What a budget allows, as the step sees it. */
export interface BudgetRule {
  readonly name: string;
  /** Exact decimal text. */
  readonly amount: string;
  readonly currency: string;
  /** Percent of the amount, ascending. */
  readonly alertAt: readonly number[];
  /** Whether an end above the amount that is only foretold alerts as well. */
  readonly forecast: boolean;
  readonly severity: "info" | "warning" | "critical";
  readonly tenant?: string;
}

/** "2026-11", "2026-Q4" or "2026", and its days, both included. */
export interface BudgetPeriod {
  readonly id: string;
  readonly from: Day;
  readonly to: Day;
}

/** What is known of one period. */
export interface BudgetFigures {
  readonly period: BudgetPeriod;
  /** Exact decimal text. Absent: nothing is known, which is not zero. */
  readonly spent?: string;
  /** Why nothing is known. */
  readonly why?: string;
  /** That nothing is known is no news: the period has just begun. */
  readonly early?: boolean;
  /** Newest day with data. */
  readonly through?: Day;
  /** Days of the period that should be there and are not: what was spent is then at least this much. */
  readonly missingDays: number;
  readonly forecast?: { readonly expected: number; readonly low: number; readonly high: number };
}

/** `look`: the period that is going on, and the one before it as long as its bill may change. `gone`: it left the configuration. */
export type BudgetInput =
  | { readonly kind: "look"; readonly figures: readonly BudgetFigures[] }
  | { readonly kind: "gone" };

/** A threshold in percent, or what is foretold. */
export type BudgetAlertOf = number | "forecast";

export interface FiredAlert {
  readonly of: BudgetAlertOf;
  readonly at: Millis;
  /** Until then it fires if nobody ends it. */
  readonly until: Millis;
  /** Exact text; of a forecast what was expected, rounded. */
  readonly value: string;
  /** What ends must have the labels with which it began, whatever the configuration says by then. */
  readonly labels: Alert["labels"];
}

export interface BudgetState {
  readonly v: 1;
  /** Periods in which something was told, the newest first; two at the most. */
  readonly periods: readonly { readonly id: string; readonly fired: readonly FiredAlert[]; readonly times: number }[];
  /** Since when nothing is known of the period that is going on. */
  readonly quiet?: { readonly since: Millis; readonly why: string };
}

export interface BudgetAction extends Action {
  readonly type: "tell";
  readonly period: string;
  /** What each alert is of, in the order of `alerts`; those that begin to fire. */
  readonly raised: readonly BudgetAlertOf[];
  readonly alerts: readonly Alert[];
}

/** Every way a look at a budget can end. */
export type BudgetReason =
  | "alerted"
  | "forecast_alerted"
  | "eased"
  | "within"
  | "held_no_data"
  | "data_again"
  | "removed";
