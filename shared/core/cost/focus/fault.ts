import type { Fault } from "../../kernel/errors.ts";

/** One cell (or row) of a bill that cannot be read: where, what was found, what is allowed. */
export interface BillFault {
  /** 1-based, of the rows below the header; 0 is the header itself. */
  readonly row: number;
  /** 1-based line of the text at which the row begins; a row with line breaks in its cells has several. */
  readonly line: number;
  /** As the header has it; absent where the row as a whole is meant. */
  readonly column?: string;
  /** 1-based place of the column. */
  readonly columnNumber?: number;
  readonly found?: string;
  readonly message: string;
  readonly allowed?: string;
}

/** Something that was read and is worth telling: no sum depends on it. One line per kind, with the first place and how often. */
export interface BillRemark {
  readonly row: number;
  readonly line: number;
  readonly column?: string;
  readonly message: string;
  readonly times: number;
}

const SHOWN = 60;
/** Cells are other people's text: short, and on one line. */
export function shown(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const one = value.replace(/[\u0000-\u001f\u007f]+/g, " ");
  return JSON.stringify(one.length > SHOWN ? `${one.slice(0, SHOWN)}…` : one);
}

/** "row 3, BilledCost" or "row 3", or "header". */
export const placeText = ({ row, column }: Pick<BillFault, "row" | "column">): string =>
  `${row === 0 ? "header" : `row ${row}`}${column === undefined ? "" : `, ${column}`}`;

/** As all faults of the product are told. */
export const asFault = (fault: BillFault, file?: string): Fault => ({
  ...(file === undefined ? {} : { file }),
  path: placeText(fault),
  message: fault.message,
  line: fault.line,
  ...(fault.columnNumber === undefined ? {} : { column: fault.columnNumber }),
  ...(fault.found === undefined ? {} : { value: fault.found }),
  ...(fault.allowed === undefined ? {} : { allowed: fault.allowed }),
});
