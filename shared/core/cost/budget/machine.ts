import { type ActionResult, type Clause, type Step, steady } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { compare, type Decimal, decimal, divide, fromNumber, multiply, round, text, toNumber } from "../decimal.ts";
import { endedAlert, firesUntil, labelsOf, raisedAlert } from "./alert.ts";
import type {
  BudgetAction,
  BudgetAlertOf,
  BudgetFigures,
  BudgetInput,
  BudgetReason,
  BudgetRule,
  BudgetState,
  FiredAlert,
} from "./types.ts";

type Result = Step<BudgetState, BudgetAction, BudgetReason>;
type Kept = BudgetState["periods"][number];

/** A forecast moves a little each day: an alert of it is over only this far below the amount. */
const EASED = 0.95;
const KEPT_PERIODS = 2;

const clause = (kind: Clause["kind"], rule: string, said: string, values: Clause["values"] = {}): Clause => ({
  ...{ kind, rule, text: said, values },
});

interface Looked {
  readonly kept: Kept;
  readonly actions: readonly BudgetAction[];
  readonly trace: readonly Clause[];
  readonly reason: BudgetReason;
}

/** From the least to the most telling: a look at two periods is named after the more telling one. */
const TELLING: readonly BudgetReason[] = [
  "within",
  "held_no_data",
  "data_again",
  "eased",
  "forecast_alerted",
  "alerted",
];

const HUNDRED = fromNumber(100);
const shareOf = (spent: Decimal, amount: Decimal): string => {
  const percent = divide(multiply(spent, HUNDRED), amount, 1);
  return percent ? `${text(percent)} %` : "more than all";
};

/** Which alerts ought to fire by what is known. */
function wanted(rule: BudgetRule, figures: BudgetFigures, spent: Decimal, fired: readonly FiredAlert[]) {
  const amount = decimal(rule.amount) ?? fromNumber(0);
  const now = new Map<BudgetAlertOf, string>();
  // Nothing spent reaches nothing, also where nothing may be spent.
  for (const percent of rule.alertAt)
    if (spent.units > 0n && compare(multiply(spent, HUNDRED), multiply(amount, fromNumber(percent))) >= 0)
      now.set(percent, text(spent));
  const { forecast } = figures;
  if (!rule.forecast) return now;
  const before = fired.find(({ of }) => of === "forecast");
  // What is not foretold today says nothing: what fires goes on.
  if (!forecast) {
    if (before) now.set("forecast", before.value);
    return now;
  }
  const limit = toNumber(amount);
  const over = before ? forecast.expected > EASED * limit : forecast.expected > limit && compare(spent, amount) < 0;
  if (over) now.set("forecast", text(round(fromNumber(forecast.expected), 2)));
  return now;
}

const nameOf = (of: BudgetAlertOf): string => (of === "forecast" ? "the forecast" : `${of} %`);

function lookAt(rule: BudgetRule, kept: Kept, figures: BudgetFigures, now: Millis): Looked {
  const { period } = figures;
  const spent = figures.spent === undefined ? undefined : decimal(figures.spent);
  if (!spent) {
    const why = figures.why ?? "no data";
    const trace = [clause("held", "no-data", `${period.id}: ${why}; that is not 0, so nothing is decided`)];
    return { kept, actions: [], trace, reason: "held_no_data" };
  }
  const amount = decimal(rule.amount) ?? fromNumber(0);
  const trace = [
    clause(
      "input",
      "spent",
      `${period.id}: ${text(spent)} of ${rule.amount} ${rule.currency} spent (${shareOf(spent, amount)})${figures.through === undefined ? "" : `, bills through ${figures.through}`}`,
      { spent: text(spent), amount: rule.amount, through: figures.through },
    ),
  ];
  if (figures.missingDays > 0)
    trace.push(
      clause("input", "missing-days", `${figures.missingDays} days have no data: at least this much was spent`, {
        missingDays: figures.missingDays,
      }),
    );
  if (figures.forecast) {
    const { expected, low, high } = figures.forecast;
    const said = [expected, low, high].map((value) => text(round(fromNumber(value), 2)));
    trace.push(
      clause("input", "forecast", `expected at the end ${said[0]} (${said[1]} to ${said[2]})`, { expected, low, high }),
    );
  }
  const should = wanted(rule, figures, spent, kept.fired);
  const over = kept.fired.filter(({ of }) => !should.has(of));
  const until = firesUntil(period, now);
  const raised = [...should]
    .filter(([of]) => !kept.fired.some((one) => one.of === of))
    .map(([of, value]): FiredAlert => ({ of, at: now, until, value, labels: labelsOf(rule, period.id, of) }));
  if (over.length + raised.length === 0) return { kept, actions: [], trace, reason: "within" };
  const times = kept.times + 1;
  for (const { of, value } of raised)
    trace.push(
      clause("chosen", of === "forecast" ? "forecast" : "threshold", `${nameOf(of)} is reached: told once`, { value }),
    );
  for (const { of } of over)
    trace.push(clause("changed", "eased", `${nameOf(of)} is no longer reached: its alert ends`, {}));
  const alerts = [...over.map((one) => endedAlert(one, now)), ...raised.map((one) => raisedAlert(rule, figures, one))];
  const key = `budget:${rule.name}:${period.id}:${times}`;
  const reason = raised.some(({ of }) => of !== "forecast")
    ? "alerted"
    : raised.length > 0
      ? "forecast_alerted"
      : "eased";
  return {
    kept: { id: period.id, fired: [...kept.fired.filter((one) => !over.includes(one)), ...raised], times },
    actions: [{ type: "tell", key, period: period.id, raised: raised.map(({ of }) => of), alerts }],
    trace,
    reason,
  };
}

