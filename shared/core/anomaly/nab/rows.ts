import { HeadgateError } from "../../kernel/errors.ts";
import type { ScoredSeries } from "./types.ts";

/** What the rows of a corpus are worth under a profile of weights 1, the loud ones best score first. */
export interface Rows {
  /** Of the rows above 0, descending. */
  readonly scores: Float64Array;
  /** What each of them is worth: in a window up to 1, outside -1 to almost 0. */
  readonly values: Float64Array;
  /** Index of its window in the corpus, -1 outside. */
  readonly windowOf: Int32Array;
  /** Windows in the corpus. */
  readonly windows: number;
  /** Rows scoring 0 become detections all at once, at threshold 0: only their sums matter, so they are not sorted. */
  readonly quiet: { readonly outside: number; readonly rows: number; readonly best: Float64Array };
}

/** Rows at the start of a file that are not looked at: 15 % of it, never more than 15 % of 5,000 (NAB `nab/sweeper.py`). */
const PROBATION_SHARE = 0.15;
const PROBATION_MAX_ROWS = 750;

export function probationRows(rows: number): number {
  return Math.min(Math.floor(PROBATION_SHARE * rows), PROBATION_MAX_ROWS);
}

/** NAB's scaled sigmoid: 1 far before 0, -1 from 3 on (`nab/sweeper.py`). */
function scaled(x: number): number {
  return x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1;
}

type Range = readonly [first: number, last: number];

/** 1 on the first row of a window, still a little above 0 on its last. */
function insideValue(row: number, [first, last]: Range): number {
  return scaled(-(last - row + 1) / (last - first + 1)) / scaled(-1);
}

/** Mild just behind a window, the full price one window length later and before the first window of a file. */
function outsideValue(row: number, previous: Range | undefined): number {
  return previous === undefined ? -1 : scaled((row - previous[1]) / (previous[1] - previous[0]));
}

/** Row indexes of the windows; a timestamp stands for the first row that carries it. */
function rangesOf(file: Pick<ScoredSeries, "name" | "times" | "windows">): readonly Range[] {
  const rowAt = new Map<number, number>();
  for (let row = 0; row < file.times.length; row += 1) {
    const at = file.times[row] as number;
    if (!rowAt.has(at)) rowAt.set(at, row);
  }
  return file.windows.map(([from, to]) => {
    const first = rowAt.get(from);
    const last = rowAt.get(to);
    if (first === undefined || last === undefined || last < first) {
      throw new HeadgateError("input.invalid", `${file.name}: window ${from} to ${to} does not begin and end on rows`);
    }
    return [first, last];
  });
}

/** What each row of a file is worth as a detection under weights of 1. */
export interface Worth {
  readonly values: Float64Array;
  /** Index of the row's window in its file, OUTSIDE, or UNSEEN in the probation. */
  readonly windowOf: Int32Array;
}

export const OUTSIDE = -1;
export const UNSEEN = -2;

/** @throws HeadgateError `input.invalid` where the edge of a window is no row's timestamp. */
export function worthOf(file: Pick<ScoredSeries, "name" | "times" | "windows">): Worth {
  const rows = file.times.length;
  const ranges = rangesOf(file);
  const values = new Float64Array(rows);
  const windowOf = new Int32Array(rows).fill(UNSEEN);
  let next = 0;
  for (let row = 0; row < rows; row += 1) {
    while (next < ranges.length && row > (ranges[next] as Range)[1]) next += 1;
    if (row < probationRows(rows)) continue;
    const range = ranges[next];
    const inside = range !== undefined && row >= range[0];
    windowOf[row] = inside ? next : OUTSIDE;
    values[row] = inside ? insideValue(row, range) : outsideValue(row, ranges[next - 1]);
  }
  return { values, windowOf };
}

/** Collects rows as they come and orders them by score at the end. */
export class RowCollector {
  readonly #scores: number[] = [];
  readonly #values: number[] = [];
  readonly #windowOf: number[] = [];
  readonly #best: number[] = [];
  #outside = 0;
  #rows = 0;

  /** Makes room for the windows of one more file and tells the index of its first one. */
  windows(count: number): number {
    const first = this.#best.length;
    for (let i = 0; i < count; i += 1) this.#best.push(-Infinity);
    return first;
  }

  add(score: number, value: number, window: number): void {
    if (score > 0) {
      this.#scores.push(score);
      this.#values.push(value);
      this.#windowOf.push(window);
    } else if (window >= 0) {
      this.#best[window] = Math.max(this.#best[window] as number, value);
    } else {
      this.#outside += value;
      this.#rows += 1;
    }
  }

  ordered(): Rows {
    const order = Uint32Array.from(this.#scores.keys());
    order.sort((a, b) => (this.#scores[b] as number) - (this.#scores[a] as number));
    return {
      scores: Float64Array.from(order, (row) => this.#scores[row] as number),
      values: Float64Array.from(order, (row) => this.#values[row] as number),
      windowOf: Int32Array.from(order, (row) => this.#windowOf[row] as number),
      windows: this.#best.length,
      quiet: { outside: this.#outside, rows: this.#rows, best: Float64Array.from(this.#best) },
    };
  }
}

/**
 * Lays the rows of a corpus out in columns and orders them by score.
 *
 * @throws HeadgateError `input.invalid` where a score is outside [0, 1], scores and timestamps differ in number, or the edge
 *   of a window is no row's timestamp.
 */
export function rowsOf(files: readonly ScoredSeries[]): Rows {
  const collector = new RowCollector();
  for (const file of files) {
    const rows = file.times.length;
    if (file.scores.length !== rows) {
      throw new HeadgateError("input.invalid", `${file.name}: ${file.scores.length} scores for ${rows} rows`);
    }
    const { values, windowOf } = worthOf(file);
    const first = collector.windows(file.windows.length);
    for (let row = 0; row < rows; row += 1) {
      const score = file.scores[row] as number;
      if (!(score >= 0 && score <= 1)) {
        throw new HeadgateError("input.invalid", `${file.name}: row ${row} scores ${score}; allowed is 0..1`);
      }
      const window = windowOf[row] as number;
      if (window !== UNSEEN) collector.add(score, values[row] as number, window === OUTSIDE ? OUTSIDE : first + window);
    }
  }
  return collector.ordered();
}
