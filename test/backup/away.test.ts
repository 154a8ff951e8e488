import { describe, expect, test } from "vitest";
import { driveRun } from "../../functions/backup/direct.ts";
import { patiently } from "../../functions/backup/patience.ts";
import { planView } from "../../functions/backup/plan-view.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { backupWorld } from "./run-kit.ts";

const SECOND = 1_000;
const away = () => new HeadgateError("streams.unavailable", "no broker answers", { retryable: true });

/** A clock that only goes on where somebody waits. */
function clock() {
  const time = { now: 0, pauses: [] as number[] };
  const wait = {
    now: () => time.now,
    sleep: async (ms: number) => {
      time.pauses.push(ms);
      time.now += ms;
    },
  };
  return { time, wait };
}

describe("a command whose cluster is away", () => {
  test("takes its cut when the cluster is back within the limit, and has told what it waited for", async () => {
    const world = backupWorld();
    await world.log.createTopic({ name: "orders", partitions: 1, replicationFactor: 1, configs: [] });
    world.log.produce("orders", 0, [{ value: "a" }]);
    world.log.faults.down();
    const began = world.clock.now;
    const told: number[] = [];
    const onWait = (why: string, waitedMs: number) => {
      expect(why).toContain("no broker of the cluster answered");
      told.push(waitedMs);
      if (waitedMs >= 20 * SECOND) world.log.faults.up();
    };
    const driven = await driveRun(world.context(), { patience: { limitMs: 45 * SECOND, onWait } });
    expect(driven).toMatchObject({ outcome: "sealed", point: { records: 1, gaps: 0 } });
    expect(told[0]).toBe(0);
    expect(told.length).toBeGreaterThan(4);
    expect(world.clock.now - began).toBeLessThan(30 * SECOND);
  });

  test("gives up behind the limit with the reason, leaves nothing, and waits not at all where nobody allows it", async () => {
    const world = backupWorld();
    world.log.faults.down();
    for (const limitMs of [0, 45 * SECOND]) {
      const began = world.clock.now;
      const driven = await driveRun(world.context(), { patience: { limitMs } });
      expect(driven).toMatchObject({ outcome: "failed", text: "the cut failed: no broker of the cluster answered" });
      expect(world.clock.now - began).toBeGreaterThanOrEqual(limitMs);
      expect(world.clock.now - began).toBeLessThan(limitMs + 2 * SECOND);
    }
    expect(world.places.flatMap(({ memory }) => memory.keys())).toEqual([]);
  });

  test("pauses longer from try to try, never longer than five seconds, and no try begins behind the limit", async () => {
    const { time, wait } = clock();
    const tries: number[] = [];
    const work = async () => {
      tries.push(time.now);
      time.now += SECOND;
      throw away();
    };
    await expect(patiently(wait, { limitMs: 30 * SECOND }, work)).rejects.toThrow("no broker answers");
    expect(time.pauses.slice(0, 5)).toEqual([500, 1_000, 2_000, 4_000, 5_000]);
    expect(Math.max(...time.pauses)).toBe(5_000);
    expect(Math.max(...tries)).toBeLessThanOrEqual(30 * SECOND);
  });

  test("ends at once when it is interrupted, and for anything that waiting does not mend", async () => {
    const { wait } = clock();
    const stop = new AbortController();
    const never = { ...wait, sleep: () => new Promise<void>(() => {}) };
    const waiting = patiently(never, { limitMs: SECOND, signal: stop.signal, onWait: () => stop.abort() }, async () => {
      throw away();
    });
    await expect(waiting).rejects.toThrow("no broker answers");
    for (const error of [
      new HeadgateError("streams.denied", "no right"),
      new HeadgateError("streams.unavailable", "it will not"),
      new HeadgateError("objects.unavailable", "the place is down", { retryable: true }),
      new Error("a mistake"),
    ]) {
      let tries = 0;
      const work = async () => {
        tries += 1;
        throw error;
      };
      await expect(patiently(wait, { limitMs: 60 * SECOND }, work)).rejects.toBe(error);
      expect(tries).toBe(1);
    }
  });
});

describe("what a run would take, where something is in the way", () => {
  const view = (world: ReturnType<typeof backupWorld>) => {
    const { streams, topics, plan } = world.context();
    if (!streams || !topics) throw new Error("no topics");
    return planView(streams, topics, plan, world.clock.now);
  };

  test("says once that the cluster does not answer, after one call", async () => {
    const world = backupWorld();
    world.log.faults.down();
    const before = Object.values(world.log.faults.calls).reduce((sum, calls) => sum + calls, 0);
    expect((await view(world)).missing).toEqual([
      { need: "list topics", code: "streams.unavailable", why: "no broker of the cluster answered" },
    ]);
    expect(Object.values(world.log.faults.calls).reduce((sum, calls) => sum + calls, 0) - before).toBe(1);
  });

  test("tells one reason once, with all that it stands in the way of, and others beside it", async () => {
    const world = backupWorld();
    await world.log.createTopic({ name: "orders", partitions: 1, replicationFactor: 1, configs: [] });
    world.log.produce("orders", 0, [{ value: "a" }]);
    const same = async (): Promise<never> => {
      throw new HeadgateError("streams.denied", "ALTER on the cluster is missing");
    };
    const { streams, topics, plan } = world.context();
    if (!streams || !topics) throw new Error("no topics");
    const partly = {
      ...streams,
      acls: same,
      quotas: same,
      groups: async () => {
        throw new HeadgateError("streams.denied", "DESCRIBE on groups is missing");
      },
    };
    const { missing } = await planView(partly, topics, plan, world.clock.now);
    expect(missing.map(({ need, why }) => [need, why])).toEqual([
      ["read groups", "DESCRIBE on groups is missing"],
      ["read access rules, read quotas", "ALTER on the cluster is missing"],
    ]);
  });
});
