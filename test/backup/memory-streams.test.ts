import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryLog, MemoryTransaction } from "../../shared/edge/memory-streams-types.ts";
import { batchesOf, fetchOne, offsetsOf, readCommitted, textOf } from "../contract/streams-kit.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryDriver } from "../fakes/streams-driver.ts";

const HOUR_MS = 3_600_000;

async function logWith(topic: string, configs: Readonly<Record<string, string>> = {}, partitions = 1) {
  const clock = manualClock();
  const log = memoryStreams({ now: clock.now });
  const given = Object.entries(configs).map(([name, value]) => ({ name, value }));
  await log.createTopic({ name: topic, partitions, replicationFactor: 1, configs: given });
  return { log, clock };
}

const keyed = (log: MemoryLog, topic: string) =>
  log.consume(topic, 0).map(({ offset, key, value }) => `${offset} ${textOf(key)}=${textOf(value)}`);

test("a clock that gives fractions of a millisecond, as one that runs faster does, gives records whole times", async () => {
  const log = memoryStreams({ now: () => 1_700_000_000_000.4 });
  await log.createTopic({ name: "t", partitions: 1, replicationFactor: 1, configs: [] });
  log.produce("t", 0, [{ value: "1" }]);
  expect(log.consume("t", 0).map(({ timestamp }) => Number(timestamp))).toEqual([1_700_000_000_000]);
});

describe("the log in memory: retention and compaction", () => {
  test("compaction keeps the newest of each key at its offset, and batches keep their first and last offset", async () => {
    const { log } = await logWith("t", { "cleanup.policy": "compact" });
    log.produce(
      "t",
      0,
      [
        { key: "a", value: "1" },
        { key: "b", value: "1" },
        { key: "c", value: "1" },
      ],
      { codec: "zstd" },
    );
    log.produce("t", 0, [
      { key: "a", value: "2" },
      { key: "c", value: "2" },
    ]);
    log.produce("t", 0, [{ key: "a", value: "3" }]);
    log.compact("t");
    expect(keyed(log, "t")).toEqual(["1 b=1", "3 a=2", "4 c=2", "5 a=3"]);
    const batches = batchesOf(await fetchOne(log, "t", 0));
    expect(batches.map(({ header }) => [header.baseOffset, header.lastOffset, header.count, header.codec])).toEqual([
      [0, 2, 1, "zstd"],
      [3, 4, 2, "none"],
      [5, 5, 1, "none"],
    ]);
    expect(await readCommitted(log, "t", { maxBytes: 1 })).toEqual(await memoryDriver(log).consume("t", 0));
  });

  test("a deletion stays for delete.retention.ms after it was first met, then goes", async () => {
    const { log, clock } = await logWith("t", { "cleanup.policy": "compact", "delete.retention.ms": "3600000" });
    log.produce("t", 0, [{ key: "a", value: "1" }]);
    log.produce("t", 0, [{ key: "a", value: null }]);
    log.produce("t", 0, [{ key: "z", value: "newest" }]);
    log.compact("t");
    expect(keyed(log, "t")).toEqual(["1 a=null", "2 z=newest"]);
    clock.advance(HOUR_MS - 1);
    log.compact("t");
    expect(keyed(log, "t")).toHaveLength(2);
    clock.advance(1);
    log.compact("t");
    expect(keyed(log, "t")).toEqual(["2 z=newest"]);
    expect(await offsetsOf(log, "t")).toMatchObject({ logStart: 0, end: 3 });
  });

  test("compaction takes aborted records, keeps each producer's newest batch though empty, and touches nothing undecided", async () => {
    const { log } = await logWith("t", { "cleanup.policy": "compact" });
    const one = log.transaction("one");
    one.produce("t", 0, [{ key: "a", value: "lost" }]);
    one.abort();
    log.produce("t", 0, [{ key: "b", value: "1" }]);
    const two = log.transaction("two");
    two.produce("t", 0, [{ key: "b", value: "open" }]);
    log.produce("t", 0, [{ key: "b", value: "2" }]);
    log.compact("t");
    const [first] = batchesOf(await fetchOne(log, "t", 0));
    expect(first?.header).toMatchObject({ baseOffset: 0, lastOffset: 0, count: 0, transactional: true });
    expect(first && [...decodeRecords(first)]).toEqual([]);
    expect(keyed(log, "t")).toEqual(["2 b=1"]);
    two.commit();
    expect(keyed(log, "t")).toEqual(["2 b=1", "3 b=open", "4 b=2"]);
  });

  test("retention takes whole batches by age and by size, never past an open transaction", async () => {
    const { log, clock } = await logWith("t", { "retention.ms": "1000", "retention.bytes": "-1" });
    log.produce("t", 0, [{ value: "0" }, { value: "1" }]);
    const open = log.transaction();
    open.produce("t", 0, [{ value: "2" }]);
    clock.advance(5000);
    log.produce("t", 0, [{ value: "3" }]);
    expect(await offsetsOf(log, "t")).toMatchObject({ logStart: 2, stable: 2, end: 4 });
    open.commit();
    log.retain();
    expect(await offsetsOf(log, "t")).toMatchObject({ logStart: 3, stable: 5 });
    await log.setTopicConfigs("t", [
      { name: "retention.ms", value: "-1" },
      { name: "retention.bytes", value: "900" },
    ]);
    for (let at = 0; at < 50; at++) log.produce("t", 0, [{ value: "x".repeat(200) }]);
    const { bytes, logStart, end } = await offsetsOf(log, "t");
    expect(bytes).toBeLessThan(1300);
    expect(end - logStart).toBeGreaterThanOrEqual(3);
    log.expire("t", clock.now() + 1);
    expect(await offsetsOf(log, "t")).toMatchObject({ logStart: end, end });
    expect(log.size()).toBe(0);
  });

  test("a truncated log ends earlier and goes on from there, and what was decided behind it is open again", async () => {
    const { log } = await logWith("t");
    log.produce("t", 0, [{ value: "0" }]);
    const one = log.transaction();
    one.produce("t", 0, [{ value: "1" }]);
    one.abort();
    log.produce("t", 0, [{ value: "3" }]);
    log.truncate("t", 0, 2);
    expect(await offsetsOf(log, "t")).toMatchObject({ stable: 1, end: 2 });
    expect(log.produce("t", 0, [{ value: "again" }])).toBe(2);
  });

  test("a topic made again is empty, has another id, its settings, and no group's positions", async () => {
    const { log } = await logWith("t", { "retention.ms": "-1" });
    log.produce("t", 0, [{ value: "0" }]);
    log.commitGroup("g", [{ topic: "t", partition: 0, offset: 1 }]);
    const [before] = await log.topics();
    log.recreate("t");
    const [after] = await log.topics();
    expect(after?.id).not.toBe(before?.id);
    expect(await offsetsOf(log, "t")).toMatchObject({ logStart: 0, end: 0 });
    expect((await log.topicConfigs(["t"])).get("t")).toEqual([{ name: "retention.ms", value: "-1" }]);
    expect(await log.groups()).toEqual([]);
  });

  test("a topic with a codec of its own packs what it is given", async () => {
    const { log } = await logWith("t", { "compression.type": "gzip" });
    log.produce("t", 0, [{ value: "x".repeat(500) }], { codec: "zstd" });
    const [batch] = batchesOf(await fetchOne(log, "t", 0));
    expect(batch?.header.codec).toBe("gzip");
    expect((await readCommitted(log, "t")).map(({ value }) => value?.length)).toEqual([500]);
  });
});

