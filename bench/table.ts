import type { Row } from "./row.ts";

/** The rows as a table for people. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.ok ? (row.bar === null ? " " : "ok") : "MISS",
    row.measure,
    `${row.value} ${row.unit}`,
    row.bar === null ? "" : String(row.bar),
    row.peer === null ? "" : `${row.peer}: ${row.peerValue ?? "not installed"}`,
    row.ratio === null ? "" : `${row.ratio}x`,
  ]);
  const all = [["", "measure", "value", "bar", "peer", "ratio"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
