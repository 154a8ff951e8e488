import type { CircuitCounts } from "../../kernel/circuit.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import { isFailure, isSlow } from "./outcome.ts";
import type { BreakerPolicy, ConsecutivePolicy, RatePolicy } from "./policy.ts";
import type { Outcome } from "./types.ts";

/** Counts that are being made, before they are added to an item. */
export type CountsInHand = Record<string, number>;

/** A window has so many buckets; the oldest leaves it whole. */
const BUCKETS = 10;
/** Marks of the newest failure that are kept; older ones are folded into the oldest of these. */
const MOST_MARKS = 12;

/** Length of one bucket of a window of time. */
const timeBucketMs = (windowMs: DurationMs): DurationMs => windowMs / BUCKETS;
/** How coarsely a store remembers when the newest failure was. In a process it is remembered to the millisecond. */
const markMs = (forget: DurationMs): DurationMs => Math.max(1, forget / BUCKETS);

/** Numbers behind the slash of `name/<n>`, newest first. */
function numbersOf(counts: CircuitCounts, name: string): number[] {
  const prefix = `${name}/`;
  return Object.keys(counts)
    .filter((key) => key.startsWith(prefix))
    .map((key) => Number(key.slice(prefix.length)))
    .sort((a, b) => b - a);
}

function add(into: CountsInHand, name: string, amount: number): void {
  into[name] = (into[name] ?? 0) + amount;
}

/**
 * Counts one call into `into`. `known` is what the item is known to hold: a success takes a failure back only where there is one
 * (a healthy circuit adds nothing), and a window of calls goes on in the bucket that is not full yet.
 */
export function countOutcome(
  policy: BreakerPolicy,
  known: CircuitCounts,
  into: CountsInHand,
  outcome: Outcome,
  at: Millis,
): void {
  if (outcome === "ignored") return;
  if (policy.rule === "rate") {
    const bucket = bucketOf(policy, known, into, at);
    add(into, `calls/${bucket}`, 1);
    if (isFailure(outcome)) add(into, `failures/${bucket}`, 1);
    if (isSlow(outcome)) add(into, `slow/${bucket}`, 1);
  } else if (isFailure(outcome)) {
    add(into, "failures", 1);
    if (policy.forget !== "never") add(into, `last/${Math.floor(at / markMs(policy.forget))}`, 1);
  } else {
    takeBack(policy, known, into, at);
  }
}

/**
 * A success takes one failure back, and with it the oldest mark's: the marks' sum stays the count since the last time that nothing
 * failed, and the newest says when that was.
 */
function takeBack(policy: ConsecutivePolicy, known: CircuitCounts, into: CountsInHand, at: Millis): void {
  if ((known["failures"] ?? 0) + (into["failures"] ?? 0) <= 0) return;
  if (policy.forget !== "never") {
    const counts = added(known, into);
    const oldest = marksIn(policy.forget, counts, at).findLast((mark) => (counts[`last/${mark}`] ?? 0) > 0);
    if (oldest === undefined) return;
    add(into, `last/${oldest}`, -1);
  }
  add(into, "failures", -1);
}

function bucketOf({ window }: RatePolicy, known: CircuitCounts, into: CountsInHand, at: Millis): number {
  if ("time" in window) return Math.floor(at / timeBucketMs(window.time));
  const newest = Math.max(0, numbersOf(known, "calls")[0] ?? 0, numbersOf(into, "calls")[0] ?? 0);
  const calls = (known[`calls/${newest}`] ?? 0) + (into[`calls/${newest}`] ?? 0);
  return calls < Math.ceil(window.calls / BUCKETS) ? newest : newest + 1;
}

