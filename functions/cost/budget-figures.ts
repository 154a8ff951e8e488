import { periodBefore, periodOf } from "../../shared/core/cost/budget/period.ts";
import { type Scope, scopesOf } from "../../shared/core/cost/budget/scope.ts";
import {
  type BudgetFigures,
  type BudgetPeriod,
  type BudgetRule,
  tenantBudget,
} from "../../shared/core/cost/budget/types.ts";
import { addDays, type Day, dayOf, daysOf } from "../../shared/core/cost/day.ts";
import { sum, text, toNumber } from "../../shared/core/cost/decimal.ts";
import { type Ledger, ledger } from "../../shared/core/cost/forecast/ledger.ts";
import { forecastPeriod } from "../../shared/core/cost/forecast/period.ts";
import type { BudgetConfig } from "../../shared/core/cost/section.ts";
import type { BillDay, SourceState } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type Allocated, allocateBills } from "./allocate.ts";
import { collectBills } from "./collect.ts";
import type { CostWork } from "./context.ts";
import { HISTORY_DAYS } from "./forecast.ts";
import { standingOf, troublesOf } from "./standing.ts";
import { tenantOfCharges } from "./tenant-of.ts";

/** A budget of the configuration, one of a tenant's among them. */
export interface NamedBudget {
  readonly rule: BudgetRule;
  readonly period: BudgetConfig["period"];
  readonly scope: Scope;
}

/** A bill may change for so long after its period; then it is left alone. */
const LATE_DAYS = 10;
/** Bills come days later: that there is none on the first days of a period is no news. */
const EARLY_DAYS = 3;
/** The newest days that a bill may not have yet without lacking anything. */
const LAG_DAYS = 2;

/** All budgets of the configuration. */
export function budgetsOf({ config }: Pick<CostWork, "config">): readonly NamedBudget[] {
  const named = (name: string, budget: BudgetConfig, scope: Scope, tenant?: string): NamedBudget => ({
    period: budget.period,
    scope,
    rule: {
      name,
      amount: budget.amount,
      currency: config.currency,
      alertAt: [...new Set(budget.alertAt)].sort((a, b) => a - b),
      forecast: budget.forecast,
      severity: budget.severity,
      ...(tenant === undefined ? {} : { tenant }),
    },
  });
  return [
    ...Object.entries(config.budgets).map(([name, budget]) => named(name, budget, budget.scope, budget.scope.tenant)),
    ...Object.entries(config.tenants.budgets).map(([tenant, budget]) =>
      named(tenantBudget(tenant), budget, { ...budget.scope, tenant }, tenant),
    ),
  ];
}

export interface LookedBudget extends NamedBudget {
  /** The period that is going on, and the one before it as long as its bill may change. */
  readonly figures: readonly [BudgetFigures, ...BudgetFigures[]];
}

/**
 * What is known of every budget, from one pass over the bills.
 *
 * @throws those of reading bills; a source that does not answer makes figures unknown instead
 */
export async function budgetFigures(
  work: CostWork,
  budgets: readonly NamedBudget[] = budgetsOf(work),
): Promise<{ readonly items: readonly LookedBudget[]; readonly sources: readonly SourceState[] }> {
  if (budgets.length === 0) return { items: [], sources: [] };
  const today = dayOf(work.now);
  const periods = budgets.map(({ period }) => periodsOf(period, today));
  const oldest = periods.flat().reduce((least, { from }) => (from < least ? from : least), today);
  const history = addDays(today, -HISTORY_DAYS);
  const bills = await collectBills(work, { from: oldest < history ? oldest : history, to: today });
  const { basis, currency, rates } = work.config;
  const scopes = new Map(budgets.map(({ rule, scope }) => [rule.name, scope]));
  const seriesOf = scopesOf(scopes, tenantOfCharges(work.config));
  const book = ledger({ basis, currency, rates, today, seriesOf });
  const owned = new Set(budgets.filter(({ scope }) => isWholeTenant(scope)).map(({ rule }) => rule.name));
  const known = async function* () {
    for await (const day of bills.days) {
      book.add(day);
      yield day;
    }
  };
  const dealt = owned.size === 0 ? undefined : await dealtOut(work, known(), { from: oldest, to: today });
  if (!dealt) for await (const _ of known());
  const found = book.result();
  const items = budgets.map(({ rule, scope, period }, at): LookedBudget => {
    const own =
      scope.tenant !== undefined && owned.has(rule.name) && dealt ? ofTenant(found, dealt, scope.tenant) : found;
    const [first, ...rest] = (periods[at] ?? []).map((one) => figuresOf(rule, one, own, bills.sources, today));
    return { rule, scope, period, figures: [first as BudgetFigures, ...rest] };
  });
  return { items, sources: bills.sources };
}

