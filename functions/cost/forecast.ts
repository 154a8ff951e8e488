import { periodOf } from "../../shared/core/cost/budget/period.ts";
import { inScope, type Scope } from "../../shared/core/cost/budget/scope.ts";
import { addDays, type Day, dayOf } from "../../shared/core/cost/day.ts";
import { type Decimal, fromNumber, round } from "../../shared/core/cost/decimal.ts";
import { backtestForecast, doubtOf, type ForecastBacktest } from "../../shared/core/cost/forecast/backtest.ts";
import { type Ledger, ledger } from "../../shared/core/cost/forecast/ledger.ts";
import { forecastPeriod } from "../../shared/core/cost/forecast/period.ts";
import type { DayStanding, Forecast } from "../../shared/core/cost/forecast/types.ts";
import type { CostConfig } from "../../shared/core/cost/section.ts";
import type { Basis, BillDay, SourceState } from "../../shared/core/cost/types.ts";
import { collectBills } from "./collect.ts";
import type { CostWork } from "./context.ts";
import { refuseMixed, standingOf, troublesOf } from "./standing.ts";
import { tenantOfCharges } from "./tenant-of.ts";
import type { CostStanding } from "./views.ts";

/** Days before a period that a forecast learns from. */
export const HISTORY_DAYS = 126;

export interface ForecastAsk {
  /** "2026-11"; default: the month that is going on. */
  readonly month?: string;
  /** The day that is going on; default: of the clock. For bills of long ago: the day after their last. */
  readonly today?: Day;
  readonly basis?: Basis;
  readonly scope?: Scope;
}

/** A forecast of a month's end; money rounded to two digits, what is spent exact. */
export interface ForecastAnswer {
  readonly status: CostStanding | "insufficient";
  readonly basis: Basis;
  readonly currency?: string;
  readonly zone: "UTC";
  readonly from: Day;
  readonly to: Day;
  /** Newest complete day. */
  readonly through?: Day;
  /** Complete days that were learnt from, and how many are needed at least. */
  readonly history: number;
  readonly needed: number;
  /** Exact; absent where no bill could be read. */
  readonly spent?: Decimal;
  /** Absent where it cannot be told. */
  readonly expected?: Decimal;
  readonly low?: Decimal;
  readonly high?: Decimal;
  /** Share of months that end between `low` and `high`; absent where the months before speak against it, and where nothing is left to tell. */
  readonly level?: number;
  readonly days: readonly {
    readonly day: Day;
    readonly standing: DayStanding;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
  }[];
  /** How the forecast would have fared over the months before; absent where none is complete. */
  readonly backtest?: ForecastBacktest;
  readonly notes: readonly string[];
  readonly sources: readonly SourceState[];
}

/**
 * How the month will end: what the bills say so far and what days before tell of the rest.
 *
 * @throws HeadgateError `bill.currency`, `input.invalid` for a month that is none; those of reading bills
 */
export async function forecast(work: CostWork, ask: ForecastAsk = {}): Promise<ForecastAnswer> {
  const today = ask.today ?? dayOf(work.now);
  const { from, to } = periodOf("month", ask.month === undefined ? today : `${ask.month}-01`);
  const bills = await collectBills(work, { from: addDays(from, -HISTORY_DAYS), to: to < today ? to : today });
  return forecastBills(bills, { ...ask, today, config: work.config });
}

