import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { committed } from "../../shared/core/backup/batch/committed.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { eventually, newTopic, offsetsOf, readCommitted, textOf } from "../contract/streams-kit.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { type KafkaClients, kafkaClients } from "./kafka-driver.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;

const streamsOf = ({ brokers }: KafkaCluster): Streams =>
  kafkaStreams({ name: "peer", brokers: async () => brokers.map(brokerPlace), patienceMs: 30_000 });

/** A batch of records that count on from a number. */
const numbers = (from: number, count: number, size = 100): Uint8Array =>
  encodeBatch(
    Array.from({ length: count }, (_, index) => ({
      timestamp: Date.now(),
      key: Buffer.from(String(from + index)),
      value: Buffer.alloc(size, from + index),
    })),
  );

/** Numbers of a partition from a place on, read like a backup does, until `to`. */
async function readNumbers(
  streams: Streams,
  topic: string,
  partition: number,
  to: number,
  each?: (next: number) => Promise<void>,
) {
  const found: number[] = [];
  for (let next = 0; next < to; ) {
    const [fetched] = await streams.fetch([{ topic, partition, offset: next, maxBytes: 50_000 }], { waitMs: 100 });
    if (fetched?.status !== "ok") throw new Error(JSON.stringify(fetched));
    const read = committed(fetched.records, fetched.aborted, next, fetched.stable);
    for (const { batch } of read.batches)
      for (const { key, offset } of decodeRecords(batch)) if (offset >= next) found.push(Number(textOf(key)));
    next = read.next;
    await each?.(next);
  }
  return found;
}

