/** Where the cells of one row lie in `text`. The same object for every row: what is wanted of it is taken at once. */
export interface CsvRow {
  readonly text: string;
  /** Number of cells. */
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1: had quotes; 2: had quotes and doubled quotes in them. */
  readonly quoted: Uint8Array;
  /** 1-based line at which it begins. */
  readonly line: number;
}

export interface CsvFault {
  readonly line: number;
  /** 1-based cell. */
  readonly cell: number;
  readonly message: string;
  /** What follows cannot be read either: where the next row begins is not known. */
  readonly final: boolean;
}

export type Delimiter = "," | ";" | "\t" | "|";

const MAX_CELLS = 4_096;
/** Longer than this is no row of a bill but a quote that is never closed. */
const MAX_ROW = 16 * 1024 * 1024;
const AFTER_QUOTE = "text after a closing quote (a quote inside a cell is written twice)";
const [QUOTE, LF, CR, BLANK] = [34, 10, 13, 32];

/** The mark that parts the cells of a header: the commonest of the four outside of quotes. */
export function delimiterOf(header: string): Delimiter {
  const bare = header.replace(/"(?:[^"]|"")*"/g, "");
  const marks: readonly Delimiter[] = [",", ";", "\t", "|"];
  const count = (mark: Delimiter) => bare.split(mark).length;
  return marks.reduce((best, mark) => (count(mark) > count(best) ? mark : best), "," as Delimiter);
}

/** The text of a cell, quotes taken away. */
export function cellText({ text, starts, ends, quoted }: CsvRow, cell: number): string {
  const value = text.slice(starts[cell], ends[cell]);
  return quoted[cell] === 2 ? value.replaceAll('""', '"') : value;
}

/**
 * CSV as RFC 4180 has it, in pieces of any size: line ends LF, CRLF or CR, quoted cells with line breaks and doubled quotes. Lines with nothing
 * are passed over. Keeps no more than the row it is in, and stops at a row of more than 16 MB.
 */
export function csvScanner(onRow: (row: CsvRow) => boolean, onFault: (fault: CsvFault) => void) {
  const starts = new Int32Array(MAX_CELLS);
  const ends = new Int32Array(MAX_CELLS);
  const quoted = new Uint8Array(MAX_CELLS);
  const row = { text: "", count: 0, starts, ends, quoted, line: 1 };
  let rest = "";
  let line = 1;
  let mark = "";
  let markCode = 0;
  /** LF (also after CR), or CR alone where the header ends with it. */
  let lineMark = "\n";
  let begun = false;
  let stopped = false;

  const fault = (cell: number, message: string): number => {
    onFault({ line, cell, message, final: true });
    stopped = true;
    return -1;
  };

  /** Scans one row from `from`; answers where the next begins, −1: there is not all of it yet (or the scan has stopped). */
  const scan = (text: string, from: number, last: boolean): number => {
    const length = text.length;
    let at = from;
    let count = 0;
    let lineEnd = from - 1;
    for (;;) {
      if (count === MAX_CELLS) return fault(count, `more than ${MAX_CELLS} cells in a row`);
      const isQuoted = text.charCodeAt(at) === QUOTE;
      if (isQuoted) {
        let doubled = 1;
        let close = text.indexOf('"', at + 1);
        while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) {
          doubled = 2;
          close = text.indexOf('"', close + 2);
        }
        if (close === -1 && last) return fault(count + 1, "a quote is opened and never closed");
        if (close === -1 || (!last && close + 1 >= length)) return -1;
        starts[count] = at + 1;
        ends[count] = close;
        quoted[count] = doubled;
        at = close + 1;
        // Blanks between the closing quote and the mark are nobody's text.
        while (at < length && text.charCodeAt(at) === BLANK) at += 1;
      }
      if (lineEnd < at) {
        lineEnd = text.indexOf(lineMark, at);
        if (lineEnd === -1) {
          if (!last) return -1;
          lineEnd = length;
        }
      }
      if (!isQuoted) {
        const next = text.indexOf(mark, at);
        starts[count] = at;
        quoted[count] = 0;
        at = next === -1 || next > lineEnd ? lineEnd : next;
        ends[count] = at;
      }
      count += 1;
      if (at < lineEnd) {
        if (text.charCodeAt(at) === markCode) {
          at += 1;
          continue;
        }
        if (!(text.charCodeAt(at) === CR && at + 1 === lineEnd)) {
          row.count = 0;
          onFault({ line, cell: count, message: AFTER_QUOTE, final: false });
          return lineEnd + 1;
        }
      }
      // CR before LF is a part of the line end.
      const end = ends[count - 1] as number;
      if (!isQuoted && end > (starts[count - 1] as number) && text.charCodeAt(end - 1) === CR)
        ends[count - 1] = end - 1;
      row.count = count;
      return lineEnd + 1;
    }
  };

  const linesIn = (text: string, from: number, to: number): number => {
    let lines = 0;
    for (let at = text.indexOf(lineMark, from); at !== -1 && at < to; at = text.indexOf(lineMark, at + 1)) lines += 1;
    return lines;
  };

  /** A line with nothing, or with nothing but marks, as spreadsheets end their files. */
  const isBlank = (text: string): boolean => {
    for (let cell = 0; cell < row.count; cell += 1) {
      const [start = 0, end = 0] = [starts[cell], ends[cell]];
      if (start !== end && text.slice(start, end).trim() !== "") return false;
      if (quoted[cell] !== 0) return false;
    }
    return true;
  };

  const run = (text: string, last: boolean): string => {
    let at = 0;
    while (at < text.length && !stopped) {
      if (mark === "") {
        const found = /[\r\n]/.exec(text.slice(at));
        const end = found === null ? text.length : at + found.index;
        // Whether LF follows a CR is not known at the end of a piece.
        if (end + 1 >= text.length && !last) break;
        const header = text.slice(at, end);
        lineMark = text.charCodeAt(end) === CR && text.charCodeAt(end + 1) !== LF ? "\r" : "\n";
        if (header.trim() === "") {
          line += linesIn(text, at, end + 2);
          at = text.charCodeAt(end) === CR && lineMark === "\n" ? end + 2 : end + 1;
          continue;
        }
        mark = delimiterOf(header);
        markCode = mark.charCodeAt(0);
      }
      const next = scan(text, at, last);
      if (next === -1) break;
      const lines = linesIn(text, at, next);
      const mayBeBlank = starts[0] === ends[0] || row.count === 1;
      if (row.count > 0 && !(mayBeBlank && isBlank(text))) {
        row.text = text;
        row.line = line;
        if (!onRow(row)) stopped = true;
      }
      line += lines;
      at = next;
    }
    const left = stopped ? "" : text.slice(at);
    if (left.length > MAX_ROW) fault(1, "a row of more than 16 MB: is a quote opened and never closed?");
    return stopped ? "" : left;
  };

  return {
    push(piece: string): void {
      if (stopped) return;
      let text = rest === "" ? piece : rest + piece;
      if (!begun && text !== "") {
        begun = true;
        if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      }
      rest = run(text, false);
    },
    end(): void {
      if (rest !== "" && !stopped) run(rest, true);
      rest = "";
    },
    /** It has met what it cannot go on from, or its caller wanted no more. */
    stopped: (): boolean => stopped,
  };
}
