import { describe, expect, test } from "vitest";
import { admit, retryAt } from "../../shared/core/traffic/breaker/admit.ts";
import { freshItem } from "../../shared/core/traffic/breaker/change.ts";
import type { BreakerPolicy } from "../../shared/core/traffic/breaker/policy.ts";
import { step } from "../../shared/core/traffic/breaker/step.ts";
import type { CircuitEvent, CircuitItem } from "../../shared/core/traffic/breaker/types.ts";
import { exact, policyOf } from "./given-breakers.ts";

const T0 = 1_700_000_000_000;
const policy = exact();

/** Takes events one after the other; what is told is the last one's. */
function walk(given: BreakerPolicy, events: readonly (readonly [number, CircuitEvent])[], from?: CircuitItem) {
  let item = from ?? freshItem(T0);
  const reasons: string[] = [];
  for (const [at, event] of events) {
    const result = step(given, item, event, T0 + at, 0);
    item = result.state;
    reasons.push(result.reason);
  }
  return { item, circuit: item.circuit, reasons };
}

const failed = (count: number): CircuitEvent => ({ type: "counted", by: "env-a", add: { failures: count } });
const claim = (owner: string): CircuitEvent => ({ type: "probe_claimed", by: "env-a", owner });
const succeeded = (owner: string, epoch: number): CircuitEvent => ({
  type: "probe_succeeded",
  by: "env-a",
  owner,
  epoch,
});
const broken = (owner: string, epoch: number): CircuitEvent => ({ type: "probe_failed", by: "env-a", owner, epoch });
const never = exact({ forget: "never" });
const opened = (given = never) => walk(given, [[0, failed(5)]]).item;

describe("a circuit", () => {
  test("opens at the fifth failure, until the recovery time is over", () => {
    const { circuit, reasons } = walk(never, [
      [0, failed(4)],
      [10, failed(1)],
    ]);
    expect(reasons).toEqual(["held_counting", "opened_consecutive"]);
    expect(circuit).toMatchObject({ status: "open", epoch: 1, rev: 1, openUntil: T0 + 10 + 60_000, opens: 1 });
    expect(circuit.last).toMatchObject({
      from: "closed",
      to: "open",
      by: "env-a",
      values: { failures: 5, threshold: 5 },
    });
  });

  test("lets a leased probe through when the time is over, closes after three successes of different callers", () => {
    const { circuit, reasons } = walk(
      never,
      [
        [59_999, claim("early")],
        [60_000, claim("a")],
        [60_001, claim("b")],
        [60_010, succeeded("a", 2)],
        [60_020, claim("b")],
        [60_030, succeeded("b", 2)],
        [60_040, claim("c")],
        [60_050, succeeded("c", 2)],
      ],
      opened(),
    );
    expect(reasons).toEqual([
      "held_waiting",
      "probing",
      "held_probing",
      "probe_succeeded",
      "probing",
      "probe_succeeded",
      "probing",
      "closed",
    ]);
    expect(circuit).toMatchObject({ status: "closed", epoch: 3, opens: 0, probes: [], successes: 0 });
  });

  test("opens again at one failed probe, and each time for longer where the policy says so", () => {
    const growing = exact({ forget: "never", backoff: 2, recovery: "60s", recoveryMax: "3m" });
    const lengths: number[] = [];
    let item = opened(growing);
    let at = 0;
    for (let round = 0; round < 4; round += 1) {
      lengths.push((item.circuit.openUntil as number) - (T0 + at));
      at = (item.circuit.openUntil as number) - T0;
      ({ item } = walk(growing, [[at, claim("a")]], item));
      ({ item } = walk(growing, [[at, broken("a", item.circuit.epoch)]], item));
      expect(item.circuit.last?.reason).toBe("reopened");
    }
    expect(lengths).toEqual([60_000, 120_000, 180_000, 180_000]);
  });

  test("draws its open time upward only: never before the recovery time, at most the jitter's share more", () => {
    const given = policyOf({ rule: "consecutive", failures: 1, jitter: 0.1 });
    const lengths = [0, 0.5, 0.999].map((draw) => {
      const { circuit } = step(
        given,
        undefined,
        { type: "counted", by: "a", add: { failures: 1, "last/0": 1 } },
        1_000,
        draw,
      ).state;
      return (circuit.openUntil as number) - 1_000;
    });
    expect(lengths).toEqual([60_000, 63_000, 65_994]);
  });

  test("stays open as long as the other side asked, but no longer than recoveryMax", () => {
    const until = (afterMs: number, given = never) =>
      step(given, undefined, { ...failed(5), notBefore: T0 + afterMs } as CircuitEvent, T0).state.circuit.openUntil;
    expect(until(120_000)).toBe(T0 + 120_000);
    expect(until(5_000)).toBe(T0 + 60_000);
    expect(until(86_400_000)).toBe(T0 + 600_000);
    expect(until(120_000, exact({ forget: "never", retryAfter: false }))).toBe(T0 + 60_000);
  });

  test("B4.3: does not stick half open when a probe is lost: its lease ends, and another caller gets one", () => {
    const probing = walk(never, [[60_000, claim("lost")]], opened()).item;
    expect(admit(never, probing, T0 + 60_000 + 29_999)).toBe("probing");
    expect(admit(never, probing, T0 + 60_000 + 30_000)).toBe("may_probe");
    const { circuit, reasons } = walk(never, [[90_000, claim("next")]], probing);
    expect(reasons).toEqual(["probing"]);
    expect(circuit.probes).toEqual([{ owner: "next", until: T0 + 120_000 }]);
    expect(circuit.epoch).toBe(2);
  });

  test("B4.1: drops outcomes of an older epoch, and of a probe that somebody else has taken over", () => {
    const item = opened();
    expect(step(never, item, { type: "counted", by: "late", epoch: 0, add: { failures: 9 } }, T0 + 1)).toMatchObject({
      reason: "held_stale",
      state: item,
    });
    const taken = walk(
      never,
      [
        [60_000, claim("lost")],
        [90_000, claim("next")],
      ],
      item,
    ).item;
    expect(step(never, taken, broken("lost", 2), T0 + 90_001).state).toBe(taken);
    expect(step(never, taken, broken("next", 1), T0 + 90_001).state).toBe(taken);
    expect(step(never, taken, broken("next", 2), T0 + 90_001).reason).toBe("reopened");
  });

  test("counts a late answer of a lost probe while nobody has taken its lease", () => {
    const probing = walk(never, [[60_000, claim("slow")]], opened()).item;
    expect(step(never, probing, succeeded("slow", 2), T0 + 100_000).reason).toBe("probe_succeeded");
  });

  test("gives a probe's lease back when its call said nothing", () => {
    const probing = walk(never, [[60_000, claim("a")]], opened()).item;
    const after = step(never, probing, { type: "probe_ignored", by: "a", owner: "a", epoch: 2 }, T0 + 60_001);
    expect(after.state.circuit).toMatchObject({ status: "half_open", probes: [], successes: 0, epoch: 2, rev: 3 });
    expect(admit(never, after.state, T0 + 60_001)).toBe("may_probe");
  });

  test("B4.8: moves on by timestamps alone, whatever time went by unseen", () => {
    const item = opened();
    expect(admit(never, item, T0 + 59_999)).toBe("open");
    expect(retryAt(item, T0)).toBe(T0 + 60_000);
    expect(admit(never, item, T0 + 60_000)).toBe("may_probe");
    expect(admit(never, item, T0 + 30 * 86_400_000)).toBe("may_probe");
    expect(admit(never, undefined, T0)).toBe("yes");
  });
});

