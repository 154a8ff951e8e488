/** One cell of a CSV row and where it starts (1-based character of the line). */
export interface Cell {
  readonly text: string;
  readonly column: number;
}

/**
 * Splits one line into cells as RFC 4180 does: commas separate, a cell may be quoted, "" inside quotes is one quote.
 * Blanks around a cell are dropped. Undefined where a quote is not closed or text follows a closing quote.
 */
export function csvCells(line: string): readonly Cell[] | undefined {
  const cells: Cell[] = [];
  let from = 0;
  while (true) {
    const start = from + leadingBlanks(line, from);
    if (line[start] === '"') {
      const quoted = quotedCell(line, start);
      if (!quoted) return undefined;
      cells.push({ text: quoted.text.trim(), column: start + 1 });
      from = quoted.end;
    } else {
      const comma = line.indexOf(",", from);
      const end = comma === -1 ? line.length : comma;
      cells.push({ text: line.slice(from, end).trim(), column: start + 1 });
      from = end;
    }
    if (from >= line.length) return cells;
    from += 1;
  }
}

function leadingBlanks(line: string, from: number): number {
  let count = 0;
  while (line[from + count] === " " || line[from + count] === "\t") count += 1;
  return count;
}

function quotedCell(line: string, start: number): { text: string; end: number } | undefined {
  let text = "";
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] !== '"') {
      text += line[at];
    } else if (line[at + 1] === '"') {
      text += '"';
      at += 1;
    } else {
      const end = at + 1 + leadingBlanks(line, at + 1);
      return end === line.length || line[end] === "," ? { text, end } : undefined;
    }
  }
  return undefined;
}

/**
 * One line of CSV (RFC 4180), each cell in quotes. A cell that a spreadsheet would take for a formula gets an apostrophe before it:
 * cells may hold text that strangers chose.
 */
export const csvRow = (cells: readonly string[]): string =>
  cells.map((cell) => `"${(/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`).join(",");
