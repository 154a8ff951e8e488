import type { Labels } from "../../shared/core/kernel/labels.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { SeriesSource } from "../../shared/core/monitoring/promql/source.ts";
import { dropOwn, ownBytes } from "./own-samples.ts";
import { readSeries, seriesReader } from "./read-series.ts";
import { type RowStore, rowStore } from "./rows.ts";
import { type BatchLosses, newestOf, type SampleWriter, sampleWriter } from "./sample-writer.ts";
import { type SeriesRecord, seriesBytes, seriesIndex } from "./series-index.ts";

/** What the window has lost since it was opened. */
export interface WindowLosses {
  /** Samples dropped before their time because the window was full. */
  readonly evicted: number;
  /** Series that had ended and were forgotten before their time to make room for new ones. */
  readonly forgottenSeries: number;
  /** Series that were not taken because the window was full. */
  readonly refusedSeries: number;
  /** When something was lost last. */
  readonly at?: Millis;
}

/** The samples of the last hours, in memory and bounded; the evaluator reads it as a {@link SeriesSource}. */
export interface SampleWindow extends SeriesSource {
  readonly keepMs: DurationMs;
  /** For a target. One writer is one target: its batches come one after the other, later and later. */
  writer(): SampleWriter;
  /** What a rule group has recorded at an instant. Series that it had before and has no more end there. */
  append(
    group: string,
    at: Millis,
    samples: readonly { readonly labels: Labels; readonly value: number }[],
  ): BatchLosses;
  /** Series held at present, those that have ended among them. */
  series(): number;
  /** Memory of samples and label sets, estimated. */
  bytes(): number;
  losses(): WindowLosses;
}

export interface WindowOptions {
  readonly keepMs: DurationMs;
  readonly maxBytes: number;
  readonly now: () => Millis;
}

/** As far as a target's own timestamps may be ahead: prometheus/scrape maxAheadTime. */
const AHEAD_MS = 10 * MINUTE_MS;
/** Series may take this share of the memory; the rest is for samples. */
const SERIES_SHARE = 0.6;
/** Part of it that is made free when it is full, so that it is not looked for at each new series. */
const ROOM_MADE = 0.05;
/** Sweeps per window length. */
const SWEEPS = 16;

/** Whether nothing would be lost with it. */
const isEmpty = ({ open, spans, own }: SeriesRecord): boolean =>
  open.length === 0 && spans.length === 0 && own === undefined;

/** Keeps samples for `keepMs` and within `maxBytes`: the oldest go first. */
export function openWindow({ keepMs, maxBytes, now }: WindowOptions): SampleWindow {
  const index = seriesIndex();
  const stores = new Set<RowStore>();
  const groups = new Map<string, SampleWriter>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let own = 0;
  let evicted = 0;
  let forgotten = 0;
  let refusedSeries = 0;
  let lostAt: Millis | undefined;

  const bytes = () => {
    let sum = own + index.bytes();
    for (const store of stores) sum += store.bytes();
    return sum;
  };
  /** Takes everything before the instant away; samples that went. */
  const dropBefore = (at: Millis): number => {
    let dropped = 0;
    for (const store of stores) dropped += store.dropBefore(at);
    own = 0;
    for (const record of index.all()) {
      if (record.own) dropped += dropOwn(record.own, at);
      if (record.own && record.own.start === record.own.end && record.open.length === 0) record.own = undefined;
      own += ownBytes(record.own);
      if (record.spans.some((span) => span.last < span.rows.first()))
        record.spans = record.spans.filter((span) => span.last >= span.rows.first());
    }
    index.remove([...index.all()].filter(isEmpty));
    return dropped;
  };
  const oldest = () => {
    let found = Number.POSITIVE_INFINITY;
    for (const store of stores) found = Math.min(found, store.oldest() ?? found);
    for (const record of own > 0 ? index.all() : [])
      if (record.own && record.own.end > record.own.start)
        found = Math.min(found, record.own.times[record.own.start] as number);
    return found;
  };
  /** Drops a sixteenth of the window's time at a go, oldest first, until it is small enough. */
  const shrink = (tooMuch: () => boolean, until: Millis) => {
    lostAt = now();
    for (let from = oldest(); tooMuch() && from < until; from = oldest())
      evicted += dropBefore(Math.min(until, Math.max(from + 1, from + (until - from) / SWEEPS)));
  };
  const wrote = (at: Millis) => {
    if (at - sweptAt >= keepMs / SWEEPS || at < sweptAt) {
      sweptAt = at;
      dropBefore(at - keepMs);
      for (const store of stores) if (store.oldest() === undefined && !writing.has(store)) stores.delete(store);
    }
    if (bytes() > maxBytes) shrink(() => bytes() > maxBytes * 0.9, at);
  };
  const writing = new Set<RowStore>();
  const room = (labels: Labels) => index.bytes() + seriesBytes(labels) <= maxBytes * SERIES_SHARE;
  /** Series that have ended make room, those that ended first before others; live ones lose nothing by a flood of new ones. */
  const forgetEnded = () => {
    const ended = [...index.all()]
      .filter((record) => record.open.length === 0)
      .map((record) => ({ record, at: newestOf(record) }))
      .sort((a, b) => a.at - b.at);
    const most = maxBytes * SERIES_SHARE * (1 - ROOM_MADE);
    let left = index.bytes();
    const going: SeriesRecord[] = [];
    for (const { record } of ended) {
      if (left <= most) break;
      left -= seriesBytes(record.labels);
      going.push(record);
    }
    for (const record of going) {
      record.spans = [];
      record.own = undefined;
    }
    if (going.length > 0) lostAt = now();
    forgotten += going.length;
    index.remove(going);
  };
  const record = (labels: Labels, must: boolean): SeriesRecord | undefined => {
    const known = index.find(labels);
    if (known) return known;
    if (!room(labels)) forgetEnded();
    if (!must && !room(labels)) {
      refusedSeries += 1;
      lostAt = now();
      return undefined;
    }
    return index.add(labels);
  };
  const open = (): SampleWriter => {
    const rows = rowStore();
    stores.add(rows);
    writing.add(rows);
    const writer = sampleWriter({
      rows,
      record,
      unused: (records) => index.remove(records.filter((one) => !one.gone && isEmpty(one))),
      bounds: () => ({ from: now() - keepMs, to: now() + AHEAD_MS }),
      wrote,
    });
    return {
      ...writer,
      close: (at) => {
        writer.close(at);
        writing.delete(rows);
      },
    };
  };

  return {
    keepMs,
    writer: open,
    append: (group, at, samples) => {
      let writer = groups.get(group);
      if (!writer) groups.set(group, (writer = open()));
      writer.begin(at);
      for (const { labels, value } of samples) {
        const handle = writer.open(labels);
        if (handle) writer.put(handle, value);
      }
      return writer.commit();
    },
    select: (matchers, from, to) => {
      const reader = seriesReader(from, to);
      return index.select(matchers).flatMap((one) => readSeries(one, reader) ?? []);
    },
    series: index.size,
    bytes,
    losses: () => ({
      evicted,
      forgottenSeries: forgotten,
      refusedSeries,
      ...(lostAt === undefined ? {} : { at: lostAt }),
    }),
  };
}
