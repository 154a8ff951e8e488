import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit } from "../../shared/core/traffic/breaker/admit.ts";
import { freshItem } from "../../shared/core/traffic/breaker/change.ts";
import { type CountsInHand, countOutcome, tallied, tidy } from "../../shared/core/traffic/breaker/counts.ts";
import { type LocalOptions, localBreaker } from "../../shared/core/traffic/breaker/local.ts";
import { REFUSED } from "../../shared/core/traffic/breaker/local-item.ts";
import { CircuitOpenError } from "../../shared/core/traffic/breaker/open-error.ts";
import { outcomeOf, probeEvent } from "../../shared/core/traffic/breaker/outcome.ts";
import type { BreakerPolicy, RatePolicy } from "../../shared/core/traffic/breaker/policy.ts";
import { step } from "../../shared/core/traffic/breaker/step.ts";
import type { CircuitItem } from "../../shared/core/traffic/breaker/types.ts";
import { exact, policyOf } from "./given-breakers.ts";

const T0 = 1_700_000_000_000;

function given(policy: BreakerPolicy = exact(), options: Partial<LocalOptions> = {}) {
  const clock = { now: T0 };
  const breaker = localBreaker(policy, { now: () => clock.now, random: () => 0, name: "orders", ...options });
  const fail = () => breaker.run(() => Promise.reject(new Error("down"))).catch((error: Error) => error.message);
  const pass = () => breaker.run(async () => "fine").catch((error: Error) => error);
  return { clock, breaker, fail, pass };
}

