import type { Basis, Charge, ChargeCategory } from "../types.ts";
import { type AmountSinks, amountReader } from "./amounts.ts";
import type { BillField, Header } from "./columns.ts";
import { type CsvRow, cellText } from "./csv.ts";
import { dateOrder } from "./date-order.ts";
import type { DateOrder } from "./dates.ts";
import { type BillFault, shown } from "./fault.ts";
import { resourceKind } from "./kind.ts";
import { readTags } from "./tags.ts";
import { columnTexts, isNull, kept, own } from "./texts.ts";

type Draft = { -readonly [K in keyof Charge]: Charge[K] };

export interface RowSinks {
  readonly onFault: (fault: BillFault, fatal?: boolean) => void;
  readonly onRemark: (row: number, line: number, column: string | undefined, message: string) => void;
  readonly onCharge: (charge: Charge) => void;
}

const DATE = "2024-09-30T22:00:00Z or 2024-09-30; a date with slashes must be one by its column as a whole";
const CATEGORIES: Readonly<Record<string, ChargeCategory>> = {
  usage: "Usage",
  purchase: "Purchase",
  tax: "Tax",
  credit: "Credit",
  adjustment: "Adjustment",
};
const TEXTS = [
  "provider",
  "account",
  "subAccount",
  "service",
  "serviceCategory",
  "resourceType",
  "resourceId",
  "resourceName",
  "region",
  "commitmentId",
  "usageType",
  "unit",
] as const;
const MONEY = ["billed", "effective", "list", "contracted", "quantity"] as const;
const DATES = ["start", "end", "billingStart", "billingEnd"] as const;
/** Rows that wait until it is told how the file writes dates with slashes. */
const MAX_WAITING = 50_000;

interface Waiting {
  readonly charge: Draft;
  readonly start: string;
  readonly end: string | undefined;
  readonly row: number;
  readonly line: number;
}

/** A currency of three letters; null: something else stands there. */
const currencyIn = (text: string): string | undefined | null => {
  const trimmed = text.trim();
  if (isNull(trimmed)) return undefined;
  return /^[A-Za-z]{3}$/.test(trimmed) ? trimmed.toUpperCase() : null;
};

