import type {
  CostBudgetsView,
  CostDriversView,
  CostForecastView,
  CostSourcesView,
  CostStanding,
} from "../functions/cost/views.ts";
import { amountText } from "../shared/core/cost/report/amount.ts";
import { table } from "./io.ts";

/** An amount of money as people read it; what nobody knows is a dash, not 0. */
export const amount = (exact: string | null | undefined, currency?: string | null): string =>
  exact == null ? "–" : `${amountText(exact, 2)}${currency == null ? "" : ` ${currency}`}`;

const EFFECTS: Readonly<Record<string, string>> = { mixed: "price or volume" };

const STANDING: Readonly<Record<Exclude<CostStanding, "known">, string>> = {
  none: "the sources answered and have no charge for these days",
  denied: "no bill may be read: permission is missing (headgate cost sources)",
  unavailable: "no source of bills answered (headgate cost sources)",
  no_sources: "no source of bills is configured (cost.sources of headgate.yaml, or --focus FILE)",
};

/** Why there is no figure; undefined where there is one. No data, denied and 0 are three different answers. */
export const standingText = (status: string): string | undefined =>
  Object.hasOwn(STANDING, status) ? STANDING[status as keyof typeof STANDING] : undefined;

export function forecastLines(view: CostForecastView): readonly string[] {
  const { status, from, currency, basis, spent, expected, low, high, level, history, through, backtest, notes } = view;
  const none = standingText(status);
  const head = `${from.slice(0, 7)}, ${basis}`;
  if (none !== undefined) return [`${head}: ${none}`, ...notes];
  const so = `${amount(spent, currency)} so far${through === undefined ? "" : ` (through ${through})`}`;
  if (expected === undefined) return [`${head}: ${so}; how the month ends cannot be told`, ...notes];
  const sure = level === undefined ? "" : `, in ${Math.round(level * 100)} of 100 months`;
  return [
    `${head}: ${amount(expected, currency)} expected, between ${amount(low)} and ${amount(high, currency)}${sure}`,
    `${so}; ${history} days of history`,
    ...(backtest === undefined ? [] : [backtestText(backtest)]),
    ...notes,
  ];
}

const backtestText = ({ forecasts, error, inside }: NonNullable<CostForecastView["backtest"]>): string =>
  `tried on the days before: ${forecasts} forecasts, off by ${(error * 100).toFixed(1)} % in the middle, ${Math.round(inside * 100)} % within their interval`;

export function driversLines(view: CostDriversView, most = 30): readonly string[] {
  const { status, from, to, against, currency, basis, drivers, notes } = view;
  const head = `${from} to ${to} against ${against.from} to ${against.to}, ${basis}`;
  if (drivers === undefined) return [`${head}: ${standingText(status) ?? status}`, ...notes];
  const { before, after, difference, percent, effects, rows } = drivers;
  const share = percent === undefined ? "" : ` (${percent > 0 ? "+" : ""}${percent.toFixed(1)} %)`;
  const shown = rows
    .slice(0, most)
    .map((row) => [
      amount(row.difference),
      amount(row.before),
      amount(row.after),
      row.effects.map(({ effect, amount: part }) => `${EFFECTS[effect] ?? effect} ${amount(part)}`).join(", "),
      [row.service, row.resourceType, row.usageType].filter((one) => one !== undefined).join(" / ") || "unallocated",
    ]);
  return [
    head,
    `${amount(before.total)} → ${amount(after.total, currency)}: ${amount(difference, currency)}${share}`,
    ...(effects.length === 0
      ? []
      : [effects.map(({ effect, amount: part }) => `${EFFECTS[effect] ?? effect} ${amount(part)}`).join(", ")]),
    "",
    ...table([["DIFFERENCE", "BEFORE", "AFTER", "WHY", "WHAT"], ...shown]),
    ...(rows.length > most ? [`and ${rows.length - most} more (--json has all)`] : []),
    ...notes,
  ];
}

export function budgetLines({ items }: CostBudgetsView): readonly string[] {
  if (items.length === 0) return ["no budgets (cost.budgets of headgate.yaml)"];
  const rows = items.map((one) => [
    one.name,
    one.state,
    `${one.from} to ${one.to}`,
    amount(one.amount, one.currency),
    amount(one.spent),
    one.percent === undefined ? "–" : `${one.percent.toFixed(1)} %`,
    one.forecast === undefined ? "–" : amount(one.forecast.toFixed(2)),
    one.text ?? "",
  ]);
  return table([["BUDGET", "STATE", "PERIOD", "AMOUNT", "SPENT", "OF IT", "FORESEEN", ""], ...rows]);
}

export function sourceLines({ status, items, paid, requests }: CostSourcesView): readonly string[] {
  if (items.length === 0) return [standingText(status) ?? "no sources"];
  const rows = items.map((one) => [
    one.source,
    one.kind ?? "",
    one.status,
    one.finality ?? "–",
    one.through ?? "–",
    `${one.requests}`,
    amount(one.paid, "USD"),
    [
      ...(one.scannedBytes === undefined ? [] : [`${(one.scannedBytes / 1e6).toFixed(1)} MB read by Athena`]),
      ...(one.why === undefined ? [] : [one.why]),
    ].join(": "),
  ]);
  return [
    ...table([["SOURCE", "KIND", "STATUS", "FINALITY", "THROUGH", "REQUESTS", "PAID", ""], ...rows]),
    `${requests} paid requests, ${amount(paid, "USD")}`,
  ];
}
