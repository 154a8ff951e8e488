import { describe, expect, it } from "vitest";
import { lagConfig } from "./lag-given.ts";
import { changes, lagWorld } from "./lag-world.ts";

const between = (from: number, to: number) => (second: number) => second >= from * 60 && second < to * 60;

describe("a group with steady work, read to the end of its log", () => {
  const world = { partitions: 24, arrivals: () => 840, speed: 120, consumers: 8 };

  it("has no lag, so lag alone takes its consumers away and gives them back, for ever; each time all of it waits", () => {
    const history = lagWorld(lagConfig({ rule: "keda", lagThreshold: 1000 }, { min: 1, max: 30 }), 60, world);
    expect(changes(history)).toBeGreaterThan(8);
    expect(Math.max(...history.map(({ lag }) => lag))).toBeGreaterThan(40_000);
  });

  it("keeps what it needs by what arrives", () => {
    const given = lagConfig({ perConsumer: 120 }, { min: 1, max: 30 });
    const history = lagWorld(given, 60, world);
    expect(history.at(-1)?.desired).toBe(9);
    expect(changes(history)).toBeLessThanOrEqual(2);
    expect(Math.max(...history.slice(10).map(({ lag }) => lag))).toBeLessThan(15_000);
  });
});

describe("a group whose load grows fourfold", () => {
  const world = {
    partitions: 24,
    arrivals: (second: number) => (second < 120 ? 200 : 840),
    speed: 120,
    consumers: 3,
    rebalanceS: 40,
  };
  const history = lagWorld(lagConfig({}, { min: 1, max: 30 }), 60, world);

  it("learns what one consumer does, goes out once, and has caught up within the time for it", () => {
    const out = history.findIndex(({ reason }) => reason === "scaled_out");
    expect(out).toBeLessThanOrEqual(5);
    expect(history[out]?.text).toMatch(/at 120\/s each catch up/);
    const caught = history.findIndex(({ lag, minute }) => minute > out && lag < 840 * 30);
    expect(caught - out).toBeLessThanOrEqual(6);
  });

  it("does not go out again over what waited while partitions were handed out", () => {
    expect(history.filter(({ reason }) => reason === "scaled_out").length).toBeLessThanOrEqual(1);
    expect(changes(history)).toBeLessThanOrEqual(4);
    expect(history.at(-1)?.desired).toBe(9);
  });

  it("says that the group is handing partitions out where a look falls into that", () => {
    const slow = lagWorld(lagConfig({}, { min: 1, max: 30 }), 20, { ...world, rebalanceS: 90 });
    const held = slow.filter(({ reason }) => reason === "held_rebalancing");
    expect(held.length).toBeGreaterThan(0);
    expect(held.every(({ state }) => state === "PreparingRebalance")).toBe(true);
  });
});

describe("a group that has work now and then", () => {
  const given = lagConfig({ cooldown: "5m" }, { min: 0, max: 10 });
  const busy = between(10, 20);
  const history = lagWorld(given, 60, {
    partitions: 6,
    arrivals: (second) => (busy(second) ? 90 : 0),
    speed: 50,
    consumers: 1,
  });

  it("is at 0 while there is none, wakes up, and goes back after the cooldown", () => {
    const counts = history.map(({ desired }) => desired);
    expect(counts[9]).toBe(0);
    expect(Math.max(...counts.slice(10, 20))).toBeGreaterThanOrEqual(2);
    expect(counts.at(-1)).toBe(0);
    expect(history.at(-1)?.lag).toBe(0);
    const emptied = history.findIndex(({ minute, desired }) => minute > 20 && desired === 0);
    expect(emptied).toBeGreaterThanOrEqual(25);
    expect(emptied).toBeLessThanOrEqual(30);
  });

  it("does not scale to 0 while Kafka is away, and goes on where it was", () => {
    const outage = between(22, 40);
    const seen = lagWorld(given, 60, {
      partitions: 6,
      arrivals: (second) => (busy(second) ? 90 : 0),
      speed: 50,
      consumers: 1,
      seen: (group, minute) => (outage(minute * 60) ? { at: group.at, why: "brokers: ECONNREFUSED" } : group),
    });
    const during = seen.filter(({ minute }) => minute >= 22 && minute < 40);
    expect(new Set(during.map(({ desired }) => desired)).size, "the count stays").toBe(1);
    expect(during[0]?.desired).toBeGreaterThan(0);
    expect(during.every(({ reason }) => reason === "held_no_data")).toBe(true);
    expect(seen.at(-1)?.desired).toBe(0);
  });
});

describe("trouble that consumers cannot cure", () => {
  it("a record that stops one partition does not buy consumers for ever", () => {
    const history = lagWorld(lagConfig({ perConsumer: 100, catchUp: "2m" }, { min: 1, max: 20 }), 45, {
      partitions: 12,
      arrivals: () => 120,
      speed: 100,
      consumers: 2,
      stuck: [3],
      startS: 5,
    });
    expect(history.at(-1)?.desired).toBe(2);
    expect(history.at(-1)?.text).toContain("orders/3 left out, which does not move");
    expect(history.at(-1)?.lag).toBeGreaterThan(20_000);
  });

  it("one hot partition gets a consumer of its own, and no more than there are partitions", () => {
    const weights = [0.6, ...Array.from({ length: 9 }, () => 0.4 / 9)];
    const history = lagWorld(lagConfig({}, { min: 1, max: 50 }), 60, {
      partitions: 10,
      arrivals: () => 200,
      speed: 100,
      consumers: 2,
      weights,
    });
    expect(Math.max(...history.map(({ desired }) => desired))).toBeLessThanOrEqual(10);
  });

  it("consumers that became slow are learned anew", () => {
    const history = lagWorld(lagConfig({}, { min: 1, max: 30 }), 90, {
      partitions: 24,
      arrivals: () => 400,
      speed: (second) => (second < 30 * 60 ? 120 : 40),
      consumers: 2,
    });
    expect(history[29]?.desired).toBeLessThanOrEqual(6);
    expect(history.at(-1)?.desired).toBeGreaterThanOrEqual(11);
    expect(history.at(-1)?.desired).toBeLessThanOrEqual(16);
    expect(history.at(-1)?.lag).toBeLessThan(30 * 400);
  });
});