/** All that a tenant costs: what a shared cluster costs is dealt out by use. With more conditions single charges count, by who owns them. */
const isWholeTenant = ({ tenant, service, account, tag }: Scope): boolean =>
  tenant !== undefined && service === undefined && account === undefined && tag === undefined;

/** Usage by hour is read for so many days: each has 24 objects. */
const DEALT_DAYS = 60;

/** Undefined where currencies are mixed: then nothing can be told anyway, and the figures say so. */
async function dealtOut(
  work: CostWork,
  bill: AsyncIterable<BillDay>,
  { from, to }: { readonly from: Day; readonly to: Day },
): Promise<Allocated | undefined> {
  const near = addDays(to, -DEALT_DAYS);
  try {
    return await allocateBills(work, { bill, from: from < near ? from : near, to });
  } catch (error) {
    if (error instanceof HeadgateError && error.code === "bill.currency") return undefined;
    throw error;
  }
}

/** The same days, with what a tenant was dealt out instead of charges. */
function ofTenant(book: Ledger, { result, from: first }: Allocated, tenant: string): Ledger {
  return {
    ...book,
    sum: (_name, from, to) =>
      sum(book.days.filter((day) => day >= from && day <= to).map((day) => result.ofDay(tenant, day))),
    series: (name) =>
      book
        .series(name)
        .flatMap(({ apart: _, ...one }) =>
          one.day < first ? [] : [{ ...one, value: toNumber(result.ofDay(tenant, one.day)) }],
        ),
  };
}

function periodsOf(kind: BudgetConfig["period"], today: Day): readonly BudgetPeriod[] {
  const current = periodOf(kind, today);
  return today <= addDays(current.from, LATE_DAYS) ? [current, periodBefore(kind, current)] : [current];
}

function figuresOf(
  rule: BudgetRule,
  period: BudgetPeriod,
  book: Ledger,
  sources: readonly SourceState[],
  today: Day,
): BudgetFigures {
  const { from, to } = period;
  const covered = book.days.filter((day) => day >= from && day <= to && day <= today);
  const through = covered.at(-1);
  const due = addDays(today, -1 - LAG_DAYS);
  const expected = daysOf(from, to < due ? to : due);
  const missingDays = expected.filter((day) => !covered.includes(day)).length;
  const unknown = (why: string, isEarly = false): BudgetFigures => ({
    ...{ period, why, missingDays },
    ...(isEarly ? { early: true } : {}),
  });
  if (through === undefined) {
    const isEarly = today <= addDays(from, EARLY_DAYS) && book.days.length > 0;
    return unknown(whyNot(sources, isEarly), isEarly);
  }
  const { currency, mixed } = book.exchange;
  if (mixed.length > 0 || (currency !== undefined && currency !== rule.currency))
    return unknown(
      `the bills are in ${mixed.join(" and ") || currency}, the budget is in ${rule.currency}: give a rate`,
    );
  const told = rule.forecast && to >= today ? forecastPeriod(book.series(rule.name), { from, to, today }) : undefined;
  return {
    ...{ period, through, missingDays },
    spent: text(book.sum(rule.name, from, to < today ? to : today)),
    ...(told?.status === "told" ? { forecast: { expected: told.expected, low: told.low, high: told.high } } : {}),
  };
}

function whyNot(sources: readonly SourceState[], isEarly: boolean): string {
  if (isEarly) return "it has just begun, and bills come a day or two later";
  const standing = standingOf(sources, 0);
  if (standing === "no_sources") return "no source of bills is configured";
  return troublesOf(sources)[0] ?? "the sources have no data of these days";
}
