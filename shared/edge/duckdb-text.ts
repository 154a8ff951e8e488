import type { DuckDBValue } from "@duckdb/node-api";
import type { DuckDb } from "./duckdb-package.ts";

/** Writes a value as DuckDB prints it: decimals with all their digits, instants as "2026-01-31 12:00:00", maps and lists as JSON; NULL is null. */
export type CellText = (value: DuckDBValue) => string | null;

export function cellTextOf(api: DuckDb): CellText {
  const { DuckDBArrayValue, DuckDBBlobValue, DuckDBListValue, DuckDBMapValue, DuckDBStructValue } = api;
  /** As people expect tags: a map is an object. Numbers that are no safe JSON numbers are text. */
  const nested = (value: DuckDBValue): unknown => {
    if (value instanceof DuckDBMapValue)
      return Object.fromEntries(value.entries.map((entry) => [cellText(entry.key) ?? "", nested(entry.value)]));
    if (value instanceof DuckDBStructValue)
      return Object.fromEntries(Object.entries(value.entries).map(([name, one]) => [name, nested(one)]));
    if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(nested);
    if (typeof value === "boolean" || typeof value === "string" || value === null) return value;
    return typeof value === "number" && Number.isFinite(value) ? value : cellText(value);
  };
  const holds = [DuckDBMapValue, DuckDBStructValue, DuckDBListValue, DuckDBArrayValue];
  const cellText: CellText = (value) => {
    if (value === null || value === undefined) return null;
    if (typeof value === "string") return value;
    if (holds.some((kind) => value instanceof kind)) return JSON.stringify(nested(value));
    return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString("hex") : String(value);
  };
  return cellText;
}
