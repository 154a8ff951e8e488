import type { ComparedView, MoneyView, PlayedLoadView } from "../functions/api/views-autoscaling-tune.ts";
import type { Measures } from "../shared/core/autoscaling/backtest/measures.ts";
import type { Minute } from "../shared/core/autoscaling/backtest/simulate.ts";
import type { PlotSeries } from "../shared/core/autoscaling/plot/types.ts";
import { formatDuration, MINUTE_MS, type Millis, SECOND_MS } from "../shared/core/kernel/time.ts";
import { facts, number } from "./format.ts";
import { type Io, table } from "./io.ts";

/** "14 days, 8 tasks busy on average, 100 % of the minutes known". */
export const loadText = ({ days, meanTasks, known }: PlayedLoadView): string =>
  `${number(days)} ${days === 1 ? "day" : "days"}, ${number(meanTasks)} tasks busy on average, ${number(known * 100)} % of the minutes known`;

/** "days 9-14", "day 3". */
export const daysWords = ([from, to]: readonly [number, number]): string =>
  from === to ? `day ${from}` : `days ${from}-${to}`;

/** "20 (0.23 %)". */
export const violations = ({ violationMinutes, minutes }: Measures): string =>
  `${violationMinutes} (${((100 * violationMinutes) / minutes).toFixed(2)} %)`;

/** "12.40 a day (12.00 tasks, 0.40 violation minutes)". */
export const moneyText = ({ perDay, total, tasks, violations: bad }: MoneyView): string => {
  const days = perDay > 0 ? total / perDay : 1;
  return `${perDay.toFixed(2)} a day (tasks ${(tasks / days).toFixed(2)}, violation minutes ${(bad / days).toFixed(2)})`;
};

/** A score as lines, the picked or given policy first. */
export function tellMeasures(
  io: Io,
  view: Measures,
  more: readonly (readonly [string, string | undefined])[] = [],
): void {
  for (const line of facts([
    ["policy", view.policy],
    ["minutes", `${view.minutes}`],
    ["violation minutes", `${view.violationMinutes}`],
    ["task hours", `${number(view.taskHours)} (perfect foresight: ${number(view.oracleTaskHours)})`],
    ["cost ratio", view.costRatio.toFixed(3)],
    ["J", `${view.j.toFixed(3)} (lower is better, 1 is perfect foresight)`],
    ["worst wait", `${number(view.worstWaitSeconds)} s`],
    ["actions per day", number(view.actionsPerDay)],
    ...more,
  ])) {
    io.line(line);
  }
}

/** "10.4 s", "6 min 57 s". */
const waitText = (seconds: number): string =>
  seconds < 120 ? `${number(seconds)} s` : formatDuration(seconds * SECOND_MS);

/** One row a policy, the best first; a price a day where prices were given. */
export function comparedLines(rows: readonly ComparedView[]): readonly string[] {
  const money = rows.some((row) => row.money !== undefined);
  const head = [
    "POLICY",
    "J",
    "VIOLATION MINUTES",
    "COST RATIO",
    "WORST WAIT",
    "ACTIONS/DAY",
    ...(money ? ["PRICE/DAY"] : []),
  ];
  const body = rows.map((row) => [
    row.policy,
    row.j.toFixed(3),
    violations(row),
    row.costRatio.toFixed(3),
    waitText(row.worstWaitSeconds),
    number(row.actionsPerDay),
    ...(money ? [row.money?.perDay.toFixed(2) ?? "?"] : []),
  ]);
  return table([head, ...body]);
}

/** Played minutes as series of a picture. */
export function minutesOf(startAt: Millis, minutes: readonly Minute[]): PlotSeries {
  const of = (value: (minute: Minute, index: number) => number): readonly number[] => minutes.map(value);
  return {
    startAt,
    stepMs: MINUTE_MS,
    load: of(({ arrivals }) => arrivals),
    capacity: of(({ capacity }) => capacity),
    desired: of(({ desired }) => desired),
    backlog: of(({ backlog }) => backlog),
    violated: of(({ violated }) => (violated ? 1 : 0)),
    actions: of(({ desired }, index) => (desired === (minutes[index - 1]?.desired ?? desired) ? 0 : 1)),
  };
}
