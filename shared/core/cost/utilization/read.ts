import { parseInstant } from "../../kernel/instant.ts";
import type { Millis } from "../../kernel/time.ts";
import { type Decimal, decimal } from "../decimal.ts";
import { type CsvRow, cellText, csvScanner } from "../focus/csv.ts";
import { type BillFault, shown } from "../focus/fault.ts";
import { type MoneyHabits, money } from "../focus/money.ts";
import { type UtilizationField, type UtilizationHeader, utilizationHeader } from "./columns.ts";
import type { Measured, UtilizationTable } from "./types.ts";

export interface UtilizationReader {
  /** The next piece of text; answers the rows that are whole by now. */
  push(text: string): readonly Measured[];
  end(): readonly Measured[];
  readonly faults: readonly BillFault[];
  readonly faultCount: number;
  readonly rowsRead: number;
  /** Nothing of the file may be used, whatever may be left out. */
  readonly fatal: boolean;
  /** Which of the two it is, once its header was read. */
  readonly table: UtilizationTable | undefined;
  /** Columns that the platform does not name. */
  readonly more: readonly string[];
}

const MAX_FAULTS = 100;
const WHEN = "2026-01-31T12:00:00Z, without a zone UTC; or seconds since 1970";
const PERCENT = "a number from 0, such as 37.5; empty or NULL where nobody measured";
const AMOUNT = "an amount such as 0.10; empty or NULL where it is not known";

/** Nothing: a cell that says that there is no value, and none that says zero. */
const isAbsent = (text: string): boolean => /^(|null|none|nan|n\/a|na|-|\\n)$/i.test(text);

type Reading<T> = { readonly value: T | undefined } | { readonly why: string; readonly allowed: string };

function percent(text: string): Reading<Decimal> {
  const value = decimal(text.replace(/\s*%$/, ""));
  if (value === undefined) return { why: "is no number", allowed: PERCENT };
  return value.units < 0n ? { why: "is below zero", allowed: PERCENT } : { value };
}

function instant(text: string): Reading<Millis> {
  const value = parseInstant(text.replace(/\s*(UTC|GMT)$/i, "Z"))?.at;
  return value === undefined ? { why: "is no instant", allowed: WHEN } : { value };
}

/** Reads one of the platform's two tables from CSV, a piece at a time. Pure. With faults and without wanting them left out, nothing of it may be used. */
export function utilizationReader(): UtilizationReader {
  const faults: BillFault[] = [];
  const state = { faultCount: 0, rowsRead: 0, fatal: false };
  const habits: MoneyHabits = { point: 0, comma: 0 };
  let header: UtilizationHeader | undefined;
  let out: Measured[] = [];

  const fault = (one: BillFault, fatal = false): void => {
    state.faultCount += 1;
    if (fatal) state.fatal = true;
    if (faults.length < MAX_FAULTS) faults.push(one);
  };

  const begin = (row: CsvRow): boolean => {
    const names = Array.from({ length: row.count }, (_, cell) => cellText(row, cell).trim());
    const read = utilizationHeader(names);
    const at = { row: 0, line: row.line };
    const seen = `the columns are ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`;
    if ("missing" in read) fault({ ...at, column: read.missing, message: `is missing; ${seen}` }, true);
    else if ("doubled" in read)
      fault({ ...at, column: read.doubled, message: "is there twice: which one holds cannot be told" }, true);
    else header = read;
    return header !== undefined;
  };

  const measured = (row: CsvRow, { at, names, more }: UtilizationHeader): Measured | undefined => {
    let good = true;
    const textOf = (field: UtilizationField): string | undefined => {
      const place = at.get(field);
      if (place === undefined || place >= row.count) return undefined;
      const text = cellText(row, place).trim();
      return isAbsent(text) ? undefined : text;
    };
    const read = <T>(field: UtilizationField, by: (text: string) => Reading<T>): T | undefined => {
      const text = textOf(field);
      if (text === undefined) return undefined;
      const reading = by(text);
      if ("value" in reading) return reading.value;
      const place = at.get(field) ?? 0;
      good = false;
      fault({
        ...{ row: state.rowsRead, line: row.line, column: names[place] ?? field, columnNumber: place + 1 },
        ...{ found: shown(text), message: reading.why, allowed: reading.allowed },
      });
      return undefined;
    };
    const amount = (text: string): Reading<Decimal> => {
      const reading = money(text, state.rowsRead, habits);
      return "why" in reading ? { why: `is ${reading.why}`, allowed: AMOUNT } : reading;
    };
    const when = read("at", instant);
    if (when === undefined && good) {
      const place = at.get("at") ?? 0;
      good = false;
      fault({
        ...{ row: state.rowsRead, line: row.line, column: names[place] ?? "timestamp", columnNumber: place + 1 },
        ...{ message: "is empty: it cannot be told when this was", allowed: WHEN },
      });
    }
    const one = {
      service: textOf("service"),
      resourceType: textOf("resourceType"),
      resourceId: textOf("resourceId"),
      percent: read("percent", percent),
      cost: read("cost", amount),
      costPerHour: read("costPerHour", amount),
    };
    if (!good || when === undefined) return undefined;
    const rest = more.flatMap((place) => {
      const text = place < row.count ? cellText(row, place).trim() : "";
      return isAbsent(text) ? [] : [[names[place] ?? "", text] as const];
    });
    return {
      at: when,
      ...(Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as Omit<Measured, "at">),
      ...(rest.length === 0 ? {} : { more: Object.fromEntries(rest) }),
    };
  };

  const scanner = csvScanner(
    (row) => {
      if (header === undefined) return begin(row);
      state.rowsRead += 1;
      const made = measured(row, header);
      if (made !== undefined) out.push(made);
      return true;
    },
    ({ line, cell, message, final }) => {
      if (header !== undefined) state.rowsRead += 1;
      fault({ row: state.rowsRead, line, columnNumber: cell, message }, final || header === undefined);
    },
  );
  const taken = (): readonly Measured[] => {
    const done = out;
    out = [];
    return done;
  };
  return {
    push(text) {
      scanner.push(text);
      return taken();
    },
    end() {
      scanner.end();
      if (header === undefined && !state.fatal)
        fault({ row: 0, line: 1, message: "is empty: a table begins with a row of column names" }, true);
      return taken();
    },
    faults,
    get faultCount() {
      return state.faultCount;
    },
    get rowsRead() {
      return state.rowsRead;
    },
    get fatal() {
      return state.fatal;
    },
    get table() {
      return header?.table;
    },
    get more() {
      return header?.more.map((place) => header?.names[place] ?? "") ?? [];
    },
  };
}
