import { amountText, digitsFor } from "./amount.ts";
import type { ReportView } from "./view.ts";
import { cellOf, headOf, percentText, reportWords } from "./words.ts";

/** Other people's names must not move the cursor or colour the terminal, nor turn the direction of what follows. */
const plain = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  value.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\u25a1");

/** Names are cut so that a table fits a screen; CSV and JSON have them whole. */
const WIDEST = 60;
const short = (value: string): string => {
  const chars = [...value];
  return chars.length > WIDEST ? `${chars.slice(0, WIDEST - 1).join("")}…` : value;
};
const width = (value: string): number => [...value].length;

function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
): readonly string[] {
  const all = [head, ...rows].map((row) => row.map((cell) => short(plain(cell))));
  const widths = head.map((_, at) => all.reduce((most, row) => Math.max(most, width(row[at] ?? "")), 0));
  return all.map((row) =>
    row
      .map((cell, at) => {
        const blanks = " ".repeat((widths[at] ?? 0) - width(cell));
        return right.has(at) ? blanks + cell : cell + blanks;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** For a terminal: what has to be known, then every row, what is unallocated, and the total. */
export function renderTable(view: ReportView): string {
  const words = reportWords(view);
  const digits = digitsFor(view);
  const { keys } = view;
  const measured = view.rows.some(({ utilization }) => utilization !== null);
  const row = (cells: readonly string[], cost: string, utilization: number | null): readonly string[] => [
    ...cells,
    cost,
    ...(measured ? [percentText(utilization)] : []),
  ];
  const blank = keys.slice(1).map(() => "");
  const body = words.figure
    ? columns(
        row(
          keys.map((key) => headOf(key).toUpperCase()),
          view.currency === null ? "COST" : `COST ${view.currency}`,
          null,
        ).map((cell, at) => (measured && at === keys.length + 1 ? "UTILIZATION" : cell)),
        [
          ...view.rows.map((one) =>
            row(
              keys.map((key) => cellOf(one[key])),
              amountText(one.cost, digits),
              one.utilization,
            ),
          ),
          ...(view.unallocated === "0"
            ? []
            : [row(["unallocated", ...blank], amountText(view.unallocated ?? "0", digits), null)]),
          row(["total", ...blank], amountText(view.total ?? "0", digits), null),
        ],
        new Set([keys.length, keys.length + 1]),
      )
    : [];
  return [
    plain(`${words.title}: ${words.total} (${words.scope})`),
    ...words.warnings.map((one) => plain(`! ${one}`)),
    ...words.facts.map(plain),
    ...(body.length === 0 ? [] : ["", ...body]),
  ].join("\n");
}
