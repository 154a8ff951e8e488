import { csvRow } from "../../kernel/csv.ts";
import type { ReportView } from "./view.ts";

/**
 * Every row with its exact amount, for spreadsheets and scripts: the keys as they are called in JSON, then `cost`, `currency`, `basis`,
 * `utilization`. What is unallocated is a row of its own where it is not zero, so that the column sums to the total. Empty is absent.
 */
export function renderCsv(view: ReportView): string {
  const { keys } = view;
  // Amounts stand bare: the guard against formulas would put an apostrophe before a credit.
  const line = (cells: readonly string[], cost: string, utilization: string): string =>
    [csvRow(cells), cost, csvRow([view.currency ?? "", view.basis]), utilization]
      .filter((_, at) => at > 0 || cells.length > 0)
      .join(",");
  const lines = [
    csvRow([...keys, "cost", "currency", "basis", "utilization"]),
    ...view.rows.map((row) =>
      line(
        keys.map((key) => String(row[key] ?? "")),
        row.cost,
        row.utilization === null ? "" : String(row.utilization),
      ),
    ),
  ];
  if (view.unallocated !== null && view.unallocated !== "0") {
    const owned = keys.findIndex((key) => key !== "day" && key !== "month");
    lines.push(
      line(
        keys.map((_, at) => (at === owned ? "(unallocated)" : "")),
        view.unallocated,
        "",
      ),
    );
  }
  return `${lines.join("\r\n")}\r\n`;
}
