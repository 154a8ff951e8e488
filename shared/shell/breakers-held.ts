import type { CircuitCounts } from "../core/kernel/circuit.ts";
import { DAY_MS, type DurationMs, MINUTE_MS, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { CountDelta, StoredCircuit } from "../core/ports/circuits.ts";
import { type CountsInHand, countOutcome, tallied, tidy } from "../core/traffic/breaker/counts.ts";
import { evidence } from "../core/traffic/breaker/evidence.ts";
import { isFailure, isSlow } from "../core/traffic/breaker/outcome.ts";
import type { BreakerPolicy, RatePolicy } from "../core/traffic/breaker/policy.ts";
import type { Outcome } from "../core/traffic/breaker/types.ts";

/** Successes that are older than this say nothing about a failure now. */
const CREDIT_MS = MINUTE_MS;
/** Nothing was written for so long: the item may go. An absent circuit is closed. */
const KEPT_MS = 30 * DAY_MS;
/** More names than this are looked through for what has left the window. */
const MOST_NAMES = 40;
const ASKED = "asked/";

/** What one environment has counted of one circuit and not told yet. Belongs to one epoch. */
export interface Held {
  add: CountsInHand;
  /** Rule `consecutive`: calls that went well since the last report, and the newest of them. */
  credit: number;
  creditAt: Millis;
  /** Something that counts against the other side is in `add`. */
  bad: boolean;
  /** Bad ones in a row, with no good one between them. */
  inARow: number;
  notBefore: Millis | undefined;
  /** Rule `rate`: what this environment itself has brought into the item. */
  own: CountsInHand;
}

export const emptyHeld = (): Held => ({
  add: {},
  credit: 0,
  creditAt: 0,
  bad: false,
  inARow: 0,
  notBefore: undefined,
  own: {},
});

/** Whether a call's end counts against the other side. */
export const isBad = (outcome: Outcome): boolean => isFailure(outcome) || isSlow(outcome);

/** Counts one call that ended. Nothing is written here. */
export function hold(policy: BreakerPolicy, held: Held, known: CircuitCounts, outcome: Outcome, at: Millis): void {
  if (outcome === "ignored") return;
  if (isBad(outcome)) {
    held.bad = true;
    held.inARow += 1;
  } else held.inARow = 0;
  if (policy.rule === "rate") {
    countOutcome(policy, known, held.add, outcome, at);
    return;
  }
  if (isFailure(outcome)) {
    if (at - held.creditAt > CREDIT_MS) held.credit = 0;
    countOutcome(policy, known, held.add, outcome, at);
  } else if ((held.add["failures"] ?? 0) > 0) {
    countOutcome(policy, known, held.add, "success", at);
    if (held.add["failures"] === 0) held.bad = false;
  } else {
    held.credit += 1;
    held.creditAt = at;
  }
}

/** What `held` knows that is not worth keeping any more goes, so that a healthy circuit holds a window and no more. */
export function prune(policy: BreakerPolicy, held: Held, now: Millis): void {
  if (policy.rule !== "rate") return;
  for (const counts of [held.add, held.own]) {
    if (Object.keys(counts).length <= MOST_NAMES) continue;
    for (const name of tidy(policy, counts, now).drop) delete counts[name];
  }
}

/** Moves buckets of a window of calls up to where the item is by now: others have counted on in the meantime. */
function rebased(policy: RatePolicy, add: CountsInHand, known: CircuitCounts): CountsInHand {
  if ("time" in policy.window) return add;
  const newest = (counts: CircuitCounts) =>
    Math.max(-1, ...Object.keys(counts).flatMap((name) => (name.startsWith("calls/") ? [Number(name.slice(6))] : [])));
  const shift = newest(known) - newest(add);
  if (shift <= 0 || newest(add) < 0) return add;
  const moved: CountsInHand = {};
  for (const [name, value] of Object.entries(add)) {
    const slash = name.indexOf("/");
    moved[`${name.slice(0, slash)}/${Number(name.slice(slash + 1)) + shift}`] = value;
  }
  return moved;
}

/** Names in the item that nobody needs any more: buckets of two windows ago, so that who was there a window ago is still seen. */
function outdated(policy: BreakerPolicy, counts: CircuitCounts, now: Millis): readonly string[] {
  if (policy.rule !== "rate") return tidy(policy, counts, now).drop;
  const { window } = policy;
  const wider: RatePolicy = {
    ...policy,
    window: "time" in window ? { time: window.time } : { calls: Math.min(100_000, window.calls * 2) },
  };
  const from = "time" in window ? now - window.time : now;
  const dropped = tidy(wider, counts, from).drop.filter((name) => !name.startsWith(ASKED));
  const asked = askedAt(counts);
  return asked !== undefined && !stillAsked(policy, asked, now) ? [...dropped, `${ASKED}${asked}`] : dropped;
}

/** The report of what is held, which is empty afterwards; undefined where there is nothing to tell. */
export function reportOf(
  policy: BreakerPolicy,
  held: Held,
  known: StoredCircuit | undefined,
  now: Millis,
  asks: boolean,
): CountDelta | undefined {
  const counts = known?.counts ?? {};
  const add = policy.rule === "rate" ? rebased(policy, { ...held.add }, counts) : { ...held.add };
  const { credit } = held;
  for (const name of Object.keys(add)) if (add[name] === 0) delete add[name];
  if (policy.rule === "rate" && !("time" in policy.window))
    for (const name of tidy(policy, add, now).drop) delete add[name];
  if (asks) add[`${ASKED}${Math.floor(now)}`] = 1;
  held.add = {};
  held.credit = 0;
  held.bad = false;
  const gives = credit > 0 && ((add["failures"] ?? 0) > 0 || (counts["failures"] ?? 0) > 0);
  if (Object.keys(add).length === 0 && !gives) {
    held.credit = credit;
    return undefined;
  }
  if (policy.rule === "rate")
    for (const [name, value] of Object.entries(add)) held.own[name] = (held.own[name] ?? 0) + value;
  const folded = policy.rule === "rate" ? {} : tidy(policy, counts, now).add;
  for (const [name, value] of Object.entries(folded)) add[name] = (add[name] ?? 0) + value;
  const drop = outdated(policy, counts, now).filter((name) => !(name in add));
  return {
    epoch: known?.circuit.epoch ?? 0,
    add,
    ...(gives ? { less: { failures: credit } } : {}),
    ...(drop.length > 0 ? { drop } : {}),
    at: now,
    ...expiry(policy, now),
  };
}

/** When an item may go that nobody writes any more; counts that never age stay. */
export const expiry = (policy: BreakerPolicy, now: Millis): { readonly expiresAt?: Millis } =>
  policy.rule === "consecutive" && policy.forget === "never" ? {} : { expiresAt: now + KEPT_MS };

/** Since when the others are asked for what they hold; undefined: they are not. */
export function askedAt(counts: CircuitCounts): Millis | undefined {
  let first: Millis | undefined;
  for (const name of Object.keys(counts)) {
    if (!name.startsWith(ASKED)) continue;
    const at = Number(name.slice(ASKED.length));
    if (first === undefined || at < first) first = at;
  }
  return first;
}

const windowMs = ({ window }: RatePolicy): DurationMs => ("time" in window ? window.time : MINUTE_MS);

/** An answer is worth as much as a window is long. */
const stillAsked = (policy: RatePolicy, asked: Millis, now: Millis): boolean =>
  now - asked < Math.max(windowMs(policy), 6 * policy.staleness);

/** Everybody has had the time to look once and to report. */
const answered = (policy: RatePolicy, asked: Millis, now: Millis, speed: number): boolean =>
  stillAsked(policy, asked, now) && now - asked >= (policy.staleness + SECOND_MS) * speed;

/**
 * Whether counts may open a circuit that others use as well. Who has only good news writes once in a window, so what one environment
 * has counted is no share of all calls. It is enough when nobody else is there, or when what the others brought looks bad by itself
 * (half the threshold). Otherwise they are asked.
 */
function corroborated(policy: RatePolicy, counts: CircuitCounts, own: CircuitCounts, now: Millis): boolean {
  const others: Record<string, number> = {};
  let calls = 0;
  for (const [name, value] of Object.entries(counts)) {
    others[name] = Math.max(0, value - (own[name] ?? 0));
    if (name.startsWith("calls/")) calls += others[name];
  }
  if (calls === 0) return true;
  const rest = tallied(policy, others, now);
  if (rest.calls === 0) return false;
  return (
    (rest.failures * 100) / rest.calls >= policy.failureRate / 2 ||
    (rest.slow * 100) / rest.calls >= policy.slowRate / 2
  );
}

/** Real ms between reports of who has only good news. */
export const goodNewsEveryMs = (policy: BreakerPolicy): DurationMs =>
  policy.rule === "rate" ? Math.min(MINUTE_MS, Math.max(10 * SECOND_MS, windowMs(policy))) : Number.POSITIVE_INFINITY;

/**
 * Whether what is counted is to be judged now; otherwise the others are asked for what they hold, or waited for.
 *
 * @param own what of it this environment has counted
 */
export function readiness(
  policy: BreakerPolicy,
  counts: CircuitCounts,
  own: CircuitCounts,
  { asked, at, speed }: { readonly asked: Millis | undefined; readonly at: Millis; readonly speed: number },
): "judge" | "ask" | "wait" {
  if (policy.rule !== "rate" || corroborated(policy, counts, own, at)) return "judge";
  if (asked !== undefined && stillAsked(policy, asked, at))
    return answered(policy, asked, at, speed) ? "judge" : "wait";
  const half = { ...policy, failureRate: policy.failureRate / 2, slowRate: policy.slowRate / 2 };
  return evidence(half, counts, at).opens ? "ask" : "wait";
}
