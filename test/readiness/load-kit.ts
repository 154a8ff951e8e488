import { histogram, pack, record } from "../../shared/core/readiness/load/histogram.ts";
import type { LoadSecond } from "../../shared/core/readiness/load/rows.ts";
import { arrivalsOf, segmentsOf } from "../../shared/core/readiness/load/schedule.ts";

export interface QueueWorld {
  readonly seconds: number;
  /** Requests per second, by second. */
  readonly rate: (second: number) => number;
  /** Requests per second that the server can do. */
  readonly capacity: number;
  readonly slots: number;
  readonly timeoutMs?: number;
  readonly seed?: number;
}

/** A server with slots of a fixed service time, in virtual time: what a load test of it would have counted. */
export function queueRows({
  seconds,
  rate,
  capacity,
  slots,
  timeoutMs = 10_000,
  seed = 1,
}: QueueWorld): readonly LoadSecond[] {
  const segments = segmentsOf(
    Array.from({ length: seconds }, (_, second) => ({ shape: "constant" as const, rate: rate(second), for: 1000 })),
  );
  const arrivals = arrivalsOf(segments, "poisson", seed);
  const freeAt = new Array<number>(slots).fill(0);
  const rows = Array.from({ length: seconds }, (_, second) => ({
    ...{
      second,
      asked: 0,
      sent: 0,
      ok: 0,
      errors: 0,
      timeouts: 0,
      unsent: 0,
      late: 0,
      done: 0,
      inFlight: 0,
      lagUs: 50,
    },
    latency: histogram(),
  }));
  for (let at = arrivals.next(); at !== undefined; at = arrivals.next()) {
    const row = rows[Math.min(seconds - 1, Math.floor(at / 1000))] as (typeof rows)[number];
    row.asked += 1;
    row.sent += 1;
    const slot = freeAt.indexOf(Math.min(...freeAt));
    const ready = Math.max(at, freeAt[slot] as number) + (1000 * slots) / capacity;
    if (ready - at > timeoutMs) {
      row.timeouts += 1;
      record(row.latency, timeoutMs * 1000);
      continue;
    }
    freeAt[slot] = ready;
    row.ok += 1;
    record(row.latency, (ready - at) * 1000);
    const done = rows[Math.floor(ready / 1000)];
    if (done) done.done += 1;
  }
  return rows.map(({ latency, ...row }) => ({ ...row, latency: pack(latency) }));
}
