import type { DurationMs, Millis } from "../core/kernel/time.ts";
import type { CircuitKey, StoredCircuit } from "../core/ports/circuits.ts";
import { refuses, retryAt, admit as verdictOf } from "../core/traffic/breaker/admit.ts";
import { freshItem } from "../core/traffic/breaker/change.ts";
import { added, countOutcome } from "../core/traffic/breaker/counts.ts";
import { evidence } from "../core/traffic/breaker/evidence.ts";
import { probeEvent } from "../core/traffic/breaker/outcome.ts";
import { step } from "../core/traffic/breaker/step.ts";
import type { Admission, CircuitEvent, CircuitItem, Outcome, Verdict } from "../core/traffic/breaker/types.ts";
import { type Guard, NO_ANSWER } from "./breakers-guard.ts";
import {
  askedAt,
  emptyHeld,
  expiry,
  goodNewsEveryMs,
  hold,
  isBad,
  prune,
  readiness,
  reportOf,
} from "./breakers-held.ts";
import { writePace } from "./breakers-pace.ts";
import { lookOf, slowed, trusted, withSkew } from "./breakers-rules.ts";
import { runShared } from "./breakers-run.ts";
import { tellTransition } from "./breakers-tell.ts";
import type { BreakersEvent, BreakersOptions, SharedBreaker, SharedLook } from "./breakers-types.ts";

/** After a failure of one's own what is known of a closed circuit is trusted for this share of the usual time. */
const AFTER_FAILURE = 0.01;
const MOST_TRIES = 5;
const MOST_UNTOLD = 8;

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
  const pace = writePace();
  let goodNewsAt = wallNow() + random() * Math.min(goodNewsEveryMs(policy), Number.MAX_SAFE_INTEGER);
  let asked: Millis | undefined;
  let phased = false;
  let reading: Promise<boolean> | undefined;
  let writing: Promise<void> | undefined;
  let calls = 0;
  /** Ends of probes that only this process knows of: the store took the lease down and did not answer. */
  let untold: CircuitEvent[] = [];

  const item = (): CircuitItem | undefined => local ?? known;
  const epochNow = (): number => item()?.circuit.epoch ?? 0;

  const hear = (next: StoredCircuit | undefined, at: Millis): void => {
    const before = known?.circuit.epoch ?? 0;
    known = next;
    heardAt = at;
    heard += 1;
    local = undefined;
    if (next?.circuit.status !== "half_open") untold = [];
    if ((next?.circuit.epoch ?? 0) !== before) held = emptyHeld();
    asked = policy.rule === "rate" ? askedAt(next?.counts ?? {}) : undefined;
    trustedMs = policy.staleness * (held.inARow > 0 ? AFTER_FAILURE : 1);
    // Environments that began together do not look in step: once, and never longer than promised.
    if (!phased && (next?.circuit.status ?? "closed") === "closed") trustedMs *= random();
    phased = true;
  };

  const fresh = (wall: Millis, at: Millis): boolean =>
    heardAt !== undefined && trusted(policy, known?.circuit, { ageMs: wall - heardAt, trustedMs, at });

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
      if (endsProbe(event)) untold = [...untold.slice(1 - MOST_UNTOLD), event];
      return true;
    }
    const from = { rev: before.circuit.rev, epoch: before.circuit.epoch };
    const rest = { counts: done.state.counts, at, ...expiry(policy, at) };
    const answer = await guard.ask("write", policy.storeTimeout, () => circuits.change(key, from, next, rest));
    if (answer === NO_ANSWER) {
      local = done.state;
      if (endsProbe(event)) untold = [...untold.slice(1 - MOST_UNTOLD), event];
      return NO_ANSWER;
    }
    hear(answer.item, wallNow());
    if (!answer.ok) return false;
    if (next.epoch !== before.circuit.epoch) {
      count("transition");
      await tellTransition(options, { key, policy, before, input: { ...event, draw }, step: done, at });
    }
    return true;
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
    for (let tries = 0; tries < MOST_TRIES + MOST_UNTOLD; tries += 1) {
      const at = now();
      const verdict = verdictOf(policy, item(), at);
      // Otherwise a probe that has long ended would hold its place until its lease does.
      const late = verdict === "probing" && local === undefined ? untold.shift() : undefined;
      if (late) {
        await change(late);
        continue;
      }
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
    if (untold.length > 0 && local === undefined) return claim();
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
    if (pace.rested(wall)) return true;
    if (!held.bad) return false;
    return evidence(policy, added(known?.counts ?? {}, held.add), now()).opens || (held.inARow > 1 && pace.more(wall));
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
    pace.wrote(wall);
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
    const ready = readiness(policy, known?.counts ?? {}, held.own, { asked, at, speed });
    if (ready !== "judge") return ready === "ask";
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
    const wall = wallNow();
    return lookOf(item() ?? freshItem(at), {
      unwritten: local === undefined ? held.add : {},
      ageMs: heardAt === undefined ? undefined : Math.max(0, wall - heardAt),
      degraded: local !== undefined || (guard.down() && !fresh(wall, at)),
    });
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

const endsProbe = ({ type }: CircuitEvent): boolean =>
  type === "probe_succeeded" || type === "probe_failed" || type === "probe_ignored";
