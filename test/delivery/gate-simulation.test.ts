import { describe, expect, it } from "vitest";
import type { World } from "../../bench/delivery/model.ts";
import { armsOf, outcomeOf, type Watch, watchGate, watchSequential } from "../../bench/delivery/watch.ts";
import { OVERDISPERSED } from "../../bench/delivery/worlds.ts";
import { logOdds } from "../../shared/core/delivery/gate/odds.ts";
import { GATE_DEFAULTS } from "../../shared/core/delivery/gate/settings.ts";

const RUNS = 100;
const SEED = 4711;

/** Binomial counts believed as they are, ratios as in the gate: what the gate would be without measuring noise. */
const naive: Watch = (_, streams, run) => {
  let evidence = 0;
  for (let tick = 0; tick < streams.ticks; tick += 1) {
    const { canary, baseline } = armsOf(streams, run, tick);
    const q = canary.requests / (canary.requests + baseline.requests);
    evidence += logOdds({ c: canary.errors, b: baseline.errors, q }, 1.5);
    if (evidence >= Math.log(20)) return { fail: tick + 1, pass: 0 };
  }
  return { fail: 0, pass: 0 };
};

const failed = (world: World, watch: Watch = watchSequential) =>
  outcomeOf(world, RUNS, SEED, GATE_DEFAULTS, watch).failed;

// Bars are 3 % of 10,000 streams in the bench; of 100, five per cent are beyond what luck does to 2 %.
describe("simulated releases", () => {
  it.each<readonly [string, World]>([
    ["plain", {}],
    ["overdispersed", OVERDISPERSED],
    ["a shared incident", { incident: true }],
    ["rates of each arm that wander", { wander: "own" }],
    ["the same without any history", { wander: "own", history: 0 }],
  ])("good ones are rarely failed: %s", (_, world) => {
    expect(failed(world)).toBeLessThanOrEqual(0.05);
  });

  it("a test that believes counts fails too many of them, so the streams would tell", () => {
    expect(failed(OVERDISPERSED, naive)).toBeGreaterThan(0.05);
    expect(failed({ wander: "own", wanders: 0.25 }, naive)).toBeGreaterThan(0.1);
  });

  it("errors x1.5 are mostly found in ten minutes, x3 always within two looks", () => {
    expect(failed({ errors: 1.5 })).toBeGreaterThanOrEqual(0.85);
    const threefold = outcomeOf({ errors: 3 }, RUNS, SEED);
    expect(threefold).toMatchObject({ failed: 1 });
    expect(threefold.failedAfter).toBeLessThanOrEqual(2);
  });

  it("good ones mostly pass early, and few with errors x1.5 do", () => {
    const good = outcomeOf({}, RUNS, SEED);
    expect(good.passed).toBeGreaterThanOrEqual(0.86);
    expect(good.passedAfter).toBeLessThanOrEqual(9);
    expect(outcomeOf({ errors: 1.5 }, RUNS, SEED).passed).toBeLessThanOrEqual(0.06);
  });

  it("the gate's own door decides as the test alone does", () => {
    const world: World = { errors: 1.5 };
    const door = outcomeOf(world, 60, SEED, GATE_DEFAULTS, watchGate);
    const test = outcomeOf(world, 60, SEED);
    expect([door.failed, door.failedAfter]).toEqual([test.failed, test.failedAfter]);
  });

  it("the seed rule fails nearly every good release", () => {
    expect(outcomeOf({}, 100, SEED, { ...GATE_DEFAULTS, rule: "threshold" }, watchGate).failed).toBeGreaterThan(0.9);
  });
});