describe("a breaker of this process", () => {
  test("gives answers and errors on as they are, refuses after five failures, closes after three probes", async () => {
    const transitions: string[] = [];
    const { clock, breaker, fail, pass } = given(exact(), {
      onTransition: ({ from, to, reason }, _, __, name) => void transitions.push(`${name} ${from}-${to} ${reason}`),
    });
    expect(await pass()).toBe("fine");
    for (let call = 0; call < 5; call += 1) expect(await fail()).toBe("down");
    const refused = await pass();
    expect(refused).toBeInstanceOf(CircuitOpenError);
    expect(refused).toMatchObject({
      code: "circuit.open",
      circuit: "orders",
      reason: "open",
      retryAt: T0 + 60_000,
      retryable: true,
    });
    expect((refused as Error).stack).toBe(`CircuitOpenError: ${(refused as Error).message}`);
    expect((refused as Error).message).toBe("circuit orders is open; try again at 2023-11-14T22:14:20.000Z");
    clock.now += 60_000;
    for (let call = 0; call < 3; call += 1) expect(await pass()).toBe("fine");
    expect(breaker.state()).toMatchObject({ status: "closed", epoch: 3, counts: {} });
    expect(transitions).toEqual([
      "orders closed-open opened_consecutive",
      "orders open-half_open probing",
      "orders half_open-closed closed",
    ]);
  });

  test("a success while closed takes one failure back", async () => {
    const { breaker, fail, pass } = given();
    for (let round = 0; round < 20; round += 1) {
      for (let call = 0; call < 4; call += 1) await fail();
      for (let call = 0; call < 4; call += 1) await pass();
    }
    expect(breaker.state()).toMatchObject({ status: "closed", counts: {} });
  });

  test("one probe at a time: the others are refused until its lease ends, then another may go", () => {
    const { clock, breaker } = given();
    for (let call = 0; call < 5; call += 1) breaker.failed(breaker.tryAdmit());
    clock.now += 60_000;
    const lost = breaker.tryAdmit();
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(Array.from({ length: 50 }, () => breaker.tryAdmit()).every((one) => one === REFUSED)).toBe(true);
    expect(breaker.refusal()).toMatchObject({ reason: "probing", retryAt: clock.now + 30_000 });
    clock.now += 30_000;
    const next = breaker.tryAdmit();
    expect(next).toBeGreaterThanOrEqual(0);
    breaker.failed(lost);
    expect(breaker.state().status).toBe("half_open");
    breaker.succeeded(next);
    for (let probe = 0; probe < 2; probe += 1) breaker.succeeded(breaker.tryAdmit());
    expect(breaker.state().status).toBe("closed");
  });

  test("B4.1: a stale outcome is ignored: calls of before the opening neither open nor close anything", () => {
    const { clock, breaker } = given();
    const early = Array.from({ length: 30 }, () => breaker.tryAdmit());
    for (let call = 0; call < 5; call += 1) breaker.failed(breaker.tryAdmit());
    clock.now += 60_000;
    const probe = breaker.tryAdmit();
    for (const ticket of early.slice(0, 10)) breaker.succeeded(ticket);
    for (const ticket of early.slice(10, 20)) breaker.failed(ticket);
    expect(breaker.state()).toMatchObject({ status: "half_open", epoch: 2 });
    breaker.succeeded(probe);
    for (let more = 0; more < 2; more += 1) breaker.succeeded(breaker.tryAdmit());
    for (const ticket of early.slice(20)) breaker.failed(ticket);
    expect(breaker.state()).toMatchObject({ status: "closed", epoch: 3, counts: {} });
  });

  test("B4.8: no timer moves it: a month frozen, and it goes on by its timestamps", async () => {
    const { clock, breaker, fail, pass } = given();
    for (let call = 0; call < 5; call += 1) await fail();
    expect(breaker.state().status).toBe("open");
    clock.now += 30 * 86_400_000;
    expect(breaker.state().status).toBe("open");
    expect(await pass()).toBe("fine");
    expect(breaker.state().status).toBe("half_open");
  });

  test("a function that throws at once has failed, and one that answers at once has succeeded", async () => {
    const { breaker } = given(exact({ failures: 1 }));
    expect(await breaker.run(() => 7)).toBe(7);
    const thrown = breaker.run(() => {
      throw new Error("at once");
    });
    await expect(thrown).rejects.toThrow("at once");
    expect(breaker.state().status).toBe("open");
  });

  test("ignored errors count nothing, results may be failures, and both are given on", async () => {
    const { breaker } = given(exact({ failures: 2 }), {
      errorIs: (error) => ((error as Error).message === "404" ? "ignored" : "failure"),
      resultIs: (result) => ((result as { status: number }).status >= 500 ? "failure" : "success"),
    });
    for (let call = 0; call < 9; call += 1)
      await expect(breaker.run(() => Promise.reject(new Error("404")))).rejects.toThrow("404");
    expect(breaker.state().counts).toEqual({});
    expect(await breaker.run(async () => ({ status: 503 }))).toEqual({ status: 503 });
    expect(await breaker.run(async () => ({ status: 200 }))).toEqual({ status: 200 });
    expect(breaker.state().status).toBe("closed");
    for (let call = 0; call < 2; call += 1) await breaker.run(async () => ({ status: 503 }));
    expect(breaker.state().status).toBe("open");
  });

  test("an ignored probe gives its lease back at once", async () => {
    const { clock, breaker, fail } = given(exact(), {
      errorIs: (error) => ((error as Error).message === "aborted" ? "ignored" : "failure"),
    });
    for (let call = 0; call < 5; call += 1) await fail();
    clock.now += 60_000;
    await expect(breaker.run(() => Promise.reject(new Error("aborted")))).rejects.toThrow("aborted");
    expect(breaker.state().status).toBe("half_open");
    expect(breaker.tryAdmit()).toBeGreaterThanOrEqual(0);
  });

  test("a fallback answers for refused and failed calls, not for ignored ones", async () => {
    const { breaker } = given(exact({ failures: 1 }), {
      errorIs: (error) => ((error as Error).message === "mine" ? "ignored" : "failure"),
    });
    const from = (fn: () => Promise<string>) => breaker.run(fn, (error) => `instead: ${(error as Error).name}`);
    expect(await from(async () => "fine")).toBe("fine");
    await expect(from(() => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
    expect(await from(() => Promise.reject(new TypeError("down")))).toBe("instead: TypeError");
    expect(await from(async () => "fine")).toBe("instead: CircuitOpenError");
  });

  test("stays open as long as the other side asked", async () => {
    const { clock, breaker } = given(exact({ failures: 1 }), {
      retryAfterMs: (error) => (error as { after: number }).after,
    });
    await breaker.run(() => Promise.reject(Object.assign(new Error("busy"), { after: 150_000 }))).catch(() => {});
    expect(breaker.state().openUntil).toBe(clock.now + 150_000);
  });

  test("is forced by hand with who, why and until, and released by the clock", async () => {
    const { clock, breaker, pass, fail } = given();
    breaker.force("open", { by: "ada", why: "migration", until: T0 + 1_000 });
    expect(await pass()).toMatchObject({ reason: "forced_open", retryAt: T0 + 1_000 });
    expect(breaker.state().forced).toMatchObject({ by: "ada", why: "migration" });
    clock.now += 1_000;
    expect(await pass()).toBe("fine");
    expect(breaker.state()).toMatchObject({ status: "closed", epoch: 2 });
    breaker.force("disabled", { by: "ada", why: "noise" });
    for (let call = 0; call < 20; call += 1) expect(await fail()).toBe("down");
    expect(breaker.state()).toMatchObject({ status: "closed", counts: {} });
    breaker.release("ada");
    for (let call = 0; call < 5; call += 1) await fail();
    expect(breaker.state().status).toBe("open");
  });

  test("goes on in another process from its JSON: open stays open, counts stay counted", async () => {
    const first = given();
    for (let call = 0; call < 4; call += 1) await first.fail();
    const second = given(exact(), { from: JSON.parse(JSON.stringify(first.breaker)) });
    await second.fail();
    expect(second.breaker.state().status).toBe("open");
    const third = given(exact(), { from: JSON.parse(JSON.stringify(second.breaker)) });
    expect(await third.pass()).toBeInstanceOf(CircuitOpenError);
    expect(third.breaker.state()).toEqual(second.breaker.state());
  });

  test("a listener that throws breaks no call", async () => {
    const { fail } = given(exact({ failures: 1 }), {
      onTransition: () => {
        throw new Error("listener");
      },
    });
    expect(await fail()).toBe("down");
  });

  test("a refusal that nobody awaits is reported as any other rejection", async () => {
    const { breaker, fail } = given(exact({ failures: 1 }));
    await fail();
    const seen = new Promise((resolve) => process.once("unhandledRejection", resolve));
    void breaker.run(async () => 1);
    expect(await seen).toBeInstanceOf(CircuitOpenError);
  });
});

describe("rates of a breaker of this process", () => {
  const rate = (settings: object) => policyOf({ rule: "rate", jitter: 0, ...settings });
  const feed = (policy: BreakerPolicy, calls: readonly (readonly [ok: boolean, ms?: number, afterMs?: number])[]) => {
    const { clock, breaker } = given(policy);
    const statuses = calls.map(([ok, ms = 0, afterMs = 0]) => {
      clock.now += afterMs;
      const ticket = breaker.tryAdmit();
      if (ok) breaker.succeeded(ticket, ms);
      else breaker.failed(ticket, ms);
      return breaker.state().status;
    });
    return { breaker, statuses };
  };
  const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

  test("a window of calls is the last N exactly: what left it counts no more", () => {
    const policy = rate({ window: { calls: 10 }, minimumCalls: 10, failureRate: 50 });
    expect(feed(policy, [...times(4, [false] as const), ...times(6, [true] as const)]).statuses.at(-1)).toBe("closed");
    const walk = [...times(4, [false] as const), ...times(10, [true] as const), ...times(4, [false] as const)];
    expect(feed(policy, walk).statuses.at(-1)).toBe("closed");
    expect(feed(policy, [...walk, [false]]).statuses.at(-1)).toBe("open");
  });

  test("a window is judged as soon as it holds the minimum, by a success as well", () => {
    const policy = rate({ minimumCalls: 4 });
    expect(feed(policy, [[false], [false], [true], [true]]).statuses).toEqual(["closed", "closed", "closed", "open"]);
    expect(feed(policy, [[false], [false], [false]]).statuses.at(-1)).toBe("closed");
  });

  test("slow calls count whether they fail or not, and both rates open by themselves", () => {
    const policy = rate({ minimumCalls: 4, slow: "1s", slowRate: 50, failureRate: 100 });
    expect(
      feed(policy, [
        [true, 1_001],
        [true, 1_000],
        [true, 10],
        [false, 1_001],
      ]).statuses.at(-1),
    ).toBe("open");
    expect(
      feed(policy, [
        [true, 1_000],
        [true, 1_000],
        [true, 10],
        [false, 1_001],
      ]).statuses.at(-1),
    ).toBe("closed");
    const opened = feed(policy, [[true, 2_000], [true, 2_000], [true, 10], [false]]).breaker;
    expect(opened.toJSON().circuit.last?.reason).toBe("opened_slow_rate");
  });

  test("a window of time forgets by the clock", () => {
    const policy = rate({ minimumCalls: 4, window: { time: "10s" } });
    expect(feed(policy, [[false], [false], [false], [false, 0, 10_001]]).statuses.at(-1)).toBe("closed");
    expect(feed(policy, [[false], [false], [false], [false, 0, 8_000]]).statuses.at(-1)).toBe("open");
  });

  test("a slow probe is no proof: it opens again", async () => {
    const policy = rate({ minimumCalls: 1, slow: "1s", window: { calls: 1 } });
    const { clock, breaker } = given(policy);
    breaker.failed(breaker.tryAdmit());
    clock.now += 60_000;
    breaker.succeeded(breaker.tryAdmit(), 5_000);
    expect(breaker.state().status).toBe("open");
  });
});

describe("one core", () => {
  const policies = fc.constantFrom(
    exact({ failures: 3 }),
    exact({ failures: 3, forget: "never" }),
    policyOf("seed"),
    policyOf({ rule: "rate", jitter: 0, minimumCalls: 4, slow: "1s", slowRate: 60, window: { time: "10s" } }),
    policyOf({ rule: "rate", jitter: 0, minimumCalls: 3, window: { time: "60s" }, probes: 2 }),
  );
  const script = fc.array(
    fc.record({
      // Whole tenths of the longest window: a store knows the newest failure no finer.
      pauseMs: fc.constantFrom(0, 0, 1_000, 5_000, 60_000, 60_001, 660_000),
      ok: fc.boolean(),
      ms: fc.constantFrom(5, 2_000),
    }),
    { minLength: 10, maxLength: 120 },
  );

  test("the breaker of a process and an item that is added to and judged decide alike, call by call", () => {
    fc.assert(
      fc.property(policies, script, (policy, calls) => {
        // At the beginning of a mark of the newest failure, so that both know it equally well.
        let now = 1_700_000_040_000;
        const local = localBreaker(policy, { now: () => now, random: () => 0, from: freshItem(now) });
        let item: CircuitItem = freshItem(now);
        for (const [index, { pauseMs, ok, ms }] of calls.entries()) {
          now += pauseMs;
          const verdict = admit(policy, item, now);
          const ticket = local.tryAdmit();
          expect(ticket === REFUSED).toBe(verdict === "open" || verdict === "probing");
          if (ticket === REFUSED) continue;
          const owner = String(index);
          if (verdict === "may_probe") item = step(policy, item, { type: "probe_claimed", by: "a", owner }, now).state;
          const outcome = outcomeOf(policy, ok, ms);
          const { epoch, status } = item.circuit;
          if (status === "half_open") {
            const lease = policy.probes === "all" ? {} : { owner };
            item = step(policy, item, probeEvent(outcome, { by: "a", epoch, ...lease }), now).state;
          } else {
            const add: CountsInHand = {};
            countOutcome(policy, item.counts, add, outcome, now);
            const tidied = tidy(policy, item.counts, now);
            item = step(
              policy,
              item,
              { type: "counted", by: "a", epoch, add: { ...tidied.add, ...add }, drop: tidied.drop },
              now,
            ).state;
          }
          if (ok) local.succeeded(ticket, ms);
          else local.failed(ticket, ms);
          const { status: theirs, epoch: theirEpoch, openUntil } = local.state();
          expect([theirs, theirEpoch, openUntil]).toEqual([
            item.circuit.status,
            item.circuit.epoch,
            item.circuit.openUntil,
          ]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("what is tidied away is never needed: counts stay few, and the window holds the same", () => {
    const policy = policyOf({ rule: "rate", window: { time: "10s" } }) as RatePolicy;
    let counts: Record<string, number> = {};
    for (let call = 0; call < 500; call += 1) {
      const at = T0 + call * 137;
      const before = tallied(policy, counts, at);
      const { drop } = tidy(policy, counts, at);
      counts = Object.fromEntries(Object.entries(counts).filter(([name]) => !drop.includes(name)));
      expect(tallied(policy, counts, at)).toEqual(before);
      countOutcome(policy, counts, counts, call % 3 === 0 ? "slow_failure" : "success", at);
      expect(Object.keys(counts).length).toBeLessThanOrEqual(33);
    }
  });

  test("marks of failures stay few however long one comes every minute, and the count is kept", () => {
    const policy = exact({ failures: 1_000 });
    let item: CircuitItem = freshItem(T0);
    for (let minute = 0; minute < 300; minute += 1) {
      const at = T0 + minute * 60_000;
      const add: CountsInHand = {};
      countOutcome(policy, item.counts, add, "failure", at);
      const tidied = tidy(policy, item.counts, at);
      item = step(
        policy,
        item,
        { type: "counted", by: "a", add: { ...tidied.add, ...add }, drop: tidied.drop },
        at,
      ).state;
      expect(Object.keys(item.counts).length).toBeLessThanOrEqual(15);
    }
    expect(step(policy, item, { type: "counted", by: "a" }, T0 + 300 * 60_000).trace[0]?.values).toMatchObject({
      failures: 300,
    });
  });
});