/** Makes charges of rows. What a sum depends on must be readable; what else is not is left unknown, and told. */
export function rowReader(
  { at, names }: Header,
  options: { readonly basis?: Basis; readonly only?: ReadonlySet<keyof Charge>; readonly dates?: DateOrder },
  { onFault, onRemark, onCharge }: RowSinks,
) {
  const { only } = options;
  const wants = (field: keyof Charge): boolean => only === undefined || only.has(field);
  const place = (field: BillField): number => at.get(field) ?? -1;
  const columnOf = (field: BillField): string => names[place(field)] ?? field;
  const kinds = wants("resourceKind");
  const wantsText = (field: (typeof TEXTS)[number]): boolean =>
    wants(field) || (kinds && (field === "resourceId" || field === "resourceType"));

  const textCells = TEXTS.filter((field) => at.has(field) && wantsText(field)).map((field) => ({
    field,
    cell: place(field),
    read: columnTexts(),
  }));
  const isSummed = (field: (typeof MONEY)[number]) => field === "billed" || field === "effective";
  const moneyCells = MONEY.filter((field) => at.has(field) && (isSummed(field) || wants(field)));
  const amounts = amountReader(
    moneyCells.map((field) => ({ field, cell: place(field) })),
    options.basis,
  );
  const dateCells = DATES.filter((field) => at.has(field)).map((field) => ({ field, cell: place(field) }));
  const [startCell, endCell, currencyCell] = [place("start"), place("end"), place("currency")];
  const optional = (field: "category" | "commitmentStatus" | "tags") => (wants(field) ? place(field) : -1);
  const [categoryCell, statusCell, tagsCell] = [optional("category"), optional("commitmentStatus"), optional("tags")];

  const currencies = kept(currencyIn);
  const [categories, statuses] = [columnTexts(), columnTexts()];
  const tags = kept((text: string) => readTags(text.trim()));
  const order = dateOrder(options.dates);
  let waiting: Waiting[] = [];
  /** Where the row that is read stands, for its sinks. */
  const here = { row: 0, line: 0 };

  const fault = (field: BillField, found: string | undefined, message: string, allowed?: string, of = here): void =>
    onFault({
      row: of.row,
      line: of.line,
      column: columnOf(field),
      columnNumber: place(field) + 1,
      ...(found === undefined ? {} : { found: shown(found) }),
      message,
      ...(allowed === undefined ? {} : { allowed }),
    });
  const remark = (field: BillField, message: string, of = here): void =>
    onRemark(of.row, of.line, columnOf(field), message);
  const sinks: AmountSinks = {
    fault,
    unknown: (field, found, why) => remark(field, `${shown(found)} ${why}; it is left unknown`),
  };

  const finish = (one: Waiting): void => {
    const { charge, start, end } = one;
    const from = order.day(start);
    if (from === undefined) {
      fault("start", start, "is no date", DATE, one);
      return;
    }
    charge.day = from.day;
    const to = end === undefined ? undefined : order.day(end);
    if (end !== undefined && to === undefined)
      remark("end", `${shown(end)} is no date; the end of the charge is left unknown`, one);
    if (to !== undefined && to.at < from.at) {
      fault("end", end, `lies before its start, ${shown(start)}`, `${columnOf("start")} or later`, one);
      return;
    }
    if (wants("start")) charge.start = from.at;
    if (wants("end") && to !== undefined) charge.end = to.at;
    onCharge(charge);
  };

  const settle = (): void => {
    const assumed = order.settle();
    const rows = waiting;
    waiting = [];
    const [one] = rows;
    if (assumed !== undefined && one !== undefined) {
      const how = assumed === "day_first" ? "day" : "month";
      remark("start", `dates such as ${shown(one.start)} were read with the ${how} first; --dates says otherwise`, one);
    }
    for (const row of rows) finish(row);
  };

  /** Whether the row must wait until it is told how dates are written. */
  const mustWait = (source: CsvRow): boolean => {
    let either = false;
    for (const { field, cell } of dateCells) {
      const text = cellText(source, cell).trim();
      const learned = order.learn(text, here.row, field === "billingStart");
      either ||= learned.either && (field === "start" || field === "end");
      if (learned.clash === undefined) continue;
      const message = `contradicts row ${learned.clash.other}: one writes the day first, the other the month; --dates says which holds`;
      onFault(
        { ...here, column: columnOf(field), columnNumber: cell + 1, found: shown(text), message, allowed: DATE },
        true,
      );
    }
    return either && order.undecided();
  };

  /** What stands in a row beside money and dates. */
  const describe = (source: CsvRow, charge: Draft): void => {
    for (const { field, cell, read } of textCells) {
      const value = read(cellText(source, cell));
      if (value !== undefined) charge[field] = value;
    }
    if (kinds) {
      const { resourceType, resourceId } = charge;
      const kind = resourceType ?? (resourceId === undefined ? undefined : resourceKind(resourceId));
      if (kind !== undefined) charge.resourceKind = kind;
    }
    if (categoryCell >= 0) {
      const stated = categories(cellText(source, categoryCell));
      const known = stated === undefined ? undefined : CATEGORIES[stated.toLowerCase()];
      if (known !== undefined) charge.category = known;
      else if (stated !== undefined) remark("category", `${shown(stated)} is no category of FOCUS; it is left unknown`);
    }
    if (statusCell >= 0) {
      const stated = statuses(cellText(source, statusCell))?.toLowerCase();
      if (stated === "used") charge.commitmentStatus = "Used";
      else if (stated === "unused") charge.commitmentStatus = "Unused";
    }
    if (tagsCell >= 0) {
      const text = cellText(source, tagsCell);
      const found = isNull(text.trim()) ? undefined : tags(text);
      if (found !== undefined) charge.tags = found;
      else if (!isNull(text.trim())) remark("tags", "is no JSON object of tags; they are left unknown");
    }
  };

  const read = (source: CsvRow, row: number): void => {
    here.row = row;
    here.line = source.line;
    if (source.count !== names.length && !onlyBlanksBeyond(source, names.length)) {
      const message = `has ${source.count} cells, the header ${names.length}: which amount belongs to what cannot be told`;
      onFault({ ...here, message });
      return;
    }
    const charge = { day: "" } as Draft;
    const currency = currencyCell < 0 ? undefined : currencies(cellText(source, currencyCell));
    if (currency === null) {
      fault("currency", cellText(source, currencyCell).trim(), "is no currency", "three letters such as USD");
      return;
    }
    if (currency !== undefined) charge.currency = currency;
    const good = amounts.read(source, row, charge, sinks);
    const start = cellText(source, startCell).trim();
    if (isNull(start)) {
      fault("start", undefined, "is empty: on which day the charge is cannot be told", DATE);
      return;
    }
    if (!good) return;
    describe(source, charge);
    const end = endCell < 0 ? "" : cellText(source, endCell).trim();
    const whole: Waiting = { charge, start, end: isNull(end) ? undefined : end, row, line: source.line };
    if (options.dates === undefined && !yearFirst(start) && mustWait(source)) {
      waiting.push({ ...whole, start: own(start), end: whole.end === undefined ? undefined : own(whole.end) });
      if (waiting.length >= MAX_WAITING) settle();
      return;
    }
    finish(whole);
  };

  return { read, end: settle };
}

/** "2024-": such dates can be read one way only, and nearly all are written so. */
const yearFirst = (text: string): boolean => text.charCodeAt(2) >= 48 && text.charCodeAt(4) === 45;

/** More cells than the header are no fault where nothing is in them: some exports end every row with a mark. */
function onlyBlanksBeyond({ count, starts, ends }: CsvRow, columns: number): boolean {
  if (count < columns) return false;
  for (let cell = columns; cell < count; cell += 1) if (starts[cell] !== ends[cell]) return false;
  return true;
}