describe.skipIf(skipped !== undefined)(`a broker that dies${title}`, () => {
  let cluster: KafkaCluster;
  let streams: Streams;
  let clients: KafkaClients;
  beforeAll(async () => {
    // Small segments, and a cleaner that does not wait.
    cluster = await startKafka({ config: { "log.cleaner.min.cleanable.ratio": "0.01" } });
    streams = streamsOf(cluster);
    clients = await kafkaClients(cluster.brokers);
  });
  afterAll(async () => {
    await clients?.close();
    await streams?.close();
    await cluster?.stop();
  });

  test("a read goes on where it was after kill -9 and a restart: nothing is missing, nothing comes twice", async () => {
    const topic = await newTopic(streams, "killed");
    for (let at = 0; at < 5_000; at += 500)
      expect(await streams.append([{ topic, partition: 0, records: numbers(at, 500) }])).toMatchObject([
        { status: "done" },
      ]);
    let killed: Promise<void> | undefined;
    const found = await readNumbers(streams, topic, 0, 5_000, async (next) => {
      if (next < 2_000 || killed) return;
      await cluster.kill();
      killed = cluster.restart();
    });
    await killed;
    expect(found).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
  });

  test("a broker that does not come back is told within the patience of the client, as something that may pass", async () => {
    const topic = await newTopic(streams, "lost");
    const hasty = kafkaStreams({
      name: "peer",
      brokers: async () => cluster.brokers.map(brokerPlace),
      patienceMs: 500,
    });
    await hasty.offsets([{ topic, partition: 0 }]);
    await cluster.kill();
    const began = performance.now();
    try {
      const [fetched] = await hasty
        .fetch([{ topic, partition: 0, offset: 0, maxBytes: 1_000 }], { waitMs: 50 })
        .catch((error: unknown) => [error as { retryable: boolean }]);
      expect(fetched).toMatchObject({ retryable: true });
      await expect(hasty.topics()).rejects.toMatchObject({ code: "streams.unavailable", retryable: true });
      const [written] = await hasty
        .append([{ topic, partition: 0, records: numbers(0, 1) }])
        .catch((error: unknown) => [error as { retryable: boolean }]);
      expect(written).toMatchObject({ retryable: true });
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      await hasty.close();
      await cluster.restart();
    }
    expect(await offsetsOf(streams, topic)).toMatchObject({ end: 0 });
  });

  test("what the cleaner left of a compacted topic is read as a consumer reads it, holes and all", async () => {
    const topic = await newTopic(streams, "compacted", {
      configs: [
        { name: "cleanup.policy", value: "compact" },
        { name: "segment.ms", value: "100" },
        { name: "min.cleanable.dirty.ratio", value: "0.01" },
        { name: "delete.retention.ms", value: "100" },
      ],
    });
    for (let round = 0; round < 5; round += 1) {
      const records = Array.from({ length: 20 }, (_, index) => ({
        key: `key-${index % 7}`,
        value: round === 3 && index === 13 ? null : `${round}-${index}`,
      }));
      await clients.produce(topic, 0, records);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    const { end } = await offsetsOf(streams, topic);
    await eventually(async () => {
      // The segment that is written to is not cleaned.
      await clients.produce(topic, 0, [{ key: "tick", value: "tick" }]);
      return (await clients.consume(topic, 0)).filter(({ offset }) => offset < end).length <= 20;
    }, "the cleaner has run");
    const kept = await clients.consume(topic, 0);
    expect(kept.length).toBeLessThan(60);
    expect(await readCommitted(streams, topic, { maxBytes: 300 })).toEqual(kept);
  });

  test("a hole that retention made is told as out of range, with where the log begins now", async () => {
    const topic = await newTopic(streams, "retained");
    await streams.append([{ topic, partition: 0, records: numbers(0, 10) }]);
    await streams.deleteRecords([{ topic, partition: 0, offset: 7 }]);
    expect(await streams.fetch([{ topic, partition: 0, offset: 3, maxBytes: 1_000 }], { waitMs: 50 })).toEqual([
      { topic, partition: 0, status: "out_of_range", logStart: 7, end: 10 },
    ]);
  });

  test("groups of the new protocol are told with their members' state and positions", async () => {
    const topic = await newTopic(streams, "joined-848");
    const group = `${topic}-group`;
    const leave = await clients.join(group, topic, "consumer");
    await eventually(async () => (await streams.groups([group]))[0]?.state === "Stable", "the group is stable");
    await leave();
    await eventually(async () => (await streams.groups([group]))[0]?.state === "Empty", "the group is empty");
    expect(await streams.setGroupOffsets(group, [{ topic, partition: 0, offset: 0 }])).toEqual({ status: "done" });
    expect(await streams.groups([group])).toMatchObject([
      { id: group, state: "Empty", protocolType: "consumer", offsets: [{ topic, partition: 0, offset: 0 }] },
    ]);
  });

  test("ten thousand offsets are skipped in a second or so, and the end moves by exactly that many", async () => {
    const topic = await newTopic(streams, "skipped", { partitions: 3 });
    await streams.append([{ topic, partition: 1, records: numbers(0, 1) }]);
    const parts = [7_000, 3_000, 1].map((count, partition) => ({ topic, partition, count }));
    expect(await streams.skip(parts)).toEqual([
      { topic, partition: 0, status: "done", end: 7_000 },
      { topic, partition: 1, status: "done", end: 3_001 },
      { topic, partition: 2, status: "done", end: 1 },
    ]);
    expect(await streams.offsets(parts)).toMatchObject([
      { stable: 7_000, end: 7_000 },
      { stable: 3_001, end: 3_001 },
      { stable: 1, end: 1 },
    ]);
    expect(await clients.consume(topic, 0)).toEqual([]);
    expect((await clients.consume(topic, 1)).map(({ offset }) => offset)).toEqual([0]);
  });
});

describe.skipIf(skipped !== undefined)(`three brokers${title}`, () => {
  let cluster: KafkaCluster;
  let streams: Streams;
  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3, heapMb: 256 });
    streams = streamsOf(cluster);
  });
  afterAll(async () => {
    await streams?.close();
    await cluster?.stop();
  });

  test("reads and appends go on at the new leaders when one of them is killed, and after it came back", async () => {
    const topic = `moved-${Date.now()}`;
    const made = await streams.createTopic({ name: topic, partitions: 6, replicationFactor: 3, configs: [] });
    expect(made).toEqual({ status: "done" });
    const everywhere = (from: number) =>
      streams.append(Array.from({ length: 6 }, (_, partition) => ({ topic, partition, records: numbers(from, 100) })));
    expect((await everywhere(0)).map(({ status }) => status)).toEqual(Array(6).fill("done"));
    await cluster.kill(2);
    expect((await everywhere(100)).every(({ status }) => status !== "refused")).toBe(true);
    const ends = await streams.offsets(Array.from({ length: 6 }, (_, partition) => ({ topic, partition })));
    // A lost answer leaves open whether the batch is there, and the end of the log tells.
    for (const { partition, end } of ends)
      if (end === 100)
        expect(await streams.append([{ topic, partition, records: numbers(100, 100) }])).toMatchObject([
          { status: "done" },
        ]);
    await cluster.restart(2);
    expect(await streams.skip([{ topic, partition: 0, count: 5 }])).toMatchObject([{ status: "done", end: 205 }]);
    for (let partition = 0; partition < 6; partition += 1)
      expect(await readNumbers(streams, topic, partition, 200)).toEqual(
        Array.from({ length: 200 }, (_, index) => index),
      );
    const info = (await streams.topics()).find(({ name }) => name === topic);
    expect(info?.partitions.every(({ leader }) => leader !== undefined)).toBe(true);
  });

  test("a replication factor of more than there are brokers is refused in the broker's words", async () => {
    const answer = await streams.createTopic({ name: "wide", partitions: 1, replicationFactor: 4, configs: [] });
    expect(answer).toMatchObject({ status: "refused", why: expect.stringContaining("4") });
  });
});
