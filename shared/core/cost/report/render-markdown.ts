import { amountText, digitsFor, sumOf } from "./amount.ts";
import type { ReportView } from "./view.ts";
import { cellOf, headOf, percentText, reportWords } from "./words.ts";

/** Nothing of a name is markup: neither a table's bar nor a link, an image, HTML or a mention. */
const escapeMarkdown = (value: string): string =>
  value
    .replace(/[\r\n]+/g, " ")
    .replaceAll("&", "&amp;")
    .replace(/[\\`*_[\]|#~!@]/g, "\\$&")
    // An address would become a link by itself.
    .replace(/:(?=\/\/)/g, "&#58;")
    .replace(/\bwww\./gi, "www&#46;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");

/** A chat or a ticket shows no more; the rest is one row, so that the column still sums to the total. */
const ROWS = 200;

export function renderMarkdown(view: ReportView, most = ROWS): string {
  const words = reportWords(view);
  const digits = digitsFor(view);
  const { keys } = view;
  const measured = view.rows.some(({ utilization }) => utilization !== null);
  const line = (cells: readonly string[], cost: string, utilization: string): string =>
    `| ${[...cells, cost, ...(measured ? [utilization] : [])].join(" | ")} |`;
  const blank = keys.slice(1).map(() => "");
  const whole = (name: string, cost: string): string => line([name, ...blank], cost, "");
  const shown = view.rows.slice(0, most);
  const rest = view.rows.slice(most);
  const table = words.figure
    ? [
        "",
        line(
          keys.map((key) => escapeMarkdown(headOf(key))),
          `Cost${view.currency === null ? "" : ` (${view.currency})`}`,
          "Utilization",
        ),
        line(
          keys.map(() => "---"),
          "---:",
          "---:",
        ),
        ...shown.map((row) =>
          line(
            keys.map((key) => escapeMarkdown(cellOf(row[key]))),
            amountText(row.cost, digits),
            percentText(row.utilization),
          ),
        ),
        ...(rest.length === 0 ? [] : [whole(`${rest.length} more rows`, amountText(sumOf(rest), digits))]),
        ...(view.unallocated === "0" ? [] : [whole("unallocated", amountText(view.unallocated ?? "0", digits))]),
        whole("**total**", `**${amountText(view.total ?? "0", digits)}**`),
      ]
    : [];
  return `${[
    `# ${escapeMarkdown(words.title)}`,
    "",
    `**${escapeMarkdown(words.total)}** (${words.scope})`,
    ...(words.warnings.length === 0 ? [] : ["", ...words.warnings.map((one) => `> ${escapeMarkdown(one)}`)]),
    "",
    ...words.facts.map((one) => `- ${escapeMarkdown(one)}`),
    ...table,
  ].join("\n")}\n`;
}
