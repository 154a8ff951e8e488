import { type Amount, sumOf } from "./amount.ts";
import { html } from "./html-text.ts";
import type { ReportView } from "./view.ts";
import { cellOf, headOf, percentText } from "./words.ts";

/** A page with more is slow to open and read by nobody; what is left out is one row, so that the column sums to the total. */
const ROWS = 1_000;

function utilization(value: number | null): string {
  if (value === null) return "";
  const kind = value < 20 ? "low" : value > 80 ? "high" : "";
  return `<span><span class="u"><i class="${kind}" style="width:${Math.min(100, Math.max(0, value)).toFixed(1)}%"></i></span><b>${percentText(value)}</b></span>`;
}

/** Every row, what is unallocated, and the total; on a narrow page each row is a card. */
export function table(view: ReportView, amount: Amount): string {
  const { keys } = view;
  const measured = view.rows.some((row) => row.utilization !== null);
  const cost = `Cost${view.currency === null ? "" : ` (${view.currency})`}`;
  const shown = view.rows.slice(0, ROWS);
  const rest = view.rows.slice(ROWS);
  const body = shown.map((row) => {
    const cells = keys.map(
      (key) =>
        `<td data-h="${html(headOf(key))}"${row[key] === null || row[key] === undefined ? ' class="none"' : key === "day" || key === "month" ? ' class="t"' : ""}>${html(cellOf(row[key]))}</td>`,
    );
    const used = measured
      ? `<td class="n${row.utilization === null ? " gone" : ""}" data-h="Utilization">${utilization(row.utilization)}</td>`
      : "";
    return `<tr>${cells.join("")}<td class="n" data-h="${html(cost)}" title="${html(row.cost)}">${html(amount(row.cost))}</td>${used}</tr>`;
  });
  const span = Math.max(1, keys.length);
  const foot = (name: string, exact: string, kind: string): string =>
    `<tr${kind}><td colspan="${span}" data-h="">${html(name)}</td><td class="n" data-h="${html(cost)}" title="${html(exact)}">${html(amount(exact))}</td>${measured ? '<td class="gone"></td>' : ""}</tr>`;
  const feet = [
    ...(rest.length === 0
      ? []
      : [foot(`${rest.length} more rows (all of them: CSV or JSON)`, sumOf(rest), ' class="part"')]),
    ...(view.unallocated === "0" ? [] : [foot("Unallocated", view.unallocated ?? "0", ' class="part"')]),
    foot("Total", view.total ?? "0", ""),
  ];
  const heads = [
    ...(keys.length === 0 ? ['<th scope="col"></th>'] : keys.map((key) => `<th scope="col">${html(headOf(key))}</th>`)),
    `<th scope="col" class="n">${html(cost)}</th>`,
    ...(measured ? ['<th scope="col" class="n">Utilization</th>'] : []),
  ];
  const bodyRows = keys.length === 0 ? [] : body;
  return `<section class="card long"><h2>${view.rows.length} row${view.rows.length === 1 ? "" : "s"}</h2><table><thead><tr>${heads.join("")}</tr></thead><tbody>${bodyRows.join("")}</tbody><tfoot>${feet.join("")}</tfoot></table></section>`;
}