describe("the log in memory: what goes wrong by order", () => {
  test("calls of a kind fail as often as asked, after as many as asked, and are counted", async () => {
    const { log } = await logWith("t");
    log.faults.fail("offsets", { after: 1, times: 2 });
    const one = () => log.offsets([{ topic: "t", partition: 0 }]);
    await one();
    await expect(one()).rejects.toMatchObject({ code: "streams.unavailable", retryable: true });
    await expect(one()).rejects.toMatchObject({ code: "streams.unavailable" });
    await one();
    expect(log.faults.calls).toMatchObject({ offsets: 4, fetch: 0, createTopic: 1 });
    log.faults.fail("any", { error: "denied" });
    await expect(log.groups()).rejects.toMatchObject({ code: "streams.denied" });
    log.faults.down();
    await expect(log.cluster()).rejects.toMatchObject({ retryable: true });
    log.faults.up();
    await log.cluster();
  });

  test("what is denied is named, for a whole call or for the one topic of many", async () => {
    const { log } = await logWith("t");
    log.faults.deny("ALTER", "CLUSTER", "*");
    await expect(log.addAcls([])).rejects.toMatchObject({
      code: "streams.denied",
      message: "ALTER on cluster kafka-cluster is denied",
    });
    log.faults.deny("READ", "TOPIC", "t");
    expect(await log.fetch([{ topic: "t", partition: 0, offset: 0, maxBytes: 1 }])).toMatchObject([
      { status: "failed", why: "READ on topic t is denied", retryable: false },
    ]);
    log.faults.allow();
    await fetchOne(log, "t", 0);
  });

  test("a partition without leader says so, and something can happen in the middle of a run", async () => {
    const { log } = await logWith("t");
    log.faults.leaderless("t", 0);
    const fetch = () => log.fetch([{ topic: "t", partition: 0, offset: 0, maxBytes: 1 }]);
    expect(await fetch()).toMatchObject([{ status: "failed", retryable: true }]);
    await expect(log.offsets([{ topic: "t", partition: 0 }])).rejects.toMatchObject({ code: "streams.unavailable" });
    expect((await log.topics())[0]?.partitions[0]).not.toHaveProperty("leader");
    log.faults.leaderless("t", 0, false);
    log.faults.before("fetch", 2, () => void log.deleteTopic("t"));
    expect(await fetch()).toMatchObject([{ status: "ok" }]);
    expect(await fetch()).toMatchObject([{ status: "unknown" }]);
  });
});

