import { type DurationMs, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { CircuitKey, StoredCircuit } from "../core/ports/circuits.ts";
import { refuses, retryAt, admit as verdictOf } from "../core/traffic/breaker/admit.ts";
import { freshItem } from "../core/traffic/breaker/change.ts";
import { added, countOutcome } from "../core/traffic/breaker/counts.ts";
import { evidence } from "../core/traffic/breaker/evidence.ts";
import { probeEvent } from "../core/traffic/breaker/outcome.ts";
import type { BreakerPolicy } from "../core/traffic/breaker/policy.ts";
import { step } from "../core/traffic/breaker/step.ts";
import type { Admission, CircuitEvent, CircuitItem, Outcome, Verdict } from "../core/traffic/breaker/types.ts";
import { type Guard, NO_ANSWER, realWait } from "./breakers-guard.ts";
import {
  answered,
  askedAt,
  corroborated,
  emptyHeld,
  expiry,
  goodNewsEveryMs,
  hold,
  isBad,
  prune,
  reportOf,
  stillAsked,
} from "./breakers-held.ts";
import { runShared } from "./breakers-run.ts";
import type { BreakersEvent, BreakersOptions, SharedBreaker, SharedLook } from "./breakers-types.ts";

/** Clocks of two environments are at most so far apart, 2 s either way. A lease is longer by it, so that nobody takes it over early. */
const SKEW_MS = 4 * SECOND_MS;
/** Writes of one environment about one circuit are so far apart… */
const WRITE_EVERY_MS = SECOND_MS;
/** …but for bad news in a row: so many at once, and one more with each second. */
const BURST = 5;
/** Half open is news soon; looked at again after so many real ms at most. */
const HALF_OPEN_MS = SECOND_MS;
/** After a failure of one's own what is known of a closed circuit is trusted for this share of the usual time. */
const AFTER_FAILURE = 0.01;
const MOST_TRIES = 5;
/** Longest wait for the record of a transition; after it the next one to change the circuit, or the sweep, sees to it. */
const TELL_MS = SECOND_MS;

/** Leases as they are written: longer by what clocks may differ. */
export const withSkew = (policy: BreakerPolicy): BreakerPolicy => ({
  ...policy,
  probeLease: policy.probeLease + SKEW_MS,
});

/** One circuit as one environment sees it: what it knows, what it holds back, what it may do now. */
export function sharedCircuit(
  key: CircuitKey,
  options: BreakersOptions,
  guard: Guard,
  count: (what: BreakersEvent) => void,
): SharedBreaker {
  const { circuits, now, wallNow, random, environment: by, speed = 1 } = options;
  let given = options.policyOf(key.circuit);
  let policy = withSkew(given);
  /** What the store said last. */
  let known: StoredCircuit | undefined;
  let heardAt: Millis | undefined;
  /** Rises with everything heard, so that an answer that was overtaken is known as such. */
  let heard = 0;
  let trustedMs: DurationMs = 0;
  /** What was last known and what happened here since, while the store does not answer: a breaker of this process. */
  let local: CircuitItem | undefined;
  let held = emptyHeld();
  let lastWriteAt = Number.NEGATIVE_INFINITY;
  let burst = BURST;
  let goodNewsAt = wallNow() + random() * Math.min(goodNewsEveryMs(policy), Number.MAX_SAFE_INTEGER);
  let asked: Millis | undefined;
  let phased = false;
  let reading: Promise<boolean> | undefined;
  let writing: Promise<void> | undefined;
  let calls = 0;

  const item = (): CircuitItem | undefined => local ?? known;
  const epochNow = (): number => item()?.circuit.epoch ?? 0;

  const hear = (next: StoredCircuit | undefined, at: Millis): void => {
    const before = known?.circuit.epoch ?? 0;
    known = next;
    heardAt = at;
    heard += 1;
    local = undefined;
    if ((next?.circuit.epoch ?? 0) !== before) held = emptyHeld();
    asked = policy.rule === "rate" ? askedAt(next?.counts ?? {}) : undefined;
    trustedMs = policy.staleness * (held.inARow > 0 ? AFTER_FAILURE : 1);
    // Environments that began together do not look in step: once, and never longer than promised.
    if (!phased && (next?.circuit.status ?? "closed") === "closed") trustedMs *= random();
    phased = true;
  };

  const fresh = (wall: Millis, at: Millis): boolean => {
    if (heardAt === undefined) return false;
    const age = wall - heardAt;
    const circuit = known?.circuit;
    if (circuit?.status === "open" && circuit.forced === undefined) return at < (circuit.openUntil ?? at);
    if (age < 0) return false;
    if (circuit?.status === "half_open") return age < Math.min(policy.staleness, HALF_OPEN_MS);
    return age < trustedMs;
  };

  const look = (): Promise<boolean> => {
    reading ??= (async () => {
      const latest = options.policyOf(key.circuit);
      if (latest !== given) policy = withSkew((given = latest));
      const startedAt = wallNow();
      const before = heard;
      const answer = await guard.ask("read", policy.storeTimeout, () => circuits.load(key));
      if (answer === NO_ANSWER) return false;
      if (before === heard) hear(answer, startedAt);
      return true;
    })().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  /** One decision, written if it changes anything. False: somebody was faster, and `known` is theirs. */
  const change = async (event: CircuitEvent): Promise<boolean | "held" | typeof NO_ANSWER> => {
    const at = now();
    const draw = random();
    const before = item() ?? freshItem(at);
    const done = step(policy, before, event, at, draw);
    const next = done.state.circuit;
    if (next === before.circuit) return "held";
    if (local !== undefined || guard.down()) {
      local = done.state;
      return true;
    }
    const from = { rev: before.circuit.rev, epoch: before.circuit.epoch };
    const rest = { counts: done.state.counts, at, ...expiry(policy, at) };
    const answer = await guard.ask("write", policy.storeTimeout, () => circuits.change(key, from, next, rest));
    if (answer === NO_ANSWER) {
      local = done.state;
      return NO_ANSWER;
    }
    hear(answer.item, wallNow());
    if (!answer.ok) return false;
    if (next.epoch !== before.circuit.epoch) {
      count("transition");
      const record = { key, policy, before, input: { ...event, draw }, step: done, at };
      await tell(() => options.onTransition?.(record));
    }
    return true;
  };

  const tell = async (work: () => Promise<void> | void): Promise<void> => {
    const told = (async () => work())().catch((cause: unknown) => {
      const error = cause instanceof Error ? cause.message : String(cause);
      options.log?.("warn", "a change of a circuit could not be recorded yet", { circuit: key.circuit, error });
    });
    const timer = (options.wait ?? realWait)(TELL_MS);
    await Promise.race([told, timer.done]);
    timer.cancel();
  };

  const refused = (reason: Extract<Admission, { admitted: false }>["reason"], at: Millis): Admission => {
    const current = item();
    const again = current && retryAt(current, at);
    count("refused");
    return { admitted: false, reason, ...(again === undefined ? {} : { retryAt: again }) };
  };

  const say = (verdict: Verdict, at: Millis): Admission | undefined => {
    if (refuses(verdict)) return refused(verdict, at);
    return verdict === "may_probe" || verdict === "lapsed" ? undefined : { admitted: true, epoch: epochNow() };
  };

  /** Claims a probe, or takes off a force that is over, on what is known. */
  const claim = async (): Promise<Admission> => {
    calls += 1;
    const owner = `${by}/${calls}-${Math.floor(random() * 0x1_0000_0000).toString(36)}`;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const at = now();
      const verdict = verdictOf(policy, item(), at);
      const answer = say(verdict, at);
      if (answer) return answer;
      const done = await change(verdict === "lapsed" ? { type: "looked", by } : { type: "probe_claimed", by, owner });
      // What could not be written was done here: the lease is one of this process until the store answers again.
      if ((done === true || done === NO_ANSWER) && verdict === "may_probe")
        return { admitted: true, epoch: epochNow(), probe: owner };
    }
    return refused("probing", now());
  };

  const decide = (): Admission | Promise<Admission> => {
    const at = now();
    return say(verdictOf(policy, item(), at), at) ?? claim();
  };

  const countHere = (add: Readonly<Record<string, number>>, notBefore: Millis | undefined): void => {
    const at = now();
    const before = item() ?? freshItem(at);
    const event = { type: "counted", by, epoch: before.circuit.epoch, add } as const;
    local = step(policy, before, notBefore === undefined ? event : { ...event, notBefore }, at, random()).state;
  };

  /** Whether what is held may be written now. */
  const due = (wall: Millis): boolean => {
    if (wall - lastWriteAt >= WRITE_EVERY_MS || wall < lastWriteAt) return true;
    if (!held.bad) return false;
    if (evidence(policy, added(known?.counts ?? {}, held.add), now()).opens) return true;
    return held.inARow > 1 && burst + (wall - lastWriteAt) / WRITE_EVERY_MS >= 1;
  };

  const report = (): Promise<void> => {
    writing ??= (async () => {
      for (let asks = false, more = true; more; more = asks || (held.bad && due(wallNow()))) {
        asks = await reportOnce(asks);
      }
    })().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  /** True where the others are to be asked for what they hold. */
  const reportOnce = async (asks: boolean): Promise<boolean> => {
    const at = now();
    const wall = wallNow();
    const { bad, notBefore } = held;
    prune(policy, held, at);
    const delta = reportOf(policy, held, known, at, asks);
    held.notBefore = undefined;
    goodNewsAt = wall + goodNewsEveryMs(policy);
    if (delta === undefined) return false;
    burst = Math.max(0, Math.min(BURST, burst + Math.max(0, wall - lastWriteAt) / WRITE_EVERY_MS) - 1);
    lastWriteAt = wall;
    const answer = await guard.ask("write", policy.storeTimeout, () => circuits.add(key, delta));
    if (answer === NO_ANSWER) {
      countHere(delta.add, notBefore);
      return false;
    }
    hear(answer.item, wall);
    if (!answer.ok) count("dropped");
    return answer.ok && bad && !asks ? judge(at, notBefore) : false;
  };

  const judge = async (at: Millis, notBefore: Millis | undefined): Promise<boolean> => {
    const counts = known?.counts ?? {};
    if (policy.rule === "rate" && !corroborated(policy, counts, held.own, at)) {
      const since = asked !== undefined && stillAsked(policy, asked, at) ? asked : undefined;
      const half = { ...policy, failureRate: policy.failureRate / 2, slowRate: policy.slowRate / 2 };
      if (since === undefined) return evidence(half, counts, at).opens;
      if (!answered(policy, since, at, speed)) return false;
    }
    const event = { type: "counted", by, epoch: epochNow() } as const;
    await change(notBefore === undefined ? event : { ...event, notBefore });
    return false;
  };

  const probeDone = async (
    admission: Extract<Admission, { admitted: true }>,
    outcome: Outcome,
    notBefore: Millis | undefined,
  ): Promise<void> => {
    const event = probeEvent(outcome, {
      by,
      epoch: admission.epoch,
      ...(admission.probe === undefined ? {} : { owner: admission.probe }),
      ...(notBefore === undefined ? {} : { notBefore }),
    });
    for (let tries = 0; tries < 2 * MOST_TRIES; tries += 1) if ((await change(event)) !== false) return;
  };

  const shown = (): SharedLook => {
    const at = now();
    const { circuit, counts } = item() ?? freshItem(at);
    const { status, epoch, since, openUntil, forced } = circuit;
    const wall = wallNow();
    return {
      status,
      epoch,
      since,
      ...(openUntil === undefined ? {} : { openUntil }),
      ...(forced === undefined ? {} : { forced }),
      counts: local === undefined ? added(counts, held.add) : counts,
      ...(heardAt === undefined ? {} : { ageMs: Math.max(0, wall - heardAt) }),
      degraded: local !== undefined || (guard.down() && !fresh(wall, at)),
    };
  };

  const self: SharedBreaker = {
    circuit: key.circuit,
    run: (fn, how) => runShared(self, options, fn, how),
    admit() {
      if (fresh(wallNow(), now()) || guard.down()) return decide();
      return look().then(decide);
    },
    done(admission, said, ms = 0, notBefore) {
      if (!admission.admitted) return undefined;
      const outcome = policy.rule === "rate" && ms > policy.slow ? slowed(said) : said;
      const current = item()?.circuit;
      const same = admission.epoch === (current?.epoch ?? 0);
      if (admission.probe !== undefined || (same && current?.status === "half_open"))
        return probeDone(admission, outcome, notBefore);
      if (outcome === "ignored" || current?.forced?.state === "disabled") return undefined;
      if (!same || (current && current.status !== "closed")) return void count("dropped");
      const at = now();
      const wall = wallNow();
      if (local !== undefined || (guard.down() && !fresh(wall, at))) {
        const into: Record<string, number> = {};
        countOutcome(policy, item()?.counts ?? {}, into, outcome, at);
        return countHere(into, notBefore);
      }
      hold(policy, held, known?.counts ?? {}, outcome, at);
      if (isBad(outcome)) {
        trustedMs = Math.min(trustedMs, policy.staleness * AFTER_FAILURE);
        if (notBefore !== undefined) held.notBefore = Math.max(held.notBefore ?? notBefore, notBefore);
      }
      const wanted =
        held.bad ||
        wall >= goodNewsAt ||
        asked !== undefined ||
        (held.credit > 0 && (known?.counts["failures"] ?? 0) > 0);
      return wanted && due(wall) ? report() : undefined;
    },
    state: shown,
    async look() {
      await look();
      return shown();
    },
    async flush() {
      await writing;
      await report();
    },
  };
  return self;
}

const slowed = (outcome: Outcome): Outcome =>
  outcome === "success" ? "slow_success" : outcome === "failure" ? "slow_failure" : outcome;
