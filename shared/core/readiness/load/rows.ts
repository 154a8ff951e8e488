import { merged, type PackedHistogram } from "./histogram.ts";

/**
 * One second of a test: the requests that were *due* in it, whenever they were sent and answered, so that a rate stands beside the latency
 * it led to. `done` alone counts by the second in which answers came: that is what the target does, whatever is asked of it.
 */
export interface LoadSecond {
  /** Since the start, from 0. */
  readonly second: number;
  /** Due. */
  readonly asked: number;
  readonly sent: number;
  readonly ok: number;
  /** Refused, broken off, or answered with another status than expected. */
  readonly errors: number;
  /** Sent, and no answer within the timeout of when it was due. */
  readonly timeouts: number;
  /** Waited for a free connection until the timeout, and was never sent. */
  readonly unsent: number;
  /** Sent, but had to wait for a free connection first. */
  readonly late: number;
  /** Answers that came in this second. */
  readonly done: number;
  /** Most requests under way at once. */
  readonly inFlight: number;
  /** How far the generator itself was behind its schedule, p99, µs. */
  readonly lagUs: number;
  /** From when a request was due, µs: those answered well, and those given up. Quick refusals must not make it look better. */
  readonly latency: PackedHistogram;
}

/** Use of a resource at a second, as a share of its limit: 1 is full. */
export interface ResourceSample {
  readonly resource: string;
  readonly second: number;
  readonly share: number;
}

export type LoadTotals = Pick<
  LoadSecond,
  "asked" | "sent" | "ok" | "errors" | "timeouts" | "unsent" | "late" | "latency"
>;

const SUMMED = ["asked", "sent", "ok", "errors", "timeouts", "unsent", "late", "done", "inFlight"] as const;
const sum = (rows: readonly LoadSecond[], of: (typeof SUMMED)[number]): number =>
  rows.reduce((total, row) => total + row[of], 0);

/** Rows of the same second by several workers as one. */
export function mergedSecond(rows: readonly LoadSecond[]): LoadSecond {
  const [first] = rows;
  if (rows.length === 1 && first) return first;
  const sums = Object.fromEntries(SUMMED.map((name) => [name, sum(rows, name)])) as Record<
    (typeof SUMMED)[number],
    number
  >;
  return {
    second: first?.second ?? 0,
    ...sums,
    lagUs: Math.max(0, ...rows.map(({ lagUs }) => lagUs)),
    latency: merged(rows.map(({ latency }) => latency)),
  };
}

/** All rows by their second, those of several workers as one. */
export function mergedRows(rows: readonly LoadSecond[]): readonly LoadSecond[] {
  const by = Map.groupBy(rows, ({ second }) => second);
  return [...by.values()].map(mergedSecond).sort((a, b) => a.second - b.second);
}

export const failedOf = ({ errors, timeouts, unsent }: Pick<LoadTotals, "errors" | "timeouts" | "unsent">): number =>
  errors + timeouts + unsent;

export function totalsOf(rows: readonly LoadSecond[]): LoadTotals {
  return {
    asked: sum(rows, "asked"),
    sent: sum(rows, "sent"),
    ok: sum(rows, "ok"),
    errors: sum(rows, "errors"),
    timeouts: sum(rows, "timeouts"),
    unsent: sum(rows, "unsent"),
    late: sum(rows, "late"),
    latency: merged(rows.map(({ latency }) => latency)),
  };
}

/** Whole seconds put together until each window has enough requests to speak of a p99. */
export interface Window {
  readonly from: number;
  /** The second behind its last one. */
  readonly to: number;
  /** Requests due a second. */
  readonly rate: number;
  /** Answers a second. */
  readonly done: number;
  readonly totals: LoadTotals;
}

/** Fewer than this, and a p99 is one request's word. */
const ENOUGH = 200;

export function windowsOf(rows: readonly LoadSecond[], enough = ENOUGH): readonly Window[] {
  const windows: Window[] = [];
  let part: LoadSecond[] = [];
  let asked = 0;
  for (const row of rows) {
    part.push(row);
    asked += row.asked;
    if (asked < enough) continue;
    windows.push(windowOf(part));
    [part, asked] = [[], 0];
  }
  return windows;
}

function windowOf(rows: readonly LoadSecond[]): Window {
  const from = rows[0]?.second ?? 0;
  const to = (rows.at(-1)?.second ?? from) + 1;
  const totals = totalsOf(rows);
  return { from, to, rate: totals.asked / (to - from), done: sum(rows, "done") / (to - from), totals };
}