describe("a force by hand", () => {
  const forced = (state: "open" | "closed" | "disabled", until?: number): CircuitEvent => ({
    type: "forced",
    by: "ada",
    why: "maintenance",
    state,
    ...(until === undefined ? {} : { until: T0 + until }),
  });

  test("keeps who, why and until, and stands above the rule", () => {
    const { circuit, reasons } = walk(never, [
      [0, forced("open", 60_000)],
      [1, failed(5)],
      [1, claim("a")],
    ]);
    expect(reasons).toEqual(["forced_open", "held_stale", "held_forced"]);
    expect(circuit.forced).toEqual({ state: "open", by: "ada", why: "maintenance", at: T0, until: T0 + 60_000 });
    expect(admit(never, { circuit }, T0 + 59_999)).toBe("forced_open");
    expect(circuit).toMatchObject({ epoch: 1, rev: 1, last: { reason: "forced_open", by: "ada" } });
  });

  test("forced closed counts and does not open; disabled counts nothing", () => {
    const closed = walk(never, [
      [0, forced("closed")],
      [1, failed(50)],
    ]);
    expect(closed.reasons).toEqual(["forced_closed", "held_forced"]);
    expect(closed.item.counts).toEqual({ failures: 50 });
    expect(admit(never, closed.item, T0 + 1)).toBe("yes");
    const disabled = walk(never, [
      [0, forced("disabled")],
      [1, failed(50)],
    ]);
    expect(disabled.item.counts).toEqual({});
    expect(admit(never, disabled.item, T0 + 1)).toBe("yes_uncounted");
  });

  test("ends by its timestamp: the first event takes it off and does nothing else, counting begins anew", () => {
    const item = walk(never, [[0, forced("open", 60_000)]]).item;
    expect(admit(never, item, T0 + 60_000)).toBe("lapsed");
    const { circuit, reasons } = walk(never, [[60_000, failed(5)]], item);
    expect(reasons).toEqual(["released"]);
    expect(circuit).toMatchObject({ status: "closed", epoch: 2, rev: 2 });
    expect(circuit.forced).toBeUndefined();
  });

  test("is taken back by hand", () => {
    const { circuit, reasons } = walk(never, [
      [0, forced("open")],
      [5, { type: "released", by: "bob" }],
      [6, { type: "released", by: "bob" }],
    ]);
    expect(reasons).toEqual(["forced_open", "released", "held_unchanged"]);
    expect(circuit).toMatchObject({ status: "closed", last: { by: "bob", from: "open", to: "closed" } });
  });

  test("an end that has come already changes nothing, and the same again neither", () => {
    expect(walk(never, [[10, forced("open", 10)]]).reasons).toEqual(["held_stale"]);
    expect(
      walk(never, [
        [0, forced("open")],
        [1, forced("open")],
      ]).reasons,
    ).toEqual(["forced_open", "held_unchanged"]);
  });
});

