import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DurationMs, Millis } from "../shared/core/kernel/time.ts";
import { unwritable } from "./data-dir.ts";

/** One measurement of a service over a stretch of virtual time. */
export interface Measured {
  readonly service: string;
  readonly metric: string;
  /** Mean over what was measured (instances, requests). */
  readonly value: number;
  /** Largest part of it, e.g. the busiest instance; the value itself where there are no parts. */
  readonly most?: number;
}

export interface Row {
  /** Start of the base period. */
  readonly at: Millis;
  readonly count: number;
  readonly sum: number;
  readonly max: number;
}

/** Measurements by base period, on disk, for a bounded time. */
export interface SampleStore {
  /** Length of a base period in virtual ms. */
  readonly periodMs: DurationMs;
  /** Books what was measured between two virtual instants into the periods it covers. */
  record(from: Millis, to: Millis, measured: readonly Measured[]): void;
  /** Rows of whole periods in [from, to), ascending. */
  rows(service: string, metric: string, from: Millis, to: Millis): readonly Row[];
  /** Up to here everything that will be measured has been booked. */
  until(): Millis;
  close(): void;
}

/** A stretch over more periods than this (the machine slept) says nothing about any one of them. */
const MOST_PERIODS = 5;
const PRUNE_EVERY = 200;

/** @param keepMs how far back measurements are kept, in virtual ms */
export function openSampleStore(dir: string, periodMs: DurationMs, keepMs: DurationMs): SampleStore {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(join(dir, "samples.sqlite"));
    // A measurement lost in a power cut is a gap in a chart; it is not worth a disk flush twice a second.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS sample (service TEXT, metric TEXT, period INTEGER, at INTEGER, count INTEGER, sum REAL, max REAL,
        PRIMARY KEY (service, metric, period, at)) WITHOUT ROWID;`);
  } catch (error) {
    throw unwritable(dir, error);
  }
  const put = db.prepare(
    `INSERT INTO sample VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET
       count = count + 1, sum = sum + excluded.sum, max = max(max, excluded.max)`,
  );
  const get = db.prepare(
    "SELECT at, count, sum, max FROM sample WHERE service = ? AND metric = ? AND period = ? AND at >= ? AND at < ? ORDER BY at",
  );
  const prune = db.prepare("DELETE FROM sample WHERE at < ?");
  const newest = db.prepare("SELECT max(at) AS at FROM sample WHERE period = ?").get(periodMs)?.["at"];
  let until: Millis = typeof newest === "number" ? newest + periodMs : 0;
  let writes = 0;

  /** Periods of which the stretch covers at least half, or else the one its middle lies in. */
  const covered = (from: Millis, to: Millis): readonly Millis[] => {
    const first = Math.round(from / periodMs) * periodMs;
    const last = Math.round(to / periodMs) * periodMs;
    if (last - first > MOST_PERIODS * periodMs) return [];
    if (last <= first) return [Math.floor((from + to) / 2 / periodMs) * periodMs];
    return Array.from({ length: (last - first) / periodMs }, (_, index) => first + index * periodMs);
  };

  return {
    periodMs,
    record: (from, to, measured) => {
      db.exec("BEGIN");
      try {
        for (const at of covered(from, to))
          for (const one of measured)
            if (Number.isFinite(one.value))
              put.run(one.service, one.metric, periodMs, at, one.value, one.most ?? one.value);
        if (++writes % PRUNE_EVERY === 0) prune.run(to - keepMs);
        db.exec("COMMIT");
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      } finally {
        until = Math.max(until, to);
      }
    },
    rows: (service, metric, from, to) =>
      get.all(
        service,
        metric,
        periodMs,
        from,
        Math.min(to, Math.floor(until / periodMs) * periodMs),
      ) as unknown as Row[],
    until: () => until,
    close: () => db.close(),
  };
}
