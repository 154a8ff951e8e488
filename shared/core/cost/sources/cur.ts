import { parseInstant } from "../../kernel/instant.ts";
import { dayOf } from "../day.ts";
import { type Decimal, decimal } from "../decimal.ts";
import { type CsvRow, cellText, csvScanner } from "../focus/csv.ts";
import { type BillFault, shown } from "../focus/fault.ts";
import { resourceKind } from "../focus/kind.ts";
import type { Charge } from "../types.ts";
import { CUR_COLUMNS, type CurField, type CurHeader, curHeader } from "./cur-columns.ts";
import { type CurMoney, categoryOf, effectiveOf } from "./cur-money.ts";
import { tagsOf } from "./cur-tags.ts";
import { usageKind } from "./usage-types.ts";

export interface CurReader {
  /** The next piece of CSV text; answers the charges that are whole by now. */
  push(text: string): readonly Charge[];
  end(): readonly Charge[];
  readonly faults: readonly BillFault[];
  readonly faultCount: number;
  readonly rowsRead: number;
  /** Nothing of the report may be used. */
  readonly fatal: boolean;
  readonly stopped: boolean;
}

const NEEDED: readonly CurField[] = ["start", "unblended"];
const MAX_FAULTS = 100;
const ENOUGH = 20;
const MONEY = "a decimal number such as 0.0045";

type Write<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads a Cost and Usage Report of AWS, version 1.0 or 2.0, in CSV. As with FOCUS: what a sum depends on must be readable, and with any fault and without
 * `skipBad` nothing of it may be used.
 */
export function curReader({ skipBad = false }: { readonly skipBad?: boolean } = {}): CurReader {
  const faults: BillFault[] = [];
  const state = { faultCount: 0, rowsRead: 0, fatal: false };
  let header: CurHeader | undefined;
  let out: Charge[] = [];

  const onFault = (fault: BillFault, fatal = false): void => {
    state.faultCount += 1;
    if (faults.length < MAX_FAULTS) faults.push(fault);
    if (fatal) state.fatal = true;
  };
  const begin = (row: CsvRow): boolean => {
    const names = Array.from({ length: row.count }, (_, cell) => cellText(row, cell).trim());
    header = curHeader(names);
    for (const field of NEEDED) {
      if (header.at[field] !== undefined) continue;
      const message = `is missing; the columns are ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`;
      onFault({ row: 0, line: row.line, column: CUR_COLUMNS[field][0], message }, true);
    }
    return !state.fatal;
  };
  const read = (row: CsvRow, { names, at, tags }: CurHeader): Charge | undefined => {
    if (row.count < names.length) {
      const message = `has ${row.count} cells, the header ${names.length}: which amount belongs to what cannot be told`;
      onFault({ row: state.rowsRead, line: row.line, message });
      return undefined;
    }
    const cell = (field: CurField): string | undefined => {
      const place = at[field];
      if (place === undefined) return undefined;
      const value = cellText(row, place).trim();
      return value === "" || value.toLowerCase() === "null" ? undefined : value;
    };
    const fault = (field: CurField, message: string, allowed: string): undefined => {
      const place = at[field] ?? 0;
      const found = cell(field);
      onFault({
        ...{ row: state.rowsRead, line: row.line, column: names[place] ?? field, columnNumber: place + 1 },
        ...(found === undefined ? {} : { found: shown(found) }),
        ...{ message, allowed },
      });
    };
    let good = true;
    const amount = (field: CurField): Decimal | undefined => {
      const value = cell(field);
      const made = value === undefined ? undefined : decimal(value);
      if (value !== undefined && made === undefined) {
        good = false;
        fault(field, "is no amount", MONEY);
      }
      return made;
    };
    const start = cell("start");
    const from = start === undefined ? undefined : parseInstant(start);
    if (!from) return fault("start", start === undefined ? "is empty" : "is no date", "2024-09-30T22:00:00Z");
    const unblended = amount("unblended");
    if (unblended === undefined)
      return good ? fault("unblended", "is empty: a charge without an amount is not 0", MONEY) : undefined;
    const money: Write<CurMoney> = { unblended };
    for (const field of [
      "planEffective",
      "planTotal",
      "planUsed",
      "reservationEffective",
      "reservationUnusedUpfront",
      "reservationUnusedRecurring",
    ] as const) {
      const value = amount(field);
      if (value !== undefined) money[field] = value;
    }
    const [list, quantity] = [amount("list"), amount("amount")];
    if (!good) return undefined;

    const type = cell("type") ?? "Usage";
    const product = tagsOf(cell("product"));
    const end = parseInstant(cell("end") ?? "")?.at;
    const commitmentId = cell("planArn") ?? cell("reservationArn");
    const resourceId = cell("resource");
    const usageType = cell("usageType");
    const charge: Write<Charge> = { day: dayOf(from.at), start: from.at, billed: unblended, provider: "AWS" };
    const set = <Name extends keyof Charge>(name: Name, value: Charge[Name] | undefined): void => {
      if (value !== undefined) Object.assign(charge, { [name]: value });
    };
    set("end", end);
    set("effective", effectiveOf(type, money, cell("reservationArn") !== undefined));
    set("list", list);
    set("currency", cell("currency")?.toUpperCase());
    set("account", cell("payer"));
    set("subAccount", cell("user"));
    set("service", cell("productName") ?? product?.["product_name"] ?? cell("productCode"));
    set("resourceType", cell("family") ?? product?.["product_family"]);
    set("resourceId", resourceId);
    set("resourceKind", (resourceId === undefined ? undefined : resourceKind(resourceId)) ?? usageKind(usageType));
    set("region", cell("region") ?? product?.["region"]);
    set("category", categoryOf(type));
    set("commitmentId", commitmentId);
    if (commitmentId !== undefined && /^(SavingsPlanCoveredUsage|DiscountedUsage)$/.test(type))
      set("commitmentStatus", "Used");
    set("usageType", usageType);
    set("quantity", quantity);
    set("unit", cell("unit"));
    const own = tagsOf(cell("tags"), true) ?? {};
    for (const { at: place, key } of tags) {
      const value = cellText(row, place).trim();
      if (value !== "") own[key] = value;
    }
    if (Object.keys(own).length > 0) set("tags", own);
    return charge;
  };

  const scanner = csvScanner(
    (row) => {
      if (!header) return begin(row);
      state.rowsRead += 1;
      const charge = read(row, header);
      if (charge) out.push(charge);
      return skipBad || state.faultCount < ENOUGH;
    },
    ({ line, cell, message, final }) => {
      const column = header?.names[cell - 1];
      const place = { row: state.rowsRead + 1, line, columnNumber: cell, message };
      onFault({ ...place, ...(column === undefined ? {} : { column }) }, final || header === undefined);
    },
  );
  const taken = (): readonly Charge[] => {
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
      if (!header && !state.fatal)
        onFault({ row: 0, line: 1, message: "is empty: a report begins with a row of column names" }, true);
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
    get stopped() {
      return scanner.stopped();
    },
  };
}
