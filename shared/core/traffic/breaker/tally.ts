import type { CircuitCounts } from "../../kernel/circuit.ts";
import type { Millis } from "../../kernel/time.ts";
import { failuresOf, lastFailureAt, tallied } from "./counts.ts";
import { neededCalls } from "./evidence.ts";
import type { BreakerPolicy, ConsecutivePolicy, RatePolicy } from "./policy.ts";

/** Buckets of a window of time, each with calls, failures and slow calls. */
const BUCKETS = 10;
const FAILED = 1;
const SLOW = 2;

interface InARow {
  readonly kind: "row";
  failures: number;
  lastAt: Millis;
}

interface Sums {
  /** So many calls say something. */
  readonly needed: number;
  calls: number;
  failures: number;
  slow: number;
}

/** Ten buckets in a ring; the sums are those of all ten. */
interface TimeWindow extends Sums {
  readonly kind: "time";
  readonly bucketMs: number;
  newest: number;
  /** Where the newest bucket ends. */
  until: Millis;
  /** Three numbers a bucket. */
  readonly cells: number[];
}

/** The last N calls in a ring, each as bits. */
interface CallWindow extends Sums {
  readonly kind: "calls";
  readonly ring: Uint8Array;
  next: number;
}

/** What is counted in one process: exact, and nothing is allocated per call. */
export type Tally = InARow | TimeWindow | CallWindow;

export function tallyOf(policy: BreakerPolicy, counts: CircuitCounts, now: Millis): Tally {
  if (policy.rule === "consecutive") {
    return { kind: "row", failures: failuresOf(policy, counts, now), lastAt: lastFailureAt(policy, counts) ?? now };
  }
  if ("time" in policy.window) return timeWindow(policy.window.time / BUCKETS, neededCalls(policy), counts, now);
  const ring = new Uint8Array(policy.window.calls);
  const window: CallWindow = {
    kind: "calls",
    needed: neededCalls(policy),
    calls: 0,
    failures: 0,
    slow: 0,
    ring,
    next: 0,
  };
  // In what order they came is not known any more: the failures leave first, as they would if they came first.
  const sums = tallied(policy, counts, now);
  const calls = Math.min(sums.calls, policy.window.calls);
  for (let index = 0; index < calls; index += 1) inCalls(window, index < sums.failures, index < sums.slow);
  return window;
}

function timeWindow(bucketMs: number, needed: number, counts: CircuitCounts, now: Millis): TimeWindow {
  const newest = Math.floor(now / bucketMs);
  const cells = Array.from({ length: 3 * BUCKETS }, () => 0);
  const window: TimeWindow = {
    kind: "time",
    needed,
    calls: 0,
    failures: 0,
    slow: 0,
    bucketMs,
    newest,
    until: (newest + 1) * bucketMs,
    cells,
  };
  for (let bucket = newest - BUCKETS + 1; bucket <= newest; bucket += 1) {
    const at = (bucket % BUCKETS) * 3;
    window.calls += cells[at] = counts[`calls/${bucket}`] ?? 0;
    window.failures += cells[at + 1] = counts[`failures/${bucket}`] ?? 0;
    window.slow += cells[at + 2] = counts[`slow/${bucket}`] ?? 0;
  }
  return window;
}

/** Counts one call; true where what is counted now opens. Everything a closed circuit does for a call that succeeds is here. */
export function count(policy: BreakerPolicy, tally: Tally, failed: boolean, slow: boolean, now: Millis): boolean {
  if (policy.rule === "consecutive") return inARow(policy, tally as InARow, failed, now);
  if (tally.kind === "time") inTime(tally, failed, slow, now);
  else inCalls(tally as CallWindow, failed, slow);
  return isEnough(policy, tally as CallWindow);
}

function inARow(policy: ConsecutivePolicy, tally: InARow, failed: boolean, now: Millis): boolean {
  if (!failed) {
    if (tally.failures > 0) tally.failures -= 1;
    return false;
  }
  const forgotten = policy.forget !== "never" && now - tally.lastAt >= policy.forget;
  tally.failures = forgotten ? 1 : tally.failures + 1;
  tally.lastAt = now;
  return tally.failures >= policy.failures;
}

function isEnough(policy: RatePolicy, { calls, failures, slow, needed }: Sums): boolean {
  if (calls < needed) return false;
  if (failures > 0 && (failures * 100) / calls >= policy.failureRate) return true;
  return slow > 0 && (slow * 100) / calls >= policy.slowRate;
}

function inTime(window: TimeWindow, failed: boolean, slow: boolean, now: Millis): void {
  if (now >= window.until) advance(window, Math.floor(now / window.bucketMs));
  const { cells } = window;
  // A clock that went back counts into the newest bucket.
  const at = (window.newest % BUCKETS) * 3;
  cells[at] = (cells[at] as number) + 1;
  window.calls += 1;
  if (failed) {
    cells[at + 1] = (cells[at + 1] as number) + 1;
    window.failures += 1;
  }
  if (slow) {
    cells[at + 2] = (cells[at + 2] as number) + 1;
    window.slow += 1;
  }
}

function advance(window: TimeWindow, newest: number): void {
  const { cells } = window;
  const first = Math.max(window.newest + 1, newest - BUCKETS + 1);
  for (let bucket = first; bucket <= newest; bucket += 1) {
    const at = (bucket % BUCKETS) * 3;
    window.calls -= cells[at] as number;
    window.failures -= cells[at + 1] as number;
    window.slow -= cells[at + 2] as number;
    cells[at] = cells[at + 1] = cells[at + 2] = 0;
  }
  window.newest = newest;
  window.until = (newest + 1) * window.bucketMs;
}

function inCalls(window: CallWindow, failed: boolean, slow: boolean): void {
  const { ring } = window;
  if (window.calls === ring.length) {
    const left = ring[window.next] as number;
    if (left & FAILED) window.failures -= 1;
    if (left & SLOW) window.slow -= 1;
  } else {
    window.calls += 1;
  }
  ring[window.next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
  if (failed) window.failures += 1;
  if (slow) window.slow += 1;
  window.next = window.next + 1 === ring.length ? 0 : window.next + 1;
}

/** What is counted as an item holds it; what has gone out of the window, or is forgotten, is left out. */
export function countsOf(policy: BreakerPolicy, tally: Tally, now: Millis): CircuitCounts {
  const counts: Record<string, number> = {};
  const put = (name: string, value: number) => {
    if (value > 0) counts[name] = value;
  };
  if (tally.kind === "row") {
    const { forget } = policy as ConsecutivePolicy;
    if (forget === "never") put("failures", tally.failures);
    else if (now - tally.lastAt < forget) {
      put("failures", tally.failures);
      put(`last/${Math.floor((tally.lastAt * BUCKETS) / forget)}`, tally.failures);
    }
  } else if (tally.kind === "time") {
    if (now >= tally.until) advance(tally, Math.floor(now / tally.bucketMs));
    for (let bucket = tally.newest - BUCKETS + 1; bucket <= tally.newest; bucket += 1) {
      const at = (bucket % BUCKETS) * 3;
      put(`calls/${bucket}`, tally.cells[at] as number);
      put(`failures/${bucket}`, tally.cells[at + 1] as number);
      put(`slow/${bucket}`, tally.cells[at + 2] as number);
    }
  } else {
    put("calls/0", tally.calls);
    put("failures/0", tally.failures);
    put("slow/0", tally.slow);
  }
  return counts;
}
