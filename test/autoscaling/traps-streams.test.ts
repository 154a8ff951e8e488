import { describe, expect, test } from "vitest";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import { config as flinkConfig, full, job, look, settled, source, watch, work } from "./flink-given.ts";
import { T0 } from "./given.ts";
import { count, group, lagConfig, lookAt, parts } from "./lag-given.ts";
import { changes, lagWorld } from "./lag-world.ts";

const MINUTE = 60_000;

// The numbers are those of the list of traps in the reference on autoscaling; the others are in traps.test.ts.

describe("trap 5: lag alone flaps", () => {
  const world = {
    partitions: 24,
    arrivals: (second: number) => (second < 120 ? 200 : 840),
    speed: 120,
    consumers: 3,
    rebalanceS: 40,
  };
  const bounds = { min: 1, max: 30 };

  test("lag that grew while partitions were handed out is no reason to go out again", () => {
    const ours = lagWorld(lagConfig({}, bounds), 40, world);
    const alone = lagWorld(lagConfig({ rule: "keda", lagThreshold: 1000 }, bounds), 40, world);
    expect(ours.filter(({ reason }) => reason === "scaled_out")).toHaveLength(1);
    expect(changes(ours)).toBeLessThan(changes(alone));
  });
  test("nothing is decided while the group hands partitions out, and it is said", () => {
    const ours = lagWorld(lagConfig({}, bounds), 20, { ...world, rebalanceS: 90 });
    const handing = ours.filter(({ state }) => state === "PreparingRebalance");
    expect(handing.length).toBeGreaterThan(0);
    expect(new Set(handing.map(({ reason }) => reason))).toEqual(new Set(["held_rebalancing"]));
  });
});

describe("trap 6: a partition that never committed keeps nobody awake for ever", () => {
  test("a lag of 1 for lack of a commit, next to partitions that are read to their ends", () => {
    const seen = (at: number) => group([...parts([70, 70], [90, 90]), [-1, 1, 0]], { state: "Empty" }, at);
    const given = lagConfig({ perConsumer: 10, cooldown: "1m" });
    const first = lookAt(given, 1, seen(T0));
    const over = lookAt(given, 1, seen(T0 + 2 * MINUTE), first.memory);
    expect(count(over.opinion)).toBe("in 0");
    expect(over.opinion.text).toContain("1 partition never committed");
  });
});

describe("trap 10: what a restart of a Flink job costs", () => {
  const begun = (restart: string) => {
    const of = flinkConfig({ restart });
    const first = watch(of, full);
    const [action] = first.actions;
    if (action?.type !== "require") throw new Error("no rescale in place");
    return { of, first, to: action.parallelism };
  };

  test("what arrives while the job is down is part of what it has to be able to do", () => {
    expect(begun("15m").to["work"]).toBeGreaterThan(begun("30s").to["work"] as number);
  });
  test("no rescale before the last one has given a whole window of measurements, however busy it is", () => {
    const { of, first, to } = begun("5m");
    let state = settled(of, first, first.now);
    const reasons: string[] = [];
    for (let minute = 1; minute < 16; minute += 1) {
      const now = first.now + minute * MINUTE;
      const busy = { busy: 1000, rate: 400, parallelism: to["work"] as number };
      const vertices = [source(now, { rate: 400, parallelism: to["source"] as number }), work(now, busy)];
      const step = flinkScaling.step(of, state, look(job(now, { vertices })), now);
      expect(step.actions.filter(({ type }) => type !== "record_outcome")).toEqual([]);
      reasons.push(step.reason);
      state = step.state;
    }
    expect([...new Set(reasons)]).toEqual(["rescaling", "rescaled", "held_window"]);
  });
});