function look(rule: BudgetRule, state: BudgetState, all: readonly BudgetFigures[], now: Millis): Result {
  const looked = all.map((figures) => {
    const kept = state.periods.find(({ id }) => id === figures.period.id);
    return lookAt(rule, kept ?? { id: figures.period.id, fired: [], times: 0 }, figures, now);
  });
  const current = all.reduce<BudgetFigures | undefined>(
    (a, b) => (a && a.period.from >= b.period.from ? a : b),
    undefined,
  );
  const isQuiet = current !== undefined && current.spent === undefined && current.early !== true;
  const quiet = isQuiet ? (state.quiet ?? { since: now, why: current.why ?? "no data" }) : undefined;
  // A period in which nothing was told is not kept: a thousand budgets that are kept to cost no write at all.
  const news = looked.filter(({ actions }) => actions.length > 0).map(({ kept }) => kept);
  const periods = [...news, ...state.periods.filter(({ id }) => !news.some((one) => one.id === id))]
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, KEPT_PERIODS);
  const reasons: BudgetReason[] = [
    ...looked.map(({ reason }) => reason),
    ...(state.quiet && !isQuiet ? (["data_again"] as const) : []),
  ];
  return {
    state: quiet === state.quiet && news.length === 0 ? state : { v: 1, periods, ...(quiet ? { quiet } : {}) },
    actions: looked.flatMap(({ actions }) => actions),
    reason: isQuiet && !reasons.includes("alerted") ? "held_no_data" : reasons.reduce(moreTelling, "within"),
    trace: looked.flatMap(({ trace }) => trace),
  };
}

const moreTelling = (a: BudgetReason, b: BudgetReason): BudgetReason =>
  TELLING.indexOf(b) > TELLING.indexOf(a) ? b : a;

/** It left the configuration: nobody would ever end what still fires. */
function gone(rule: BudgetRule, state: BudgetState, now: Millis): Result {
  const actions = state.periods.flatMap(({ id, fired, times }): BudgetAction[] => {
    const alerts = fired.filter(({ until }) => until > now).map((one) => endedAlert(one, now));
    const key = `budget:${rule.name}:${id}:${times + 1}`;
    return alerts.length === 0 ? [] : [{ type: "tell", key, period: id, raised: [], alerts }];
  });
  const isEmpty = state.periods.every(({ fired }) => fired.length === 0);
  return {
    state: isEmpty ? state : { v: 1, periods: [] },
    actions,
    reason: "removed",
    trace: [clause("changed", "configuration", "the budget left the configuration; what fired is over")],
  };
}

/** Who was not told is told again with the next look. */
function settle(_rule: BudgetRule, state: BudgetState, results: readonly ActionResult[]): BudgetState {
  const failed = results.filter(({ status }) => status === "failed").map(({ key }) => key);
  if (failed.length === 0) return state;
  const periods = state.periods.map((one): Kept => {
    const isLost = failed.some((key) => key.endsWith(`:${one.id}:${one.times}`));
    if (!isLost) return one;
    const newest = Math.max(...one.fired.map(({ at }) => at));
    return { ...one, fired: one.fired.filter(({ at }) => at < newest) };
  });
  return { ...state, periods };
}

/** One budget, as the shell sees it: each threshold alerts once per period, and again only where revised days had taken it back. */
export const budgetMachine = steady<BudgetRule, BudgetState, BudgetInput, BudgetAction, BudgetReason>({
  noun: "cost",
  initial: () => ({ v: 1, periods: [] }),
  step: (rule, state, input: BudgetInput, now) =>
    input.kind === "gone" ? gone(rule, state, now) : look(rule, state, input.figures, now),
  settle,
  dueAt: () => undefined,
});
