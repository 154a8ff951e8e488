import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { embeddedStreams } from "../../local/streams/embedded.ts";
import { roundMs } from "../../local/streams/feeding.ts";
import { shopFeed } from "../../local/streams/shop-feed.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { readCommitted } from "../contract/streams-kit.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryDriver } from "../fakes/streams-driver.ts";

const MINUTE_MS = 60_000;

/** The same numbers each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the embedded log keeps what it has", () => {
  let dir = "";
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "headgate-streams-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const open = (said: string[] = []) => {
    const clock = manualClock();
    return embeddedStreams({ dir, now: clock.now, random: seeded(1), onTrouble: (text) => said.push(text) });
  };

  test("a restart finds topics, records, groups and the cluster's id; a killed process what was written last", async () => {
    const first = open();
    const log = first.open("shop");
    await log.createTopic({ name: "t", partitions: 1, replicationFactor: 1, configs: [] });
    log.produce("t", 0, [{ value: "kept" }]);
    log.commitGroup("g", [{ topic: "t", partition: 0, offset: 1 }]);
    first.save();
    log.produce("t", 0, [{ value: "lost with the process" }]);
    const killed = open().open("shop");
    expect((await readCommitted(killed, "t")).map(({ value }) => value)).toEqual(["kept"]);
    first.close();
    const second = open();
    expect(second.open("shop")).toBe(second.open("shop"));
    expect((await readCommitted(second.open("shop"), "t")).map(({ value }) => value)).toHaveLength(2);
    expect(await second.open("shop").groups()).toEqual(await log.groups());
    expect(await second.open("shop").cluster()).toEqual(await log.cluster());
    expect((await second.open("other").cluster()).id).not.toBe((await log.cluster()).id);
    second.close();
    expect(readdirSync(join(dir, "streams"))).toEqual(["shop.json"]);
  });

  test("a file that cannot be read is kept aside and told; the log begins anew", async () => {
    const first = open();
    await first.open("shop").createTopic({ name: "t", partitions: 1, replicationFactor: 1, configs: [] });
    first.close();
    const file = join(dir, "streams", "shop.json");
    const half = readFileSync(file, "utf8").slice(0, 100);
    writeFileSync(file, half);
    const said: string[] = [];
    expect(await open(said).open("shop").topics()).toEqual([]);
    expect(said).toHaveLength(1);
    const [aside] = readdirSync(join(dir, "streams"));
    expect(said[0]).toContain(aside);
    expect(readFileSync(join(dir, "streams", aside ?? ""), "utf8")).toBe(half);
  });
});

describe("what happens in the shop", () => {
  const opened = async () => {
    const clock = manualClock();
    const log = memoryStreams({ now: clock.now, random: seeded(7) });
    const feed = shopFeed({ log, now: clock.now, random: seeded(3), restMs: 8 * MINUTE_MS });
    await feed.prepare();
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) {
        clock.advance(MINUTE_MS);
        await feed.round();
      }
    };
    return { clock, log, feed, rounds };
  };

  test("orders and payments come in transactions, some given up; customers change and leave; groups follow", async () => {
    const { log, rounds } = await opened();
    await rounds(300);
    const orders = (await Promise.all([0, 1, 2, 3].map((one) => memoryDriver(log).consume("orders", one)))).flat();
    const payments = (await Promise.all([0, 1].map((one) => memoryDriver(log).consume("payments", one)))).flat();
    expect(orders.length).toBeGreaterThan(900);
    expect(new Set(orders.map(({ key }) => key))).toEqual(new Set(payments.map(({ key }) => key)));
    const [fetched] = await log.fetch([{ topic: "orders", partition: 0, offset: 0, maxBytes: 10_000_000 }]);
    expect(fetched?.status === "ok" && fetched.aborted.length).toBeGreaterThan(5);
    expect(await readCommitted(log, "orders")).toEqual(await memoryDriver(log).consume("orders", 0));
    const customers = await memoryDriver(log).consume("customers", 0);
    expect(customers.some(({ value }) => value === null)).toBe(true);
    expect(customers.length).toBeLessThan(300);
    const groups = await log.groups();
    expect(groups.map(({ id, offsets }) => [id, offsets.length])).toEqual([
      ["billing", 6],
      ["shipping", 4],
    ]);
    for (const { offset, ...place } of groups.flatMap(({ offsets }) => offsets)) {
      const [at] = await log.offsets([place]);
      expect(offset).toBeGreaterThan(0);
      expect((at?.end ?? 0) - offset).toBeLessThan(45);
    }
  });

  test("what is kept is bounded, however long it runs, and reaches back over an hour", async () => {
    const { log, rounds } = await opened();
    const roundsAnHour = [1, 10, 60, 120, 600].map((speed) => (60 * MINUTE_MS) / (roundMs(speed) * speed));
    await rounds(Math.max(...roundsAnHour));
    const starts = async () =>
      (await log.offsets([0, 1, 2, 3].map((partition) => ({ topic: "orders", partition })))).map((one) => one.logStart);
    expect(await starts()).toEqual([0, 0, 0, 0]);
    for (let more = 0; more < 20 && (await starts()).includes(0); more++) await rounds(50);
    expect(await starts()).not.toContain(0);
    const size = log.size();
    await rounds(100);
    expect(log.size()).toBeLessThan(size * 1.05);
    expect(size).toBeLessThan(3_000_000);
  });

  test("a deleted topic stays deleted, and one that came back is left alone until it has been at rest", async () => {
    const { log, clock, feed, rounds } = await opened();
    await rounds(20);
    await log.deleteTopic("orders");
    await rounds(20);
    expect((await log.topics()).map(({ name }) => name)).toEqual(["customers", "payments"]);
    const payments = await log.offsets([{ topic: "payments", partition: 0 }]);
    await log.createTopic({ name: "orders", partitions: 4, replicationFactor: 1, configs: [] });
    for (let write = 0; write < 30; write++) {
      clock.advance(MINUTE_MS);
      log.produce("orders", write % 4, [{ value: "restored" }]);
      await feed.round();
    }
    expect((await log.offsets([{ topic: "orders", partition: 0 }]))[0]?.end).toBe(8);
    expect(await log.offsets([{ topic: "payments", partition: 0 }])).toEqual(payments);
    expect((await log.groups()).find(({ id }) => id === "shipping")).toBeUndefined();
    await rounds(20);
    expect((await log.offsets([{ topic: "orders", partition: 0 }]))[0]?.end).toBeGreaterThan(8);
    expect((await log.groups()).map(({ id }) => id)).toEqual(["billing", "shipping"]);
  });
});
