import * as v from "valibot";
import { addDays, type Day } from "../../shared/core/cost/day.ts";
import { text, ZERO } from "../../shared/core/cost/decimal.ts";
import { type CostConfig, CostSection } from "../../shared/core/cost/section.ts";
import type { Basis, SourceState } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { driversOf, spansOf } from "./drivers.ts";
import { fileDays } from "./file-days.ts";
import { type FileAsk, fileSums } from "./file-report.ts";
import { forecastBills } from "./forecast.ts";
import { plain } from "./plain.ts";
import { type BillInfo, readBill } from "./read-bill.ts";
import type { CostDriversView, CostForecastView } from "./views.ts";

/** What is asked of files beside a report. */
export interface FileQuestion extends Omit<FileAsk, "groupBy" | "basis"> {
  readonly basis?: Basis;
}

/** A question over files and what reading them was like. */
export interface FileAnswer<View> {
  readonly view: View;
  readonly info: BillInfo;
}

/** Rates and currency of a command stand where the configuration's would. */
function configOf({ currency, rates = {}, basis }: FileQuestion): CostConfig {
  return v.parse(CostSection, {
    ...(currency === undefined ? {} : { currency }),
    ...(basis === undefined ? {} : { basis }),
    rates: Object.fromEntries(Object.entries(rates).map(([code, rate]) => [code, text(rate)])),
  });
}

/** Section `cost` of a configuration, with all defaults where it has none. */
export const costSectionOf = ({ cost }: HeadgateConfig): CostConfig => cost ?? v.parse(CostSection, {});

const READ: readonly SourceState[] = [{ source: "file", status: "read", finality: "closed", requests: 0, paid: ZERO }];

/** The last day of the files; they are read once for it. @throws HeadgateError `input.invalid` where there is no charge; those of reading */
async function lastDay(ask: FileQuestion): Promise<Day> {
  if (ask.paths.includes("-"))
    throw new HeadgateError(
      "input.invalid",
      "a bill from standard input cannot be read twice, which this needs: save it as a file",
    );
  const { rates: _, currency: __, ...rest } = ask;
  const { sums } = await fileSums({ ...rest, basis: ask.basis ?? "effective", groupBy: ["day"], anyCurrency: true });
  if (sums.to === undefined) throw new HeadgateError("input.invalid", `there is no charge in ${ask.paths.join(", ")}`);
  return sums.to;
}

const billOf = ({ paths, skipBad, dates, stdin, columns, basis }: FileQuestion) =>
  readBill(paths, {
    basis: basis ?? "effective",
    ...(skipBad === undefined ? {} : { skipBad }),
    ...(dates === undefined ? {} : { dates }),
    ...(stdin === undefined ? {} : { stdin }),
    ...(columns === undefined ? {} : { columns }),
  });

/** What changed from one span of the files to another; by default the last seven days against the seven before. */
export async function fileDrivers(
  ask: FileQuestion & { readonly against?: { readonly from: Day; readonly to: Day } },
): Promise<FileAnswer<CostDriversView>> {
  const { from, to, against } = ask;
  // Spans end the day before yesterday, and files end with what is known.
  const spans = spansOf(
    {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(against === undefined ? {} : { against }),
    },
    to === undefined ? addDays(await lastDay(ask), 2) : addDays(to, 2),
  );
  const bill = billOf(ask);
  const question = { ...spans, ...(ask.basis === undefined ? {} : { basis: ask.basis }) };
  const answer = await driversOf({ days: fileDays(bill), sources: READ }, question, configOf(ask));
  return { view: plain(answer), info: bill.info() };
}

/** How a month of the files ends; by default the one of their last day. */
export async function fileForecast(
  ask: FileQuestion & { readonly month?: string },
): Promise<FileAnswer<CostForecastView>> {
  const last = await lastDay(ask);
  const bill = billOf(ask);
  const config = configOf(ask);
  const answer = await forecastBills(
    { days: fileDays(bill), sources: READ },
    { config, today: addDays(last, 1), month: ask.month ?? last.slice(0, 7) },
  );
  return { view: plain(answer), info: bill.info() };
}
