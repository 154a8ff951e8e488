import { budgetMachine } from "../../shared/core/cost/budget/machine.ts";
import {
  type BudgetAction,
  type BudgetFigures,
  type BudgetInput,
  type BudgetReason,
  type BudgetRule,
  type BudgetState,
  budgetSubject,
} from "../../shared/core/cost/budget/types.ts";
import type { Day } from "../../shared/core/cost/day.ts";
import { decimal, divide, fromNumber, multiply, toNumber } from "../../shared/core/cost/decimal.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { budgetFigures, type LookedBudget } from "./budget-figures.ts";
import type { CostWork } from "./context.ts";
import { troublesOf } from "./standing.ts";
import "../shared-parts.ts";

/** `unknown`: there is no data, which is not 0. `forecast`: it is expected to be exceeded. `reached`: a threshold below all of it. */
export type BudgetStanding = "within" | "reached" | "exceeded" | "forecast" | "unknown";

/** A budget and its present period; money is exact text. */
export interface BudgetAnswer {
  readonly name: string;
  readonly tenant?: string;
  readonly period: string;
  readonly from: Day;
  readonly to: Day;
  readonly amount: string;
  readonly currency: string;
  /** Absent: not known, which is not zero. */
  readonly spent?: string;
  readonly percent?: number;
  readonly through?: Day;
  readonly missingDays: number;
  readonly forecast?: number;
  readonly low?: number;
  readonly high?: number;
  readonly alertAt: readonly number[];
  /** Thresholds (and "forecast") that were told in this period and still hold. */
  readonly told: readonly (number | "forecast")[];
  readonly state: BudgetStanding;
  readonly text?: string;
}

export interface BudgetsAnswer {
  readonly items: readonly BudgetAnswer[];
  readonly notes: readonly string[];
}

const AT_ONCE = 16;
const SCHEDULED: Trigger = { type: "schedule", detail: "look at budgets" };

/** All budgets as they stand; nothing is decided and nobody told. @throws those of the store and of reading bills */
export async function budgets(work: CostWork): Promise<BudgetsAnswer> {
  const [{ items, sources }, kept] = await Promise.all([budgetFigures(work), keptBudgets(work)]);
  return { items: items.map((one) => answerOf(one, kept.get(one.rule.name))), notes: troublesOf(sources) };
}

/**
 * Looks at every budget: alerts what is newly reached, ends what no longer is. A budget of which nothing is new costs no request of its own: a thousand of
 * them are some pages of the store.
 *
 * @throws those of reading bills and listing states; a budget that fails alone is told in the log and stops no other
 */
export async function lookAtBudgets(work: CostWork, trigger: Trigger = SCHEDULED): Promise<BudgetsAnswer> {
  const [{ items, sources }, kept] = await Promise.all([budgetFigures(work), keptBudgets(work)]);
  const now = Math.floor(work.runtime.now());
  const known = new Set(items.map(({ rule }) => rule.name));
  const looks = items.map(({ rule, figures }) => ({
    rule,
    input: { kind: "look", figures } satisfies BudgetInput as BudgetInput,
  }));
  const removed = [...kept].flatMap(([name, { state }]) =>
    known.has(name) || stateOf(state).periods.every(({ fired }) => fired.length === 0)
      ? []
      : [{ rule: goneRule(name, work.config.currency), input: { kind: "gone" } as BudgetInput }],
  );
  await bounded([...looks, ...removed], AT_ONCE, async ({ rule, input }) => {
    const stored = kept.get(rule.name);
    if (!isNews(rule, stored, input, now)) return;
    try {
      await decide(work, rule, input, stored, trigger);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      work.runtime.telemetry.log("warn", "a budget could not be looked at", {
        tenant: work.tenant,
        budget: rule.name,
        error: why,
      });
      work.runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "cost" });
    }
  });
  const after = await keptBudgets(work);
  return { items: items.map((one) => answerOf(one, after.get(one.rule.name))), notes: troublesOf(sources) };
}

/** Whether there is anything to decide: the step is pure, so asking it beforehand costs nothing. */
function isNews(rule: BudgetRule, stored: Stored | undefined, input: BudgetInput, now: number): boolean {
  if (stored?.pending) return true;
  const state = stored ? stateOf(stored.state) : budgetMachine.initial(rule, now);
  const step = budgetMachine.step(rule, state, input, now);
  return step.actions.length > 0 || step.state !== state;
}

