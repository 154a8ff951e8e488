import { formatPromDuration } from "../kernel/prometheus-duration.ts";
import type { Clause } from "../kernel/step.ts";
import { type DurationMs, formatDuration, MINUTE_MS } from "../kernel/time.ts";
import { boundOfRow, budgetOf, ratioOf, spentOf } from "./evaluate.ts";
import type { BurnRow, Look, Objective, RowLook, Sums } from "./types.ts";

/** Three significant digits: 0.1 %, 14.4, 99.95. */
export const figure = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (share: number): string => `${figure(100 * share)} %`;
/** Events that came as rates are hardly ever whole. */
const events = (count: number): string => (count >= 100 ? String(Math.round(count)) : figure(count));

const ratioText = (sums: Sums): string => {
  const ratio = ratioOf(sums);
  return ratio === undefined
    ? sums.known === 0
      ? "nothing is known"
      : "no events"
    : `${percent(ratio)} of ${events(sums.total)} bad`;
};

/** One row with both windows, as it was judged. */
export function rowClause(objective: Objective, row: BurnRow, { long, short, fires, held }: RowLook): Clause {
  const bound = boundOfRow(objective, row);
  const [longName, shortName] = [formatPromDuration(row.longMs), formatPromDuration(row.shortMs)];
  const end = held
    ? `; nothing is known of ${shortName}, so it goes on`
    : fires
      ? ""
      : Math.min(long.total, short.total) < objective.minEvents
        ? `; ${objective.minEvents} events are needed`
        : "";
  return {
    kind: held ? "held" : "computed",
    rule: "burn-rate",
    text: `${row.severity} ${fires ? "fires" : "is quiet"}: in ${longName} ${ratioText(long)}, in ${shortName} ${ratioText(short)}; above ${percent(bound)} (${figure(row.factor)} × the budget's rate) fires${end}`,
    values: {
      ...{ row: row.name, severity: row.severity, fires, factor: row.factor, bound, minEvents: objective.minEvents },
      ...{
        longMs: row.longMs,
        longEvents: long.total,
        longBad: long.bad,
        longKnown: long.known,
        longRatio: ratioOf(long),
      },
      ...{ shortMs: row.shortMs, shortEvents: short.total, shortBad: short.bad, shortKnown: short.known },
      shortRatio: ratioOf(short),
    },
  };
}

/** The budget of the period; a ratio without events is not told as a share. */
export function budgetClause(objective: Objective, { budget, spent }: Look): Clause {
  const share = spentOf(objective, budget);
  const values = {
    from: budget.from,
    bad: budget.bad,
    events: budget.total,
    known: budget.known,
    minutes: budget.minutes,
  };
  const text =
    share === undefined
      ? "budget: there were no events in the period, so there is no share to tell"
      : `budget: ${percent(share)} of what the period may have of bad events ${spent ? "is spent" : "is used"} (${events(budget.bad)} of ${events(budgetOf(objective, budget) ?? 0)})`;
  return { kind: "computed", rule: "budget", text, values: { ...values, spent: share } };
}

/** What is known of the newest minutes. */
export function dataClauses({ at, unknownSince, never, invalidAt }: Look): readonly Clause[] {
  const clause = (rule: string, text: string, values: Clause["values"]): Clause => ({
    kind: "input",
    rule,
    text,
    values,
  });
  return [
    ...(never
      ? [clause("data", "nothing was ever known", { at })]
      : unknownSince === undefined
        ? []
        : [clause("data", `nothing is known for ${formatDuration(at - unknownSince)}`, { at, unknownSince })]),
    ...(invalidAt === undefined
      ? []
      : [
          clause(
            "invalid",
            "figures that cannot be (more good or bad events than all, negative or infinite) were read",
            { invalidAt },
          ),
        ]),
  ];
}

/** How long the rest of the budget lasts at the rate of a row's short window; undefined where it is not spent at all. */
export function lastsFor(objective: Objective, { budget }: Look, { short, long }: RowLook): DurationMs | undefined {
  const whole = budgetOf(objective, budget);
  const recent = short.known > 0 ? short : long;
  const perMinute = recent.known === 0 ? 0 : recent.bad / recent.known;
  if (whole === undefined || perMinute <= 0) return undefined;
  return Math.max(0, ((whole - budget.bad) / perMinute) * MINUTE_MS);
}