describe("failures in a row", () => {
  const last = (at: number) => `last/${Math.floor((T0 + at) / 60_000)}`;
  const failedAt = (at: number, count = 1): CircuitEvent => ({
    type: "counted",
    by: "a",
    add: { failures: count, [last(at)]: count },
  });

  test("are forgotten when nothing has failed for ten minutes: four last week and one today open nothing", () => {
    const week = 7 * 86_400_000;
    const { reasons, circuit } = walk(policy, [
      [0, failedAt(0, 4)],
      [week, failedAt(week)],
    ]);
    expect(reasons).toEqual(["held_counting", "held_counting"]);
    expect(circuit.status).toBe("closed");
  });

  test("are not forgotten while one comes every few minutes, and never where the policy says never", () => {
    const steps = [0, 5, 10, 15, 20].map((minute) => [minute * 60_000, failedAt(minute * 60_000)] as const);
    expect(walk(policy, steps).reasons.at(-1)).toBe("opened_consecutive");
    const week = 7 * 86_400_000;
    expect(
      walk(never, [
        [0, failed(4)],
        [week, failed(1)],
      ]).reasons.at(-1),
    ).toBe("opened_consecutive");
  });
});

describe("rates", () => {
  const rate = (settings: object = {}) => policyOf({ rule: "rate", jitter: 0, minimumCalls: 10, ...settings });
  const bucket = Math.floor(T0 / 6_000);
  const counted = (calls: number, failures: number, slow: number, at = bucket): CircuitEvent => ({
    type: "counted",
    by: "a",
    add: { [`calls/${at}`]: calls, [`failures/${at}`]: failures, [`slow/${at}`]: slow },
  });
  const reason = (given: BreakerPolicy, event: CircuitEvent) => step(given, undefined, event, T0).reason;

  test.each([
    [9, 9, 0, "held_minimum_calls"],
    [10, 4, 0, "held_counting"],
    [10, 5, 0, "opened_failure_rate"],
    [10, 4, 10, "opened_slow_rate"],
    [10, 4, 9, "held_counting"],
    [10, 10, 10, "opened_failure_rate"],
  ])("%i calls, %i failed, %i slow at 50 %% and 100 %%: %s", (calls, failures, slow, expected) => {
    expect(reason(rate(), counted(calls, failures, slow))).toBe(expected);
  });

  test("calls that have left the window count no more", () => {
    const first = step(rate(), undefined, counted(9, 9, 0), T0).state;
    const later = step(rate(), first, counted(9, 0, 0, bucket + 10), T0 + 60_000);
    expect(later.reason).toBe("held_minimum_calls");
    expect(step(rate(), first, counted(1, 0, 0, bucket + 9), T0 + 54_000).reason).toBe("opened_failure_rate");
  });

  test("a window of fewer calls than the minimum is enough when it is full", () => {
    const given = rate({ window: { calls: 4 }, minimumCalls: 100 });
    expect(reason(given, { type: "counted", by: "a", add: { "calls/0": 3, "failures/0": 3 } })).toBe(
      "held_minimum_calls",
    );
    expect(reason(given, { type: "counted", by: "a", add: { "calls/0": 4, "failures/0": 2 } })).toBe(
      "opened_failure_rate",
    );
  });

  test("the why names the numbers", () => {
    const { trace } = step(rate(), undefined, counted(12, 7, 3), T0);
    expect(trace.map(({ text }) => text)).toEqual([
      "7 of 12 calls in 1 min failed: 58.3 %, and 50 % opens it",
      "3 of 12 calls in 1 min took longer than 1 min: 25 %, and 100 % would open it",
      "open for 1 min",
    ]);
  });
});