/** {@link forecast} over bills that are at hand. */
export async function forecastBills(
  bills: { readonly days: AsyncIterable<BillDay> | Iterable<BillDay>; readonly sources: readonly SourceState[] },
  ask: ForecastAsk & { readonly today: Day; readonly config: CostConfig },
): Promise<ForecastAnswer> {
  const { config, today } = ask;
  const { from, to } = periodOf("month", ask.month === undefined ? today : `${ask.month}-01`);
  const basis = ask.basis ?? config.basis;
  const match = inScope(ask.scope ?? {}, tenantOfCharges(config));
  const { currency, rates } = config;
  const seriesOf = (charge: BillDay["charges"][number]) => (match(charge) ? ALL : NONE);
  const book = ledger({ basis, currency, rates, today, seriesOf });
  for await (const day of bills.days) book.add(day);
  const found = book.result();
  refuseMixed(found.exchange);
  const known = found.days.filter((day) => day <= today);
  const status = standingOf(bills.sources, known.length);
  const told = forecastPeriod(found.series(TOTAL), { from, to, today });
  const spent = status === "known" ? found.sum(TOTAL, from, to < today ? to : today) : undefined;
  const backtest = backtestForecast(found.series(TOTAL));
  const isTold = told.status === "told" && status === "known";
  const isOpen = told.days.some(({ standing }) => standing !== "closed" && standing !== "estimated");
  const doubt = isTold && isOpen ? doubtOf(backtest, told.level) : undefined;
  return {
    status: isTold || status !== "known" ? status : "insufficient",
    ...{ basis, zone: "UTC", from, to, history: told.history, needed: 7, days: told.days, sources: bills.sources },
    ...(found.exchange.currency === undefined ? {} : { currency: found.exchange.currency }),
    ...(told.through === undefined ? {} : { through: told.through }),
    ...(spent === undefined ? {} : { spent }),
    ...(isTold ? { expected: cents(told.expected), low: cents(told.low), high: cents(told.high) } : {}),
    ...(isTold && isOpen && doubt?.isRefuted !== true ? { level: told.level } : {}),
    ...(backtest === undefined ? {} : { backtest }),
    notes: [...notesOf(told, found), ...(doubt === undefined ? [] : [doubt.text]), ...troublesOf(bills.sources)],
  };
}

const TOTAL = "total";
const ALL = [TOTAL];
const NONE: readonly string[] = [];
const cents = (value: number): Decimal => round(fromNumber(value), 2);
const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** What a reader of the figure has to know. */
function notesOf(told: Forecast, { finality, days, exchange }: Ledger): readonly string[] {
  const currency = exchange.currency === undefined ? "" : ` ${exchange.currency}`;
  const count = (standing: DayStanding) => told.days.filter((one) => one.standing === standing).length;
  const [open, missing, estimated] = [count("open"), count("missing"), count("estimated")];
  const isMadeUp = days.some((day) => finality.get(day) === "made_up");
  const base = [
    ...(isMadeUp ? ["a made-up sample bill, not a real one"] : []),
    ...(open > 0
      ? [`${plural(open, "day is", "days are")} not complete: counted as far as the bill goes, the rest is foretold`]
      : []),
    ...(missing > 0
      ? [`${plural(missing, "day has", "days have")} no data, which is not 0: foretold like those ahead`]
      : []),
    ...(estimated > 0
      ? [`${plural(estimated, "day is", "days are")} an estimate that the bill may still correct`]
      : []),
  ];
  if (told.status === "insufficient")
    return [
      ...base,
      `${plural(told.history, "complete day", "complete days")} of history; at least ${told.needed} are needed`,
    ];
  return [
    ...base,
    ...(told.weekdays ? [] : ["less than two weeks of history: weekdays and trend are not told apart"]),
    ...told.fixedDays.map(
      ({ dayOfMonth, amount, seen }) =>
        `on day ${dayOfMonth} of the month ${Math.abs(amount).toFixed(2)}${currency} ${amount < 0 ? "is taken off" : "comes on top"} (seen on ${[...seen].sort().join(", ")})`,
    ),
    ...told.oneOffs.map(
      ({ day, amount }) =>
        `${day} cost ${Math.abs(amount).toFixed(2)}${currency} ${amount < 0 ? "less" : "more"} than usual; ${told.oneOffsPerDay === 0 ? "that is not expected again" : "such days are counted in by how often they come"}`,
    ),
  ];
}
