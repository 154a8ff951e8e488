import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { ownSamples, pushOwn } from "./own-samples.ts";
import type { RowStore } from "./rows.ts";
import { isAbsent, markAbsent, setStale, wordsOf } from "./sample-bits.ts";
import { ONGOING, type SeriesRecord, type Span } from "./series-index.ts";

/** A series as one writer has it; opaque. */
export interface SeriesHandle {
  record: SeriesRecord;
  /** Who writes it. */
  readonly writer: object;
  /** Its column at present; -1 where it has none. */
  slot: number;
  /** Last batch that had it. */
  round: number;
  span: Span | undefined;
}

/** What a batch lost, and why; counts of samples. */
export interface BatchLosses {
  /** A second sample of a series in one batch. */
  duplicates: number;
  /** Not later than the newest sample of the series. */
  outOfOrder: number;
  /** Older than the window, or more than ten minutes ahead. */
  outOfBounds: number;
}

/**
 * Writes the samples of one target (or rule group), a batch at a time. All samples of a batch are at its instant unless they bring a
 * time of their own. A series that was in the batch before and is not in this one ends with a staleness marker.
 */
export interface SampleWriter {
  /** Undefined where the window has no room for another series; `must` is for the few that have to be there. */
  open(labels: Labels, must?: boolean): SeriesHandle | undefined;
  begin(at: Millis): void;
  /** Whether it was taken: the second sample of a series is not, nor one of a series that has lost its place. */
  put(handle: SeriesHandle, value: number): boolean;
  /** Takes the value also where the batch has one of this series already. */
  replace(handle: SeriesHandle, value: number): void;
  /** A sample with a time of its own. With `track` the series gets a staleness marker when it ends. */
  putAt(handle: SeriesHandle, value: number, at: Millis, track: boolean): boolean;
  commit(): BatchLosses;
  /** Leaves everything as it was before `begin`. */
  abort(): void;
  /** The target is gone: all its series end. */
  close(at: Millis): void;
}

/** What writers share: the window. */
export interface WriterHost {
  readonly rows: RowStore;
  record(labels: Labels, must: boolean): SeriesRecord | undefined;
  /** These were made for a batch that was aborted. */
  unused(records: readonly SeriesRecord[]): void;
  /** Earliest and latest instant a sample of its own time may have. */
  bounds(): { readonly from: Millis; readonly to: Millis };
  /** A batch was written, or a series grew. */
  wrote(at: Millis): void;
}

/** Time of the newest sample, -Infinity without any. */
export function newestOf(record: SeriesRecord): Millis {
  let newest =
    record.own && record.own.end > record.own.start ? (record.own.times[record.own.end - 1] as number) : -Infinity;
  for (const { rows, slot, first, last } of record.spans)
    for (let row = Math.min(last, rows.next() - 1); row >= Math.max(first, rows.first()); row -= 1)
      if (slot < rows.values(row).length && !isAbsent(rows.words(row), slot)) {
        newest = Math.max(newest, rows.time(row));
        break;
      }
  return newest;
}

/** One for all: most series that have ended have nobody that writes them. */
const NONE: SeriesHandle[] = [];

