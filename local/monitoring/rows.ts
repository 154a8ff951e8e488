import type { Millis } from "../../shared/core/kernel/time.ts";
import { wordsOf } from "./sample-bits.ts";

/**
 * The samples of one target: a row per scrape, a column (slot) per series, so that a scrape costs one array and a sample eight
 * bytes. Rows are numbered without end; a slot may belong to one series up to some row and to another one after it.
 */
export interface RowStore {
  /** Number of the oldest row kept. */
  first(): number;
  /** Number that the next row will have. */
  next(): number;
  /** Time of the oldest, of the newest row; undefined without rows. */
  oldest(): Millis | undefined;
  newest(): Millis | undefined;
  time(row: number): Millis;
  values(row: number): Float64Array;
  words(row: number): Uint32Array;
  /** Takes a row over; its time must be after the newest. */
  push(at: Millis, values: Float64Array): void;
  /** Drops rows before the instant. Returns how many slots they had. */
  dropBefore(at: Millis): number;
  /** First row that is not before the instant. */
  rowAt(at: Millis): number;
  bytes(): number;
}

/** What a row takes beside its values: two views, a buffer, a time. */
const ROW_BYTES = 280;

export function rowStore(): RowStore {
  let base = 0;
  let bytes = 0;
  const times: Millis[] = [];
  const rows: Float64Array[] = [];
  const words: Uint32Array[] = [];
  const index = (at: Millis) => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    first: () => base,
    next: () => base + times.length,
    oldest: () => times[0],
    newest: () => times.at(-1),
    time: (row) => times[row - base] as number,
    values: (row) => rows[row - base] as Float64Array,
    words: (row) => words[row - base] as Uint32Array,
    push: (at, values) => {
      times.push(at);
      rows.push(values);
      words.push(wordsOf(values));
      bytes += values.length * 8 + ROW_BYTES;
    },
    dropBefore: (at) => {
      const count = index(at);
      if (count === 0) return 0;
      const slots = rows.slice(0, count).reduce((sum, row) => sum + row.length, 0);
      times.splice(0, count);
      rows.splice(0, count);
      words.splice(0, count);
      base += count;
      bytes -= slots * 8 + count * ROW_BYTES;
      return slots;
    },
    rowAt: (at) => base + index(at),
    bytes: () => bytes,
  };
}
