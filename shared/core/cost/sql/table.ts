import type { Millis } from "../../kernel/time.ts";
import type { Decimal } from "../decimal.ts";

/** What a column holds. `time`: an instant of UTC; `tags`: names with values. */
export type ColumnKind = "text" | "decimal" | "time" | "tags";

export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
}

/** A cell of the kind of its column; undefined is NULL. */
export type Cell = string | Decimal | Millis | Readonly<Record<string, string>> | undefined;

/** Rows for a table, in batches of any size; `rows` may be read once. */
export interface GivenTable {
  readonly shape: TableShape;
  readonly rows: Iterable<readonly (readonly Cell[])[]> | AsyncIterable<readonly (readonly Cell[])[]>;
}
