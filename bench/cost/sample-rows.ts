import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { add, type Decimal, ZERO } from "../../shared/core/cost/decimal.ts";
import { FOCUS_HEADER, focusLine } from "../../shared/core/cost/sources/focus-csv.ts";
import { sampleDays } from "../../shared/core/cost/sources/sample.ts";

/** Real bills that lie beside the repository; undefined where they do not. */
export function focusData(): string | undefined {
  const path = join(import.meta.dirname, "..", "..", "..", "shared", "focus");
  return existsSync(path) ? path : undefined;
}

/**
 * Writes a FOCUS file of so many rows, made up, hourly as AWS has them. Answers the sum of its BilledCost, added up here one by one. Rows are some 400
 * bytes long; `padding` puts a column of so many beside them.
 */
export function writeRows(path: string, rows: number, padding = 0): Decimal {
  const pieces: string[] = [];
  const filler = padding === 0 ? "" : `,${"x".repeat(padding)}`;
  const wide = (line: string): string => (padding === 0 ? line : `${line.trimEnd()}${filler}\n`);
  pieces.push(padding === 0 ? FOCUS_HEADER : `${FOCUS_HEADER.trimEnd()},x_Padding\n`);
  let left = rows;
  let billed = ZERO;
  writeFileSync(path, "");
  const flush = () => {
    writeFileSync(path, pieces.join(""), { flag: "a" });
    pieces.length = 0;
  };
  for (const charges of sampleDays({ seed: 1, hourly: true, copies: 20, from: "2024-01-01", to: "2030-12-31" })) {
    for (const charge of charges.slice(0, left)) {
      pieces.push(wide(focusLine(charge)));
      billed = add(billed, charge.billed ?? ZERO);
    }
    left -= Math.min(left, charges.length);
    flush();
    if (left === 0) return billed;
  }
  throw new Error(`the made-up bill ended ${left} rows early`);
}