export function sampleWriter(host: WriterHost): SampleWriter {
  const { rows } = host;
  const me = {};
  const bySlot: (SeriesHandle | undefined)[] = [];
  const free: number[] = [];
  let values = new Float64Array(16);
  let words = wordsOf(values);
  let round = 0;
  let at: Millis = 0;
  let active = 0;
  let seen = 0;
  let duplicates = 0;
  /** Got their slot in this batch. */
  let fresh: SeriesHandle[] = [];
  let own: { readonly handle: SeriesHandle; readonly value: number; readonly at: Millis }[] = [];

  const clear = () => {
    for (let slot = 0; slot < values.length; slot += 1) markAbsent(words, slot);
  };
  clear();

  /** A handle may outlive its series in the window: it is then made anew. */
  const present = (handle: SeriesHandle): boolean => {
    if (!handle.record.gone) return true;
    const record = host.record(handle.record.labels, false);
    if (record) handle.record = record;
    return record !== undefined;
  };
  const take = (handle: SeriesHandle) => {
    handle.slot = free.pop() ?? bySlot.length;
    bySlot[handle.slot] = handle;
    active += 1;
    // A literal: pushing onto an empty list makes room for seventeen, times a hundred thousand series.
    handle.record.open = handle.record.open.length === 0 ? [handle] : [...handle.record.open, handle];
    fresh.push(handle);
    if (handle.slot < values.length) return;
    const grown = new Float64Array(values.length * 2);
    const all = wordsOf(grown);
    all.set(words);
    for (let slot = values.length; slot < grown.length; slot += 1) markAbsent(all, slot);
    values = grown;
    words = all;
  };
  const release = (handle: SeriesHandle) => {
    bySlot[handle.slot] = undefined;
    free.push(handle.slot);
    active -= 1;
    const { record } = handle;
    record.open = record.open.length === 1 ? NONE : record.open.filter((one) => one !== handle);
    handle.slot = -1;
    handle.span = undefined;
  };
  /** Whether order has to be looked at: it goes without saying for a series that only this writer writes, at its batches' times. */
  const contested = ({ record }: SeriesHandle) => record.own !== undefined || record.open.length > 1;
  const reset = () => {
    clear();
    fresh = [];
    own = [];
    duplicates = 0;
    seen = 0;
  };

  /** New columns begin with this row, unless the series has a later sample already. */
  const beginSpans = (row: number): number => {
    let late = 0;
    for (const handle of fresh) {
      const { record } = handle;
      const newest = record.spans.length > 0 || record.own ? newestOf(record) : -Infinity;
      record.lastAt = Math.max(record.lastAt, newest);
      if (newest >= at) {
        late += isAbsent(words, handle.slot) ? 0 : 1;
        markAbsent(words, handle.slot);
        release(handle);
        continue;
      }
      handle.span = { rows, slot: handle.slot, first: row, last: ONGOING };
      record.spans = record.spans.length === 0 ? [handle.span] : [...record.spans, handle.span];
    }
    return late;
  };
  const checkOrder = (): number => {
    let late = 0;
    for (const handle of bySlot) {
      if (!handle || !contested(handle) || isAbsent(words, handle.slot)) continue;
      if (handle.record.lastAt >= at) {
        markAbsent(words, handle.slot);
        late += 1;
      } else handle.record.lastAt = at;
    }
    return late;
  };
  /** Columns that are not in this batch end in its row. */
  const endSpans = (row: number): readonly SeriesHandle[] => {
    if (seen === active) return [];
    const ended: SeriesHandle[] = [];
    for (const handle of bySlot) {
      if (!handle || handle.round === round) continue;
      if (!contested(handle) || newestOf(handle.record) < at) setStale(words, handle.slot);
      if (handle.span) handle.span.last = row;
      ended.push(handle);
    }
    return ended;
  };
  const putOwn = (losses: BatchLosses) => {
    const { from, to } = own.length > 0 ? host.bounds() : { from: 0, to: 0 };
    for (const one of own) {
      const { record } = one.handle;
      if (one.at < from || one.at > to) {
        losses.outOfBounds += 1;
        continue;
      }
      const newest = newestOf(record);
      if (newest >= one.at) {
        // The very same sample again is what a target with slow timestamps sends at each scrape.
        const last =
          record.own && record.own.end > record.own.start ? record.own.values[record.own.end - 1] : undefined;
        if (newest > one.at || !Object.is(last, one.value)) losses.outOfOrder += 1;
        continue;
      }
      record.own ??= ownSamples();
      pushOwn(record.own, one.at, one.value);
      record.lastAt = one.at;
    }
  };
  const see = (handle: SeriesHandle): boolean => {
    if (handle.round === round) {
      duplicates += 1;
      return false;
    }
    if (!present(handle)) return false;
    handle.round = round;
    return true;
  };

  const writer: SampleWriter = {
    open: (labels, must = false) => {
      const record = host.record(labels, must);
      if (!record) return undefined;
      return (
        record.open.find((one) => one.writer === me) ?? { record, writer: me, slot: -1, round: 0, span: undefined }
      );
    },
    begin: (instant) => {
      at = instant;
      round += 1;
      seen = 0;
    },
    put: (handle, value) => {
      if (!see(handle)) return false;
      if (handle.slot < 0) take(handle);
      seen += 1;
      values[handle.slot] = value;
      return true;
    },
    replace: (handle, value) => {
      if (handle.round !== round) {
        writer.put(handle, value);
        return;
      }
      if (handle.slot < 0) {
        take(handle);
        seen += 1;
      }
      values[handle.slot] = value;
    },
    putAt: (handle, value, instant, track) => {
      if (!see(handle)) return false;
      if (track && handle.slot < 0) take(handle);
      if (handle.slot >= 0) seen += 1;
      own.push({ handle, value, at: instant });
      return true;
    },
    commit: () => {
      const losses: BatchLosses = { duplicates, outOfOrder: 0, outOfBounds: 0 };
      if (at <= (rows.newest() ?? Number.NEGATIVE_INFINITY)) {
        // Time did not go on, or went back: nothing of this batch can be placed.
        losses.outOfOrder = seen;
        writer.abort();
        return losses;
      }
      const row = rows.next();
      putOwn(losses);
      losses.outOfOrder += beginSpans(row);
      losses.outOfOrder += checkOrder();
      const ended = endSpans(row);
      if (bySlot.length > 0) rows.push(at, values.slice(0, bySlot.length));
      for (const handle of ended) release(handle);
      while (bySlot.length > 0 && bySlot.at(-1) === undefined) {
        bySlot.length -= 1;
        free.splice(free.indexOf(bySlot.length), 1);
      }
      reset();
      host.wrote(at);
      return losses;
    },
    abort: () => {
      const records = fresh.map((handle) => handle.record);
      for (const handle of fresh) release(handle);
      host.unused(records);
      reset();
      round += 1;
    },
    close: (instant) => {
      writer.begin(instant);
      writer.commit();
    },
  };
  return writer;
}