async function decide(
  work: CostWork,
  rule: BudgetRule,
  input: BudgetInput,
  loaded: Stored | undefined,
  trigger: Trigger,
): Promise<BudgetReason | undefined> {
  const { runtime, tenant, configVersion } = work;
  const result = await run(runtime, {
    machine: budgetMachine,
    tenant,
    subject: budgetSubject(rule.name),
    mode: "act",
    config: rule,
    configVersion,
    trigger,
    ...(loaded ? { loaded } : {}),
    observe: async () => input,
    perform: (action) => tell(runtime, tenant, action),
  });
  return result.reason;
}

/** @throws HeadgateError `alerts.unavailable`: tried again */
async function tell(runtime: Runtime, tenant: string, { key, alerts, raised }: BudgetAction): Promise<ActionResult> {
  if (!runtime.alerts)
    return { key, status: "skipped", at: runtime.now(), detail: "nobody is told: there is no alerting here" };
  await runtime.alerts.send(tenant, alerts);
  for (const of of raised) runtime.telemetry.count("headgate_cost_budget_alerts_total", { of: String(of) });
  const count = raised.length === 0 ? "ended what is no longer so" : `told ${raised.map(String).join(", ")}`;
  return { key, status: "done", at: runtime.now(), detail: count };
}

const stateOf = (state: unknown): BudgetState => state as BudgetState;

async function keptBudgets({ runtime, tenant }: CostWork): Promise<ReadonlyMap<string, Stored>> {
  const prefix = budgetSubject("");
  const found = new Map<string, Stored>();
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page: Awaited<ReturnType<Runtime["store"]["list"]>> = await runtime.store.list(tenant, "cost", {
      prefix,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const item of page.items) found.set(item.key.subject.slice(prefix.length), item);
    cursor = page.cursor;
  }
  return found;
}

/** Of a budget that is no longer configured: what it needs to end what still fires. */
const goneRule = (name: string, currency: string): BudgetRule => ({
  ...{ name, amount: "0", currency, alertAt: [], forecast: false, severity: "warning" },
  ...(name.startsWith("tenant:") ? { tenant: name.slice("tenant:".length) } : {}),
});

function answerOf({ rule, figures: [now] }: LookedBudget, stored: Stored | undefined): BudgetAnswer {
  const { period, spent, through, missingDays, forecast, why } = now;
  const kept = stored && stateOf(stored.state).periods.find(({ id }) => id === period.id);
  const percent = percentOf(spent, rule.amount);
  const told = kept?.fired.map(({ of }) => of) ?? [];
  const state = standing(rule, now, percent, told);
  return {
    name: rule.name,
    ...(rule.tenant === undefined ? {} : { tenant: rule.tenant }),
    ...{ period: period.id, from: period.from, to: period.to, amount: rule.amount, currency: rule.currency },
    ...(spent === undefined ? {} : { spent }),
    ...(percent === undefined ? {} : { percent }),
    ...(through === undefined ? {} : { through }),
    missingDays,
    ...(forecast ? { forecast: forecast.expected, low: forecast.low, high: forecast.high } : {}),
    ...{ alertAt: rule.alertAt, told, state },
    ...(why === undefined ? {} : { text: why }),
  };
}

function percentOf(spent: string | undefined, amount: string): number | undefined {
  const [part, whole] = [spent === undefined ? undefined : decimal(spent), decimal(amount)];
  const percent = part && whole ? divide(multiply(part, fromNumber(100)), whole, 2) : undefined;
  return percent && toNumber(percent);
}

function standing(
  rule: BudgetRule,
  { spent, forecast }: BudgetFigures,
  percent: number | undefined,
  told: readonly (number | "forecast")[],
): BudgetStanding {
  if (spent === undefined) return "unknown";
  // Of a budget of nothing there are no percents.
  if (percent === undefined ? (decimal(spent)?.units ?? 0n) > 0n : percent >= 100) return "exceeded";
  if (percent === undefined) return "within";
  if (rule.alertAt.some((one) => percent >= one)) return "reached";
  const isForetold = told.includes("forecast") || (forecast !== undefined && forecast.expected > Number(rule.amount));
  return isForetold ? "forecast" : "within";
}
