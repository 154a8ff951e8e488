import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import { localBreaker } from "../../shared/core/traffic/breaker/local.ts";
import { REFUSED } from "../../shared/core/traffic/breaker/local-item.ts";
import { simulateBreaker } from "../../shared/core/traffic/breaker/simulate.ts";
import { expectedCallsToOpen, probabilityToOpen } from "../../shared/core/traffic/breaker/walk.ts";
import { policyOf } from "./given-breakers.ts";

/** The platform's breaker as its description has it, quirks and all; seconds. */
function platformBreaker() {
  let state = "closed";
  let failures = 0;
  let lastFailure = 0;
  let successes = 0;
  return {
    isOpen(now: number): boolean {
      if (state === "open" && now - lastFailure > 60) {
        state = "half_open";
        successes = 0;
      }
      return state === "open";
    },
    success(): void {
      if (state !== "half_open") {
        failures = Math.max(0, failures - 1);
        return;
      }
      successes += 1;
      if (successes < 3) return;
      state = "closed";
      failures = 0;
    },
    failure(now: number): void {
      failures += 1;
      lastFailure = now;
      if (failures >= 5) state = "open";
    },
    state: () => state,
  };
}

describe("the platform's rule", () => {
  test("`seed` is that rule to the letter: same answers, same states, call by call", () => {
    const calls = fc.array(
      fc.record({ pauseMs: fc.constantFrom(0, 1, 500, 30_000, 60_000, 60_001, 61_000), ok: fc.boolean() }),
      {
        minLength: 20,
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(calls, (script) => {
        let now = 1_700_000_000_000;
        const theirs = platformBreaker();
        const ours = localBreaker(policyOf("seed"), { now: () => now, random: () => 0.5 });
        for (const { pauseMs, ok } of script) {
          now += pauseMs;
          const ticket = ours.tryAdmit();
          expect(ticket === REFUSED).toBe(theirs.isOpen(now / 1000));
          if (ticket === REFUSED) continue;
          if (ok) ours.succeeded(ticket);
          else ours.failed(ticket);
          if (ok) theirs.success();
          else theirs.failure(now / 1000);
          expect(ours.state().status).toBe(theirs.state());
        }
      }),
      { numRuns: 100 },
    );
  });

  test("half open lets everybody through, and after reopening one failure opens", () => {
    let now = 0;
    const breaker = localBreaker(policyOf("seed"), { now: () => now, random: () => 0 });
    for (let call = 0; call < 5; call += 1) breaker.failed(breaker.tryAdmit());
    expect(breaker.state().status).toBe("open");
    now = 60_001;
    const tickets = Array.from({ length: 50 }, () => breaker.tryAdmit());
    expect(tickets.every((ticket) => ticket >= 0)).toBe(true);
    breaker.failed(tickets[0] as number);
    expect(breaker.state().status).toBe("open");
  });

  test.each([
    [1, 5],
    [0.7, 11],
    [0.5, 30],
    [0.3, 286],
    [0.2, 2_265],
    [0.1, 83_030],
    [0.05, 2.9e6],
  ])("fails with p = %d: %d calls until it opens, by formula", (probability, expected) => {
    const digits = expected === 2.9e6 ? 2 : Math.min(String(expected).length, 5);
    expect(Number(expectedCallsToOpen(5, probability).toPrecision(digits))).toBe(expected);
  });

  test.each([
    [0.5, 4_000],
    [0.3, 2_500],
    [0.2, 1_000],
  ])("seed walk at p = %d: opens after as many calls as the formula says, within 5 %%", (failure, runs) => {
    const fate = randomOf(11);
    let calls = 0;
    for (let run = 0; run < runs; run += 1) {
      const breaker = localBreaker(policyOf("seed"), { now: () => 0, random: () => 0 });
      for (let ticket = breaker.tryAdmit(); ticket !== REFUSED; ticket = breaker.tryAdmit()) {
        calls += 1;
        if (fate.next() < failure) breaker.failed(ticket);
        else breaker.succeeded(ticket);
      }
    }
    expect(Math.abs(calls / runs / expectedCallsToOpen(5, failure) - 1)).toBeLessThan(0.05);
  });

  test("the probability to open within N calls is the walk's, and agrees with the simulation", () => {
    expect(probabilityToOpen(5, 1, 4)).toBe(0);
    expect(probabilityToOpen(5, 1, 5)).toBe(1);
    expect(probabilityToOpen(5, 0.5, 5)).toBeCloseTo(1 / 32, 12);
    expect(probabilityToOpen(5, 0, 1e9)).toBe(0);
    expect(probabilityToOpen(100_000, 0.5, 1_000_000)).toBeUndefined();
    expect(probabilityToOpen(1, 0.25, 2)).toBeCloseTo(1 - 0.75 ** 2, 12);
    const simulated = simulateBreaker({
      policy: policyOf("seed"),
      phases: [{ fromMs: 0, failure: 0.3 }],
      slow: 0,
      calls: 200,
      callsPerSecond: 100,
      seed: 5,
      runs: 500,
    });
    expect(simulated.expectedOpenShare).toBeCloseTo(probabilityToOpen(5, 0.3, 200) as number, 12);
    expect(Math.abs(simulated.openedShare - (simulated.expectedOpenShare as number))).toBeLessThan(0.03);
  });

  test("where failures are so rare that they are forgotten in between, there is no formula", () => {
    const phases = [{ fromMs: 0, failure: 0.1 }];
    const rare = { phases, slow: 0, calls: 50, callsPerSecond: 0.01, seed: 1, runs: 1 };
    const of = (forget: string) => simulateBreaker({ ...rare, policy: policyOf({ rule: "consecutive", forget }) });
    expect(of("10m").expectedCallsUntilOpen).toBeNull();
    expect(of("never").expectedCallsUntilOpen).toBeCloseTo(83_030, -1);
  });

  test("far out it is extrapolated: 2.9 million calls at 5 % are settled long before", () => {
    const share = probabilityToOpen(5, 0.05, 2_900_000);
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.66);
  });
});