describe("the log in memory: snapshots", () => {
  test("a snapshot holds everything; transactions that were open are aborted when it is read", async () => {
    const { log, clock } = await logWith("t", { "cleanup.policy": "compact" }, 2);
    log.produce("t", 1, [{ key: "a", value: "1" }], { codec: "gzip" });
    const lost = log.transaction("p");
    lost.produce("t", 0, [{ key: "a", value: "aborted" }]);
    lost.abort();
    const open = log.transaction("p");
    open.produce("t", 0, [{ key: "a", value: "open" }]);
    log.commitGroup("g", [{ topic: "t", partition: 1, offset: 1, metadata: "m" }]);
    await log.setQuotas([{ entity: { user: null }, values: { request_percentage: 5 } }]);
    const other = memoryStreams({ now: clock.now, cluster: { id: "another" } });
    other.restore(log.snapshot());
    expect(await other.topics()).toEqual(await log.topics());
    expect(await other.groups()).toEqual(await log.groups());
    expect(await other.quotas()).toEqual(await log.quotas());
    expect((await other.cluster()).id).toBe("memory");
    expect(await offsetsOf(other, "t", 0)).toMatchObject({ stable: 4, end: 4 });
    expect(await readCommitted(other, "t")).toEqual([]);
    expect(await readCommitted(other, "t", { partition: 1 })).toEqual(await readCommitted(log, "t", { partition: 1 }));
    const next = other.transaction("p");
    next.produce("t", 0, [{ key: "a", value: "goes on" }]);
    next.commit();
    expect((await readCommitted(other, "t")).map(({ value }) => value)).toEqual(["goes on"]);
  });

  test("text that is no snapshot changes nothing", async () => {
    const { log } = await logWith("t");
    for (const text of ["", "{}", "[]", '{"v":2}']) expect(() => log.restore(text)).toThrow();
    expect(await log.topics()).toHaveLength(1);
  });
});

test("law: whatever producers, aborts, retention, compaction and skips do, a reader of fetches gets what was committed, at any fetch size", async () => {
  const step = record({
    what: constantFrom("plain", "begin", "more", "commit", "abort", "compact", "cut", "skip", "expire"),
    producer: integer({ min: 0, max: 2 }),
    key: integer({ min: 0, max: 4 }),
    count: integer({ min: 1, max: 4 }),
    codec: constantFrom("none" as const, "gzip" as const, "zstd" as const),
  });
  await assert(
    asyncProperty(array(step, { maxLength: 40 }), integer({ min: 1, max: 600 }), async (steps, maxBytes) => {
      const { log, clock } = await logWith("t", { "cleanup.policy": "compact,delete" });
      const open = new Map<number, MemoryTransaction>();
      for (const { what, producer, key, count, codec } of steps) {
        clock.advance(100);
        const records = Array.from({ length: count }, (_, at) => ({
          key: `k${key + at}`,
          value: at === 3 ? null : `${at}`,
        }));
        const one = open.get(producer);
        if (what === "plain") log.produce("t", 0, records, { codec });
        else if (what === "begin" && !one) open.set(producer, log.transaction(`${producer}`));
        else if (what === "more") one?.produce("t", 0, records, { codec });
        else if (what === "commit") one?.commit();
        else if (what === "abort") one?.abort();
        else if (what === "compact") log.compact("t");
        else if (what === "skip") await log.skip([{ topic: "t", partition: 0, count }]);
        else if (what === "expire") log.expire("t", clock.now() - count * 500);
        else if (what === "cut") {
          const { logStart, stable } = await offsetsOf(log, "t");
          await log.deleteRecords([{ topic: "t", partition: 0, offset: Math.min(stable, logStart + count) }]);
        }
        if (what === "commit" || what === "abort") open.delete(producer);
      }
      expect(await readCommitted(log, "t", { maxBytes })).toEqual(await memoryDriver(log).consume("t", 0));
    }),
    { numRuns: 150 },
  );
});