/** What a window holds. */
export interface Tallied {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** Buckets of the window at an instant, newest first. Buckets of a clock that goes before ours are in it as well. */
function bucketsIn({ window }: RatePolicy, counts: CircuitCounts, at: Millis): number[] {
  const all = numbersOf(counts, "calls");
  if ("time" in window) {
    const oldest = Math.floor(at / timeBucketMs(window.time)) - BUCKETS + 1;
    return all.filter((bucket) => bucket >= oldest);
  }
  let calls = 0;
  return all.filter((bucket) => {
    const wanted = calls < window.calls;
    calls += counts[`calls/${bucket}`] ?? 0;
    return wanted;
  });
}

/**
 * Calls, failures and slow calls in the window. Windows of time have ten buckets, so they hold nine to ten tenths of their length. A
 * window of calls holds the last N exactly in a process; in a store, which can only add, up to a tenth more.
 */
export function tallied(policy: RatePolicy, counts: CircuitCounts, at: Millis): Tallied {
  const sum = { calls: 0, failures: 0, slow: 0 };
  for (const bucket of bucketsIn(policy, counts, at)) {
    sum.calls += counts[`calls/${bucket}`] ?? 0;
    sum.failures += counts[`failures/${bucket}`] ?? 0;
    sum.slow += counts[`slow/${bucket}`] ?? 0;
  }
  return sum;
}

/** Marks of failures since the last time that nothing failed for `forget`, newest first; none where that is now. */
function marksIn(forget: DurationMs, counts: CircuitCounts, at: Millis): number[] {
  const gap = forget / markMs(forget);
  const marks: number[] = [];
  let later = Math.floor(at / markMs(forget));
  for (const mark of numbersOf(counts, "last")) {
    if (later - mark > gap) break;
    marks.push(mark);
    later = mark;
  }
  return marks;
}

/** Failures in a row as the rule `consecutive` has them: a success took one back, and what was long ago is forgotten. */
export function failuresOf(policy: ConsecutivePolicy, counts: CircuitCounts, at: Millis): number {
  const failures = counts["failures"] ?? 0;
  if (policy.forget === "never") return failures;
  const since = marksIn(policy.forget, counts, at).reduce((sum, mark) => sum + (counts[`last/${mark}`] ?? 0), 0);
  return Math.min(failures, since);
}

/** When the newest failure was, as far as the counts tell; never later than it was. */
export function lastFailureAt({ forget }: ConsecutivePolicy, counts: CircuitCounts): Millis | undefined {
  const newest = numbersOf(counts, "last")[0];
  return forget === "never" || newest === undefined ? undefined : newest * markMs(forget);
}

/** What an addition may take along so that an item does not grow: names that have gone out of every window, and what to fold into others. */
export function tidy(
  policy: BreakerPolicy,
  counts: CircuitCounts,
  at: Millis,
): { readonly add: CircuitCounts; readonly drop: readonly string[] } {
  if (policy.rule === "rate") {
    const kept = new Set(bucketsIn(policy, counts, at));
    const names = Object.keys(counts).filter((name) => name.includes("/"));
    return { add: {}, drop: names.filter((name) => !kept.has(Number(name.slice(name.indexOf("/") + 1)))) };
  }
  if (policy.forget === "never") return { add: {}, drop: [] };
  const live = marksIn(policy.forget, counts, at);
  const folded = live.slice(MOST_MARKS);
  const into = live[MOST_MARKS - 1];
  const sum = folded.reduce((total, mark) => total + (counts[`last/${mark}`] ?? 0), 0);
  const kept = new Set(live.slice(0, MOST_MARKS));
  const drop = numbersOf(counts, "last").filter((mark) => !kept.has(mark));
  return { add: sum > 0 ? { [`last/${into}`]: sum } : {}, drop: drop.map((mark) => `last/${mark}`) };
}

/** Counts after an addition, as every store does it: below zero there is nothing. The same object where nothing changes. */
export function added(counts: CircuitCounts, add: CircuitCounts, drop: readonly string[] = []): CircuitCounts {
  const next: CountsInHand = { ...counts };
  for (const [name, amount] of Object.entries(add)) {
    const sum = Math.max(0, (next[name] ?? 0) + amount);
    if (sum === 0) delete next[name];
    else next[name] = sum;
  }
  for (const name of drop) delete next[name];
  const names = Object.keys(next);
  const same = names.length === Object.keys(counts).length && names.every((name) => next[name] === counts[name]);
  return same ? counts : next;
}
