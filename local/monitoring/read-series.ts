import type { Millis } from "../../shared/core/kernel/time.ts";
import { markStale, type SeriesData } from "../../shared/core/monitoring/promql/source.ts";
import type { RowStore } from "./rows.ts";
import { hasStale, isAbsent } from "./sample-bits.ts";
import type { SeriesRecord, Span } from "./series-index.ts";

/** Doubles that are asked of the system at a time. */
const POOL = 32_768;

/** One reading of many series over one stretch of time. */
export interface SeriesReader {
  readonly from: Millis;
  readonly to: Millis;
  /** Room for so many values; part of a larger array. */
  room(length: number): Float64Array;
  /** Times of all rows in the stretch: one array for all series of a target that have no gap. */
  times(rows: RowStore): { readonly first: number; readonly end: number; readonly times: Float64Array };
}

export function seriesReader(from: Millis, to: Millis): SeriesReader {
  let pool = new Float64Array(0);
  let used = 0;
  const known = new Map<RowStore, ReturnType<SeriesReader["times"]>>();
  const room = (length: number) => {
    if (used + length > pool.length) {
      pool = new Float64Array(Math.max(POOL, length));
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
  return {
    from,
    to,
    room,
    times: (rows) => {
      let found = known.get(rows);
      if (found) return found;
      const first = rows.rowAt(from);
      const end = Math.max(first, rows.rowAt(to + 1));
      const times = room(end - first);
      for (let row = first; row < end; row += 1) times[row - first] = rows.time(row);
      known.set(rows, (found = { first, end, times }));
      return found;
    },
  };
}

/** Samples of one span, gaps left out; undefined without any. */
function readSpan(span: Span, reader: SeriesReader): Pick<SeriesData, "times" | "values"> | undefined {
  const { rows, slot } = span;
  const stretch = reader.times(rows);
  const first = Math.max(stretch.first, span.first);
  const end = Math.min(stretch.end, span.last + 1);
  if (first >= end) return undefined;
  const values = reader.room(end - first);
  let times = stretch.times.subarray(first - stretch.first, end - stretch.first);
  let count = 0;
  let gaps = false;
  for (let row = first; row < end; row += 1) {
    const value = rows.values(row)[slot] as number;
    if (Number.isNaN(value) && isAbsent(rows.words(row), slot)) {
      if (!gaps) times = Float64Array.from(times);
      gaps = true;
      continue;
    }
    if (Number.isNaN(value) && hasStale(rows.words(row), slot)) markStale(values, count);
    else values[count] = value;
    if (gaps) times[count] = rows.time(row);
    count += 1;
  }
  if (count === 0) return undefined;
  return count === values.length
    ? { times, values }
    : { times: times.subarray(0, count), values: values.subarray(0, count) };
}

/** Pieces of more than one writer, or of two kinds, put in order; of two samples at one instant the first piece's. */
function merged(pieces: readonly Pick<SeriesData, "times" | "values">[]): Pick<SeriesData, "times" | "values"> {
  const order = pieces
    .flatMap((piece) => Array.from(piece.times, (at, index) => ({ at, piece, index })))
    .sort((a, b) => a.at - b.at)
    .filter((one, index, all) => index === 0 || one.at !== all[index - 1]?.at);
  const times = Float64Array.from(order, ({ at }) => at);
  const values = new Float64Array(order.length);
  order.forEach(({ piece, index }, place) => {
    // As bytes: the staleness marker need not survive as a number.
    values.set(piece.values.subarray(index, index + 1), place);
  });
  return { times, values };
}

/** What a series has in the reader's stretch of time; undefined where that is nothing. */
export function readSeries(record: SeriesRecord, reader: SeriesReader): SeriesData | undefined {
  const { labels, spans, own } = record;
  const pieces = spans.flatMap((span) => readSpan(span, reader) ?? []);
  if (own) {
    let [low, high] = [own.start, own.end];
    while (low < high && (own.times[low] as number) < reader.from) low += 1;
    while (high > low && (own.times[high - 1] as number) > reader.to) high -= 1;
    if (low < high) pieces.push({ times: own.times.slice(low, high), values: own.values.slice(low, high) });
  }
  const [first] = pieces;
  if (!first) return undefined;
  return { labels, ...(pieces.length === 1 ? first : merged(pieces)) };
}
