import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMITS } from "../../functions/cost/commit-log.ts";
import { lookAtKafka } from "../../functions/cost/observe-kafka.ts";
import type { LastLook } from "../../shared/core/cost/observe/look.ts";
import { hourOf } from "../../shared/core/cost/observe/segments.ts";
import type { GroupUsage } from "../../shared/core/cost/usage.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { eventually, newTopic } from "../contract/streams-kit.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { type KafkaClients, kafkaClients } from "./kafka-driver.ts";

const skipped = missingKafka();
let cluster: KafkaCluster;
let streams: Streams;
let clients: KafkaClients;

beforeAll(async () => {
  if (skipped !== undefined) return;
  cluster = await startKafka({ config: { "offsets.topic.num.partitions": "4" } });
  clients = await kafkaClients(cluster.brokers);
  streams = kafkaStreams({ name: "peer", brokers: async () => cluster.brokers.map(brokerPlace) });
});
afterAll(async () => {
  await streams?.close();
  await clients?.close();
  await cluster?.stop();
});

const groupOf = (look: LastLook, name: string): GroupUsage | undefined =>
  look.hours.flatMap(({ groups }) => groups.filter(({ group }) => group === name)).at(-1);

/** A look that is inside of the hour the records were written in, so that what it says stands in one hour. */
async function inOneHour(): Promise<void> {
  const left = hourOf(Date.now()) + HOUR_MS - Date.now();
  if (left < 20_000) await new Promise((resolve) => setTimeout(resolve, left + 1_000));
}

test.skipIf(skipped !== undefined)(
  `ages at positions of a real broker are those of the records, packed and past aborted transactions, and a replay between two looks is seen${skipped === undefined ? "" : ` [skipped: ${skipped}]`}`,
  async () => {
    await inOneHour();
    const orders = await newTopic(streams, "orders", { partitions: 2 });
    const began = Date.now();
    const old = (minutes: number) => began - minutes * MINUTE_MS;
    const many = (count: number, minutes: number) =>
      Array.from({ length: count }, (_, at) => ({ value: `${"v".repeat(50)}${at}`, timestamp: old(minutes) - at }));
    for (const [at, codec] of ["none", "gzip", "snappy", "lz4", "zstd"].entries())
      await clients.produce(orders, 0, many(10, 300 - at * 50), codec);
    const transaction = await clients.begin("p");
    await transaction.produce(orders, 1, many(5, 900));
    await transaction.abort();
    await clients.produce(orders, 1, many(5, 40));

    const commit = async (group: string, partition: number, offset: number) => {
      expect(await streams.setGroupOffsets(group, [{ topic: orders, partition, offset }])).toEqual({
        status: "done",
      });
    };
    // Places within batches of every codec, at the aborted transaction, and at the end.
    for (let codec = 0; codec < 5; codec += 1) await commit(`at-${codec}`, 0, codec * 10 + 5);
    await commit("aborted", 1, 0);
    await commit("done", 0, 50);
    await eventually(async () => (await streams.topics()).some(({ name }) => name === COMMITS), "the log of commits");
    const first = await lookAtKafka(streams, "peer", undefined, Date.now());
    const now = first.look.at;
    for (let codec = 0; codec < 5; codec += 1)
      expect(groupOf(first.look, `at-${codec}`)).toMatchObject({ maxTimeLagMs: now - (old(300 - codec * 50) - 5) });
    expect(groupOf(first.look, "aborted")).toMatchObject({ maxTimeLagMs: now - old(40) });
    expect(groupOf(first.look, "done")).toMatchObject({ maxTimeLagMs: 0 });
    expect(first.look.commits).toHaveLength(4);

    // Back and forward again between two looks: 20 is in the snappy batch, 200 minutes old.
    await commit("done", 0, 20);
    const back = Date.now();
    await commit("done", 0, 50);
    await clients.produce(orders, 1, many(7, 0));
    await commit("aborted", 1, 11);
    const second = await lookAtKafka(streams, "peer", first.look, Date.now());
    const done = groupOf(second.look, "done");
    expect(done).toMatchObject({ maxTimeLagMs: 0, fetchedRecords: 30, live: true });
    expect(Math.abs((done?.replayAgeMs ?? 0) - (back - old(200)))).toBeLessThan(10_000);
    expect(groupOf(second.look, "aborted")).toMatchObject({ fetchedRecords: 11 });
    expect(groupOf(second.look, "aborted")?.replayAgeMs).toBeUndefined();

    const topic = second.look.hours.at(-1)?.topics.find((one) => one.topic === orders);
    const dirs = (await streams.logDirs()).filter((one) => one.topic === orders);
    expect(topic).toMatchObject({ inRecords: 7, storedBytes: dirs.reduce((sum, { bytes }) => sum + bytes, 0) });
    expect(topic?.oldestAgeMs).toBe(second.look.at - old(300));
    expect(second.look.hours.at(-1)?.missing).toEqual([]);
  },
  120_000,
);
