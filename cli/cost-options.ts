import { type Decimal, decimal } from "../shared/core/cost/decimal.ts";
import type { DateOrder } from "../shared/core/cost/focus/dates.ts";
import { DEFAULT_GROUPS, GROUP_KEYS, type GroupKey, groupKeys } from "../shared/core/cost/report/group.ts";
import { isDay } from "../shared/core/cost/report/sum.ts";
import type { Basis } from "../shared/core/cost/types.ts";
import { type Given, type Option, text, texts } from "./command.ts";
import { UsageError } from "./errors.ts";

export const FOCUS: Option = {
  name: "focus",
  value: "PATH",
  many: true,
  about: "a FOCUS bill: file (CSV, .gz, .zst, Parquet), folder, pattern, or - for standard input",
};
export const UTILIZATION: Option = {
  name: "utilization",
  value: "PATH",
  many: true,
  about: "CSV of cost_metrics or resource_utilization: how busy what the bill has was",
};
export const SPAN: readonly Option[] = [
  { name: "from", value: "DAY", about: "first day, 2026-01-01 (default: the first there is)" },
  { name: "to", value: "DAY", about: "last day, which is included (default: the last there is)" },
];
export const BASIS: Option = {
  name: "basis",
  value: "effective|billed",
  about: "upfront payments spread over what they cover (default), or as the invoice has them",
};
export const READING: readonly Option[] = [
  { name: "skip-bad", about: "leave rows out that cannot be read, and list them" },
  {
    name: "dates",
    value: "month-first|day-first",
    about: "how dates with slashes are written (default: told from the file)",
  },
  { name: "currency", value: "CODE", about: "report in this currency; others need a rate or are left out" },
  { name: "rate", value: "CODE=RATE", many: true, about: "EUR=1.08: one EUR is 1.08 of the report's currency" },
];
export const GROUP: Option = {
  name: "group-by",
  value: "KEYS",
  about: `with commas: ${GROUP_KEYS.join(", ")} (default: ${DEFAULT_GROUPS.join(",")})`,
};

/** One of some words. @throws UsageError */
export function oneOf<T extends string>(given: Given, name: string, words: readonly T[], help: string): T | undefined {
  const value = text(given, name);
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value.toLowerCase());
  if (found === undefined)
    throw new UsageError(`--${name} ${JSON.stringify(value)} is none of ${words.join(", ")}`, help);
  return found;
}

export const basisOf = (given: Given, help: string): Basis | undefined =>
  oneOf(given, "basis", ["effective", "billed"] as const, help);

export function dayOf(given: Given, name: string, help: string): string | undefined {
  const value = text(given, name);
  if (value === undefined || isDay(value)) return value;
  throw new UsageError(`--${name} ${JSON.stringify(value)} is no day such as 2026-01-31`, help);
}

/** @throws UsageError where one is no day, or the last lies before the first */
export function spanOf(given: Given, help: string): { readonly from?: string; readonly to?: string } {
  const [from, to] = [dayOf(given, "from", help), dayOf(given, "to", help)];
  if (from !== undefined && to !== undefined && to < from)
    throw new UsageError(`--to ${to} lies before --from ${from}`, help);
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

export function groupsOf(given: Given, help: string): readonly GroupKey[] | undefined {
  const value = text(given, "group-by");
  if (value === undefined) return undefined;
  const read = groupKeys(value);
  if ("keys" in read) return read.keys;
  throw new UsageError(`--group-by: ${JSON.stringify(read.unknown)} is none of ${GROUP_KEYS.join(", ")}`, help);
}

/** How files are to be read. @throws UsageError */
export function readingOf(given: Given, help: string) {
  const currency = text(given, "currency")?.toUpperCase();
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency))
    throw new UsageError(`--currency ${JSON.stringify(currency)} is no code of three letters such as USD`, help);
  const rates: Record<string, Decimal> = {};
  for (const one of texts(given, "rate")) {
    const match = /^([A-Za-z]{3})=(\d{1,15}(?:\.\d{1,12})?)$/.exec(one);
    const rate = decimal(match?.[2] ?? "");
    if (match === null || rate === undefined || rate.units === 0n)
      throw new UsageError(`--rate ${JSON.stringify(one)} is no rate such as EUR=1.08`, help);
    rates[(match[1] ?? "").toUpperCase()] = rate;
  }
  const order = oneOf(given, "dates", ["month-first", "day-first"] as const, help);
  return {
    skipBad: given["skip-bad"] === true,
    ...(currency === undefined ? {} : { currency }),
    ...(Object.keys(rates).length === 0 ? {} : { rates }),
    ...(order === undefined ? {} : { dates: order.replace("-", "_") as DateOrder }),
  };
}

/** Options that only make sense together with a bill in files. @throws UsageError naming the first that was given without one */
export function assertFiles(given: Given, names: readonly string[], help: string): void {
  for (const name of names)
    if (given[name] !== undefined && given[name] !== false)
      throw new UsageError(`--${name} is for bills in files: give --focus too`, help);
}
