import { describe, expect, test } from "vitest";
import { call, policyOf, START, seeded, type World, world } from "./shared-world.ts";

const SEC = 1_000;
const rate = policyOf({ rule: "rate", jitter: 0 });
const fleet = (w: World, size: number) =>
  Array.from({ length: size }, (_, nth) => w.environment(`e${nth}`).get("payments"));

/** Plays every environment with calls `everyMs` apart; how many calls reached the other side and failed. */
async function play(
  w: World,
  breakers: ReturnType<typeof fleet>,
  untilMs: number,
  everyMs: number,
  ok: (nth: number) => boolean,
): Promise<{ readonly doomed: number; readonly refused: number }> {
  const found = { doomed: 0, refused: 0 };
  for (const end = w.clock.now + untilMs; w.clock.now < end; w.clock.now += everyMs) {
    for (const [nth, breaker] of breakers.entries()) {
      const answer = await call(breaker, ok(nth));
      if (answer === "failed") found.doomed += 1;
      if (answer === "refused") found.refused += 1;
    }
  }
  return found;
}

describe("a shared breaker by rate", () => {
  test("one environment alone opens at once when the rate is reached, not before the minimum", async () => {
    const w = world(policyOf({ rule: "rate", minimumCalls: 10, failureRate: 50, jitter: 0 }));
    const breaker = w.environment("a").get("payments");
    const seen: string[] = [];
    for (let nth = 0; nth < 11; nth += 1) seen.push(await call(breaker, nth % 2 === 0));
    expect(seen.slice(0, 10)).not.toContain("refused");
    expect(seen[10]).toBe("refused");
    expect((await w.records()).map((record) => record.reason)).toEqual(["opened_failure_rate"]);
  });

  test("slow calls count by their own rate", async () => {
    const w = world(policyOf({ rule: "rate", minimumCalls: 10, slow: "100ms", slowRate: 80, jitter: 0 }));
    const breaker = w.environment("a").get("payments");
    for (let nth = 0; nth < 10; nth += 1) {
      const admission = await breaker.admit();
      await breaker.done(admission, "success", nth < 2 ? 100 : 101);
    }
    expect((await w.records()).map((record) => record.reason)).toEqual(["opened_slow_rate"]);
  });

  test("a window of calls is shared too", async () => {
    const w = world(policyOf({ rule: "rate", window: { calls: 20 }, minimumCalls: 10, jitter: 0 }));
    const breakers = fleet(w, 4);
    await play(w, breakers, 30 * SEC, 500, () => true);
    expect(w.asked.change).toBe(0);
    const { doomed } = await play(w, breakers, 30 * SEC, 500, () => false);
    expect((await w.records()).map((record) => record.reason)).toEqual(["opened_failure_rate"]);
    expect(doomed).toBeLessThanOrEqual(30);
  });

  test("50 healthy environments at 1,000 calls a second write at most once a second, and read ten times", async () => {
    const w = world(rate);
    const breakers = fleet(w, 50);
    await play(w, breakers, 30 * SEC, 50, () => true);
    const before = { ...w.asked };
    await play(w, breakers, 120 * SEC, 50, () => true);
    expect(w.asked.add - before.add).toBeLessThanOrEqual(120);
    expect(w.asked.load - before.load).toBeLessThanOrEqual(1_200);
    expect(w.asked.change).toBe(0);
  }, 20_000);

  test("one environment's bad luck opens nothing while the others, who had nothing to tell, are well", async () => {
    const w = world(rate);
    const breakers = fleet(w, 3);
    await play(w, breakers, 120 * SEC, 250, () => true);
    const { refused } = await play(w, breakers, 180 * SEC, 250, (nth) => nth !== 0);
    expect(refused).toBe(0);
    expect(await w.records()).toEqual([]);
    // Were it all of them, it would open.
    await play(w, breakers, 60 * SEC, 250, () => false);
    expect((await w.records()).map((record) => record.reason)).toEqual(["opened_failure_rate"]);
  });

  test("what all of them see opens within the time it takes to ask", async () => {
    const w = world(policyOf({ rule: "rate", window: { time: "10s" }, jitter: 0 }));
    const breakers = fleet(w, 10);
    await play(w, breakers, 60 * SEC, 250, () => true);
    const from = w.clock.now;
    await play(w, breakers, 15 * SEC, 250, () => false);
    const [opened] = await w.records();
    expect(opened?.reason).toBe("opened_failure_rate");
    // Half of a window of ten seconds has to fail.
    expect((opened?.at ?? 0) - from).toBeGreaterThanOrEqual(3 * SEC);
    expect((opened?.at ?? 0) - from).toBeLessThanOrEqual(11 * SEC);
  });

  test("a share of failures below the threshold never opens, wherever they fall", async () => {
    const w = world(policyOf({ rule: "rate", window: { time: "10s" }, minimumCalls: 20, jitter: 0 }), 3);
    const random = seeded(11);
    const { refused } = await play(w, fleet(w, 10), 60 * SEC, 250, () => random() >= 0.25);
    expect(refused).toBe(0);
    expect(w.clock.now).toBe(START + 60 * SEC);
  });
});
