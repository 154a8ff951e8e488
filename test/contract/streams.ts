import { afterAll, beforeAll, describe, expect } from "vitest";
import { controlBatch } from "../../shared/core/backup/batch/control.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import { forAppend } from "../../shared/core/backup/batch/rebuild.ts";
import { sealBatch } from "../../shared/core/backup/batch/walk.ts";
import type { NewTopic } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";
import { guarantees, type Skips } from "./guarantee.ts";
import {
  batchesOf,
  batchOf,
  bytesOf,
  eventually,
  fetchOne,
  led,
  newTopic,
  offsetsOf,
  readCommitted,
  recordsIn,
  type StreamsDriver,
  type StreamsHarness,
  settled,
  unique,
} from "./streams-kit.ts";

const values = (records: readonly { readonly value: string | null }[]) => records.map(({ value }) => value);
const HOUR_MS = 3_600_000;

/** Everything the Streams port promises, over one adapter and whoever else writes to its cluster. Each guarantee uses names of its own. */
export function streamsContract(name: string, make: () => Promise<StreamsHarness>, skips?: Skips): void {
  describe(`Streams: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: StreamsHarness;
    let streams: Streams;
    let driver: StreamsDriver;
    beforeAll(async () => {
      harness = await make();
      ({ streams, driver } = harness);
    }, 120_000);
    afterAll(async () => harness?.close());

    guarantee("a cluster has an id, brokers with addresses, and the same id when asked again", async () => {
      const cluster = await streams.cluster();
      expect(cluster.id).not.toBe("");
      expect(cluster.brokers.length).toBeGreaterThan(0);
      for (const { host, port } of cluster.brokers) expect(`${host}:${port}`).toMatch(/^.+:\d+$/);
      expect((await streams.cluster()).id).toBe(cluster.id);
    });

    guarantee("a new topic is listed with its partitions, leaders, replicas and an id of 22 characters", async () => {
      const topic = await newTopic(streams, "listed", { partitions: 3 });
      const found = (await streams.topics()).find((one) => one.name === topic);
      expect(found).toMatchObject({ name: topic, internal: false });
      expect(found?.id).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(found?.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
      const brokers = (await streams.cluster()).brokers.map(({ id }) => id);
      for (const { leader, replicas, inSync } of found?.partitions ?? []) {
        expect(brokers).toContain(leader);
        expect(replicas).toEqual([leader]);
        expect(inSync).toEqual([leader]);
      }
    });

    guarantee("topics are listed by name", async () => {
      await newTopic(streams, "b-sorted");
      await newTopic(streams, "a-sorted");
      const names = (await streams.topics()).map((one) => one.name);
      expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(new Set(names).size).toBe(names.length);
    });

    guarantee("a topic made a second time answers exists and stays as it was", async () => {
      const topic = await newTopic(streams, "twice", { partitions: 2 });
      const again: NewTopic = { name: topic, partitions: 5, replicationFactor: 1, configs: [] };
      expect(await streams.createTopic(again)).toEqual({ status: "exists" });
      expect((await streams.topics()).find((one) => one.name === topic)?.partitions).toHaveLength(2);
    });

    guarantee(
      "a replication factor above the number of brokers is refused, with the reason, and nothing is made",
      async () => {
        const { brokers } = await streams.cluster();
        const topic = unique("factor");
        const answer = await streams.createTopic({
          name: topic,
          partitions: 1,
          replicationFactor: brokers.length + 1,
          configs: [],
        });
        expect(answer.status).toBe("refused");
        expect(answer.status === "refused" && answer.why).toMatch(/replication factor/i);
        expect((await streams.topics()).map((one) => one.name)).not.toContain(topic);
      },
    );

    const wrong: readonly (readonly [string, Partial<NewTopic>])[] = [
      ["an illegal name", { name: "no spaces" }],
      ["no partitions", { partitions: 0 }],
      ["an unknown setting", { configs: [{ name: "no.such.setting", value: "1" }] }],
      ["a value that cannot be", { configs: [{ name: "retention.ms", value: "soon" }] }],
    ];
    for (const [what, part] of wrong)
      guarantee(`a topic with ${what} is refused, with a reason`, async () => {
        const topic = { name: unique("wrong"), partitions: 1, replicationFactor: 1, configs: [], ...part };
        const answer = await streams.createTopic(topic);
        expect(answer.status).toBe("refused");
        expect(answer.status === "refused" && answer.why.length).toBeGreaterThan(5);
        expect((await streams.topics()).map((one) => one.name)).not.toContain(topic.name);
      });

    guarantee("a topic whose name differs from another's by dot and underscore only is refused", async () => {
      const topic = await newTopic(streams, "dot.ted");
      const answer = await streams.createTopic({
        name: topic.replace(".", "_"),
        partitions: 1,
        replicationFactor: 1,
        configs: [],
      });
      expect(answer.status).toBe("refused");
    });

    guarantee(
      "every setting that holds is told, its own ones as such, and a dry run says what would be refused and sets nothing",
      async () => {
        const topic = await newTopic(streams, "held", { configs: [{ name: "retention.ms", value: "86400000" }] });
        const held = async () => (await streams.heldConfigs([topic, unique("nobody")])).get(topic) ?? [];
        const of = (all: Awaited<ReturnType<typeof held>>, name: string) => all.find((one) => one.name === name);
        const first = await eventually(async () => {
          const all = await held();
          return of(all, "retention.ms")?.own === true && all;
        }, "its own setting is told");
        expect(of(first, "retention.ms")).toEqual({ name: "retention.ms", value: "86400000", own: true });
        expect(of(first, "cleanup.policy")).toEqual({ name: "cleanup.policy", value: "delete", own: false });
        expect(of(first, "segment.bytes")).toMatchObject({ own: false, value: expect.stringMatching(/^\d+$/) });
        expect(first.map(({ name }) => name)).toEqual(first.map(({ name }) => name).toSorted());
        expect([...(await streams.heldConfigs([unique("nobody")])).keys()]).toEqual([]);
        const dry = { dryRun: true };
        expect(await streams.setTopicConfigs(topic, [{ name: "retention.ms", value: "3600000" }], dry)).toEqual({
          status: "done",
        });
        expect((await streams.setTopicConfigs(topic, [{ name: "retention.ms", value: "soon" }], dry)).status).toBe(
          "refused",
        );
        expect((await streams.topicConfigs([topic])).get(topic)).toEqual([{ name: "retention.ms", value: "86400000" }]);
      },
    );

    guarantee(
      "the bytes of each replica are told with topic, partition and broker, and grow with what is written",
      async () => {
        const topic = await newTopic(streams, "on-disk", { partitions: 2 });
        const mine = async () => (await streams.logDirs()).filter((one) => one.topic === topic && one.future !== true);
        await driver.produce(topic, 1, [{ value: "x".repeat(5_000) }]);
        const found = await eventually(async () => {
          const all = await mine();
          return all.length === 2 && all.some(({ partition, bytes }) => partition === 1 && bytes > 5_000) && all;
        }, "both partitions are on a disk, and one has grown");
        expect(found.map(({ partition }) => partition)).toEqual([0, 1]);
        expect(found[0]?.bytes).toBe(0);
        const brokers = (await streams.cluster()).brokers.map(({ id }) => id);
        for (const { broker } of found) expect(brokers).toContain(broker);
      },
    );

    guarantee("a deleted topic is gone, and deleting it again is done", async () => {
      const topic = await newTopic(streams, "deleted");
      expect(await streams.deleteTopic(topic)).toEqual({ status: "done" });
      await eventually(
        async () => !(await streams.topics()).some((one) => one.name === topic),
        "the topic is not listed any more",
      );
      expect(await streams.deleteTopic(topic)).toEqual({ status: "done" });
      expect(await streams.offsets([{ topic, partition: 0 }])).toEqual([]);
    });

    guarantee("a topic that was deleted and made again is another one: another id, offsets from 0", async () => {
      const topic = await newTopic(streams, "again");
      await driver.produce(topic, 0, [{ value: "old" }]);
      const before = (await streams.topics()).find((one) => one.name === topic);
      await streams.deleteTopic(topic);
      await eventually(
        async () =>
          (await streams.createTopic({ name: topic, partitions: 1, replicationFactor: 1, configs: [] })).status ===
          "done",
        "it can be made again",
      );
      const after = await led(streams, topic, 1);
      expect(after.id).not.toBe(before?.id);
      expect(await offsetsOf(streams, topic)).toMatchObject({ logStart: 0, stable: 0, end: 0 });
    });

    guarantee("partitions are added and never taken away", async () => {
      const topic = await newTopic(streams, "grown");
      expect(await streams.addPartitions(topic, 3)).toEqual({ status: "done" });
      await led(streams, topic, 3);
      expect((await streams.addPartitions(topic, 3)).status).toMatch(/^(done|exists)$/);
      expect((await streams.addPartitions(topic, 2)).status).toBe("refused");
      expect((await streams.addPartitions(unique("nobody"), 2)).status).toBe("refused");
      await driver.produce(topic, 2, [{ value: "in the new one" }]);
      expect(await offsetsOf(streams, topic, 2)).toMatchObject({ end: 1 });
    });

    guarantee("the settings of a topic are told by name, and only those that were given", async () => {
      const topic = await newTopic(streams, "settings", {
        configs: [
          { name: "retention.ms", value: "123456789" },
          { name: "cleanup.policy", value: "compact" },
        ],
      });
      const plain = await newTopic(streams, "plain");
      const told = await streams.topicConfigs([topic, plain, unique("nobody")]);
      expect([...told.keys()].sort()).toEqual([topic, plain].sort());
      expect(told.get(topic)).toEqual([
        { name: "cleanup.policy", value: "compact" },
        { name: "retention.ms", value: "123456789" },
      ]);
      expect(told.get(plain)).toEqual([]);
    });

    guarantee("a setting is set, changed and taken away, and the others stay", async () => {
      const topic = await newTopic(streams, "changed", { configs: [{ name: "max.message.bytes", value: "2000" }] });
      const now = async () => (await streams.topicConfigs([topic])).get(topic);
      expect(
        await streams.setTopicConfigs(topic, [
          { name: "retention.ms", value: "-1" },
          { name: "max.message.bytes", value: "3000" },
        ]),
      ).toEqual({ status: "done" });
      const both = [
        { name: "max.message.bytes", value: "3000" },
        { name: "retention.ms", value: "-1" },
      ];
      await eventually(async () => (await now())?.length === 2, "both are told");
      expect(await now()).toEqual(both);
      expect(await streams.setTopicConfigs(topic, [{ name: "retention.ms", value: undefined }])).toEqual({
        status: "done",
      });
      await eventually(async () => (await now())?.length === 1, "one is gone");
      expect(await now()).toEqual(both.slice(0, 1));
    });

    guarantee(
      "a setting that is unknown, cannot be or belongs to no topic is refused, and nothing changes",
      async () => {
        const topic = await newTopic(streams, "unchanged");
        const given = { name: "retention.ms", value: "5000" };
        for (const bad of [
          { name: "no.such.setting", value: "1" },
          { name: "cleanup.policy", value: "sometimes" },
        ])
          expect((await streams.setTopicConfigs(topic, [given, bad])).status).toBe("refused");
        expect((await streams.setTopicConfigs(unique("nobody"), [given])).status).toBe("refused");
        expect((await streams.topicConfigs([topic])).get(topic)).toEqual([]);
      },
    );

    guarantee("an empty partition begins and ends at 0, and partitions that are not there are absent", async () => {
      const topic = await newTopic(streams, "empty");
      const found = await streams.offsets([
        { topic, partition: 0 },
        { topic, partition: 7 },
        { topic: unique("nobody"), partition: 0 },
      ]);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ topic, partition: 0, logStart: 0, stable: 0, end: 0 });
    });

    guarantee("offsets of many partitions come in one answer, each its own", async () => {
      const topic = await newTopic(streams, "many", { partitions: 4 });
      for (const partition of [1, 3])
        await driver.produce(
          topic,
          partition,
          Array.from({ length: partition }, (_, at) => ({ value: `${at}` })),
        );
      const found = await streams.offsets([0, 1, 2, 3].map((partition) => ({ topic, partition })));
      const ends = new Map(found.map(({ partition, end }) => [partition, end]));
      expect([0, 1, 2, 3].map((partition) => ends.get(partition))).toEqual([0, 1, 0, 3]);
      for (const { bytes } of found) expect(bytes ?? 0).toBeGreaterThanOrEqual(0);
    });

    guarantee("an open transaction holds the stable offset back, its end lets it go", async () => {
      const topic = await newTopic(streams, "held");
      await driver.produce(topic, 0, [{ value: "before" }]);
      const one = await driver.begin(unique("producer"));
      await one.produce(topic, 0, [{ value: "a" }, { value: "b" }]);
      await driver.produce(topic, 0, [{ value: "after" }]);
      expect(await offsetsOf(streams, topic)).toMatchObject({ stable: 1, end: 4 });
      await one.commit();
      expect(await settled(streams, topic, 5)).toMatchObject({ logStart: 0 });
    });

    guarantee("of several open transactions the first one is the horizon, whatever ends first", async () => {
      const topic = await newTopic(streams, "horizon");
      const first = await driver.begin(unique("first"));
      const second = await driver.begin(unique("second"));
      await first.produce(topic, 0, [{ value: "1" }]);
      await second.produce(topic, 0, [{ value: "2" }]);
      await second.commit();
      await eventually(async () => (await offsetsOf(streams, topic)).end === 3, "the marker is written");
      expect((await offsetsOf(streams, topic)).stable).toBe(0);
      await first.abort();
      await settled(streams, topic, 4);
      expect(values(await readCommitted(streams, topic))).toEqual(["2"]);
    });

    guarantee(
      "the first offset at a time is found, also where timestamps go backwards; behind the last there is none",
      async () => {
        const topic = await newTopic(streams, "times", { partitions: 2 });
        const base = Date.now() - HOUR_MS;
        await driver.produce(topic, 0, [
          { value: "0", timestamp: base },
          { value: "1", timestamp: base + 5000 },
          { value: "2", timestamp: base + 1000 },
        ]);
        await driver.produce(topic, 0, [{ value: "3", timestamp: base + 9000 }]);
        const at = async (time: number) =>
          (
            await streams.offsetsAt(
              [0, 1].map((partition) => ({ topic, partition })),
              time,
            )
          ).map(({ partition, offset }) => `${partition}:${offset}`);
        expect(await at(base - 1)).toEqual(["0:0"]);
        expect(await at(base)).toEqual(["0:0"]);
        expect(await at(base + 1)).toEqual(["0:1"]);
        expect(await at(base + 5001)).toEqual(["0:3"]);
        expect(await at(base + 9001)).toEqual([]);
      },
    );

    guarantee(
      "what was produced is fetched: keys, values, headers and timestamps, null, empty and out of order",
      async () => {
        const topic = await newTopic(streams, "fetched");
        const at = Date.now() - HOUR_MS;
        await driver.produce(topic, 0, [
          {
            key: "k",
            value: "v",
            timestamp: at,
            headers: [
              ["h", "1"],
              ["h", "2"],
              ["n", null],
              ["e", ""],
            ],
          },
          { key: null, value: "no key", timestamp: at - 60_000 },
          { key: "no value", value: null, timestamp: at + 60_000 },
          { key: "", value: "", timestamp: at },
        ]);
        const { records, aborted, ...rest } = await fetchOne(streams, topic, 0);
        expect(rest).toEqual({ topic, partition: 0, status: "ok", logStart: 0, stable: 4, end: 4 });
        expect(aborted).toEqual([]);
        const none = { headers: [] };
        expect(await recordsIn(batchesOf({ records }), { topic, partition: 0 })).toEqual([
          {
            offset: 0,
            timestamp: at,
            key: "k",
            value: "v",
            headers: [
              ["h", "1"],
              ["h", "2"],
              ["n", null],
              ["e", ""],
            ],
          },
          { offset: 1, timestamp: at - 60_000, key: null, value: "no key", ...none },
          { offset: 2, timestamp: at + 60_000, key: "no value", value: null, ...none },
          { offset: 3, timestamp: at, key: "", value: "", ...none },
        ]);
      },
    );

    guarantee("a fetch in the middle of a batch gives the whole batch", async () => {
      const topic = await newTopic(streams, "middle");
      await driver.produce(topic, 0, [{ value: "0" }, { value: "1" }, { value: "2" }]);
      await driver.produce(topic, 0, [{ value: "3" }]);
      const [first] = batchesOf(await fetchOne(streams, topic, 1));
      expect(first?.header).toMatchObject({ baseOffset: 0, lastOffset: 2 });
      expect(batchesOf(await fetchOne(streams, topic, 3))[0]?.header.baseOffset).toBe(3);
    });

    guarantee(
      "a fetch at the end is answered with nothing, one past it or before the log's start is out of range",
      async () => {
        const topic = await newTopic(streams, "range");
        await driver.produce(topic, 0, [{ value: "0" }, { value: "1" }]);
        const there = await fetchOne(streams, topic, 2);
        expect(there.records).toHaveLength(0);
        expect(there).toMatchObject({ logStart: 0, stable: 2, end: 2 });
        const past = await streams.fetch([{ topic, partition: 0, offset: 3, maxBytes: 1000 }], { waitMs: 50 });
        expect(past).toEqual([{ topic, partition: 0, status: "out_of_range", logStart: 0, end: 2 }]);
        expect(await streams.deleteRecords([{ topic, partition: 0, offset: 1 }])).toEqual({ status: "done" });
        const before = await streams.fetch([{ topic, partition: 0, offset: 0, maxBytes: 1000 }], { waitMs: 50 });
        expect(before).toEqual([{ topic, partition: 0, status: "out_of_range", logStart: 1, end: 2 }]);
      },
    );

    guarantee(
      "each request of a fetch has its own answer in their order, and what is not there does not disturb the rest",
      async () => {
        const topic = await newTopic(streams, "ordered", { partitions: 2 });
        await driver.produce(topic, 1, [{ value: "here" }]);
        const nobody = unique("nobody");
        const found = await streams.fetch(
          [
            { topic: nobody, partition: 0, offset: 0, maxBytes: 1000 },
            { topic, partition: 1, offset: 0, maxBytes: 1000 },
            { topic, partition: 9, offset: 0, maxBytes: 1000 },
            { topic, partition: 0, offset: 0, maxBytes: 1000 },
          ],
          { waitMs: 50 },
        );
        expect(found.map((one) => `${one.topic === topic}/${one.partition} ${one.status}`)).toEqual([
          "false/0 unknown",
          "true/1 ok",
          "true/9 unknown",
          "true/0 ok",
        ]);
        const [, here] = found;
        expect(here?.status === "ok" && values(await recordsIn(batchesOf(here), here))).toEqual(["here"]);
      },
    );

    guarantee("a fetch gives at least one whole batch, and only whole ones within its limit", async () => {
      const topic = await newTopic(streams, "limit");
      for (let at = 0; at < 6; at++) await driver.produce(topic, 0, [{ value: `${at}`.padEnd(1000, "x") }]);
      const one = batchesOf(await fetchOne(streams, topic, 0, 1));
      expect(one.map(({ header }) => header.baseOffset)).toEqual([0]);
      const some = await fetchOne(streams, topic, 0, 3500);
      expect(some.records.length).toBeLessThanOrEqual(3500);
      expect(batchesOf(some).map(({ header }) => header.baseOffset)).toEqual([0, 1, 2]);
      expect(values(await readCommitted(streams, topic, { maxBytes: 1 }))).toHaveLength(6);
    });

    guarantee("packed batches are given as they are, and unpack to what was produced", async () => {
      const topic = await newTopic(streams, "packed");
      const long = "abc".repeat(400);
      const codecs = ["none", "gzip", "zstd", ...driver.codecs];
      for (const codec of codecs) await driver.produce(topic, 0, [{ key: codec, value: long }], codec);
      const batches = batchesOf(await fetchOne(streams, topic, 0));
      expect(batches.map(({ header }) => header.codec)).toEqual(codecs);
      for (const { bytes } of batches.slice(1)) expect(bytes.length).toBeLessThan(1000);
      const seen = await recordsIn(batches, { topic, partition: 0 });
      expect(seen.map(({ key, value }) => [key, value])).toEqual(codecs.map((codec) => [codec, long]));
    });

    guarantee("where the topic stamps records itself, batches say so and have the broker's time", async () => {
      const topic = await newTopic(streams, "stamped", {
        configs: [{ name: "message.timestamp.type", value: "LogAppendTime" }],
      });
      const before = Date.now();
      await driver.produce(topic, 0, [
        { value: "a", timestamp: 1000 },
        { value: "b", timestamp: 2000 },
      ]);
      const batches = batchesOf(await fetchOne(streams, topic, 0));
      expect(batches[0]?.header.timestampType).toBe("append");
      const times = (await recordsIn(batches, { topic, partition: 0 })).map(({ timestamp }) => timestamp);
      expect(times[0]).toBe(times[1]);
      expect(times[0]).toBeGreaterThanOrEqual(before - 60_000);
    });

    guarantee(
      "an aborted transaction is named with its producer and first offset, and a reader leaves it out",
      async () => {
        const topic = await newTopic(streams, "aborted");
        await driver.produce(topic, 0, [{ value: "kept" }]);
        const one = await driver.begin(unique("producer"));
        await one.produce(topic, 0, [{ value: "lost" }]);
        await one.abort();
        await settled(streams, topic, 3);
        const fetched = await fetchOne(streams, topic, 0);
        const batches = batchesOf(fetched);
        expect(batches.map(({ header }) => [header.transactional, header.control])).toEqual([
          [false, false],
          [true, false],
          [true, true],
        ]);
        expect(fetched.aborted).toEqual([{ producerId: batches[1]?.header.producerId, firstOffset: 1 }]);
        expect(values(await readCommitted(streams, topic))).toEqual(["kept"]);
        expect(values(await driver.consume(topic, 0))).toEqual(["kept"]);
      },
    );

    guarantee("several aborts and commits of one producer in one fetch are told apart", async () => {
      const topic = await newTopic(streams, "several");
      const producer = unique("producer");
      for (const [at, end] of ["abort", "abort", "commit", "abort", "commit"].entries()) {
        const one = await driver.begin(producer);
        await one.produce(topic, 0, [{ value: `${at} ${end}` }]);
        await (end === "abort" ? one.abort() : one.commit());
        await settled(streams, topic, 2 * (at + 1));
      }
      const fetched = await fetchOne(streams, topic, 0);
      expect(batchesOf(fetched)).toHaveLength(10);
      expect(fetched.aborted.map(({ firstOffset }) => firstOffset).sort((a, b) => a - b)).toEqual([0, 2, 6]);
      expect(values(await readCommitted(streams, topic))).toEqual(["2 commit", "4 commit"]);
      expect(values(await driver.consume(topic, 0))).toEqual(["2 commit", "4 commit"]);
    });

    guarantee(
      "an aborted transaction is named also where its marker lies past the end of the fetch, or its start before it",
      async () => {
        const topic = await newTopic(streams, "crossing");
        const one = await driver.begin(unique("producer"));
        for (let at = 0; at < 4; at++) await one.produce(topic, 0, [{ value: `lost ${at}`.padEnd(500, ".") }]);
        await driver.produce(topic, 0, [{ value: "kept" }]);
        await one.abort();
        await settled(streams, topic, 6);
        for (const offset of [0, 1, 2, 3, 4, 5]) {
          const fetched = await fetchOne(streams, topic, offset, 1);
          expect(batchesOf(fetched)).toHaveLength(1);
          expect(fetched.aborted.map(({ firstOffset }) => firstOffset)).toEqual([0]);
        }
        for (const maxBytes of [1, 700, 1400, 1_000_000])
          expect(values(await readCommitted(streams, topic, { maxBytes }))).toEqual(["kept"]);
      },
    );

    guarantee(
      "interleaved transactions of several producers read as a consumer at read committed reads them, at any fetch size",
      async () => {
        const topic = await newTopic(streams, "mixed");
        const [a, b, c] = [unique("a"), unique("b"), unique("c")];
        const one = await driver.begin(a);
        const two = await driver.begin(b);
        await one.produce(topic, 0, [{ value: "a1" }]);
        await two.produce(topic, 0, [{ value: "b1" }]);
        await driver.produce(topic, 0, [{ value: "plain 1" }]);
        await one.produce(topic, 0, [{ value: "a2" }]);
        await one.abort();
        await eventually(async () => (await offsetsOf(streams, topic)).end === 5, "a's marker");
        const three = await driver.begin(a);
        const four = await driver.begin(c);
        await three.produce(topic, 0, [{ value: "a3" }]);
        await four.produce(topic, 0, [{ value: "c1" }]);
        await two.produce(topic, 0, [{ value: "b2" }]);
        await two.commit();
        await four.abort();
        await three.commit();
        await driver.produce(topic, 0, [{ value: "plain 2" }]);
        await settled(streams, topic, 12);
        const seen = await driver.consume(topic, 0);
        expect(values(seen)).toEqual(["b1", "plain 1", "a3", "b2", "plain 2"]);
        for (const maxBytes of [1, 200, 1_000_000])
          expect(await readCommitted(streams, topic, { maxBytes })).toEqual(seen);
      },
    );

    guarantee(
      "nothing past the last stable offset is given, and all of it once the transaction has ended",
      async () => {
        const topic = await newTopic(streams, "unstable");
        await driver.produce(topic, 0, [{ value: "decided" }]);
        const one = await driver.begin(unique("producer"));
        await one.produce(topic, 0, [{ value: "open" }]);
        await driver.produce(topic, 0, [{ value: "behind" }]);
        const fetched = await fetchOne(streams, topic, 0);
        expect(fetched).toMatchObject({ stable: 1, end: 3 });
        expect(values(await recordsIn(batchesOf(fetched), fetched))).toEqual(["decided"]);
        for (const offset of [1, 2]) expect((await fetchOne(streams, topic, offset)).records).toHaveLength(0);
        await one.commit();
        await settled(streams, topic, 4);
        expect(values(await readCommitted(streams, topic, { from: 1 }))).toEqual(["open", "behind"]);
      },
    );

    guarantee(
      "appended batches get one offset after another, whatever offsets they say, and keep their timestamps",
      async () => {
        const topic = await newTopic(streams, "appended");
        const old = Date.now() - 400 * 24 * HOUR_MS;
        await streams.setTopicConfigs(topic, [{ name: "retention.ms", value: "-1" }]);
        const first = encodeBatch(
          [
            { timestamp: old, key: bytesOf("k"), value: bytesOf("0"), headers: [{ key: "h", value: bytesOf("x") }] },
            { timestamp: old - 5, value: bytesOf("1") },
          ],
          { baseOffset: 700 },
        );
        const both = new Uint8Array([...first, ...batchOf({ timestamp: old + 5, key: bytesOf("gone"), value: null })]);
        const answers = await streams.append([{ topic, partition: 0, records: both }]);
        expect(answers).toMatchObject([{ topic, partition: 0, status: "done", baseOffset: 0 }]);
        const next = await streams.append([{ topic, partition: 0, records: batchOf("3") }]);
        expect(next).toMatchObject([{ status: "done", baseOffset: 3 }]);
        const seen = await readCommitted(streams, topic);
        expect(seen.map(({ offset, timestamp, value }) => [offset, timestamp - old, value]).slice(0, 3)).toEqual([
          [0, 0, "0"],
          [1, -5, "1"],
          [2, 5, null],
        ]);
        expect(seen[0]?.headers).toEqual([["h", "x"]]);
        expect(await driver.consume(topic, 0)).toEqual(seen);
      },
    );

    guarantee(
      "each partition of an append has its own answer, and one that is refused does not disturb the others",
      async () => {
        const topic = await newTopic(streams, "parts", { partitions: 2 });
        const answers = await streams.append([
          { topic, partition: 1, records: batchOf("one") },
          { topic, partition: 9, records: batchOf("nowhere") },
          { topic, partition: 0, records: batchOf("zero") },
        ]);
        expect(answers.map(({ partition, status }) => [partition, status])).toEqual([
          [1, "done"],
          [9, "refused"],
          [0, "done"],
        ]);
        expect(values(await readCommitted(streams, topic))).toEqual(["zero"]);
        expect(values(await readCommitted(streams, topic, { partition: 1 }))).toEqual(["one"]);
      },
    );

    guarantee("what is fetched can be appended elsewhere and is the same there", async () => {
      const topic = await newTopic(streams, "source");
      const copy = await newTopic(streams, "copy");
      const one = await driver.begin(unique("producer"));
      await one.produce(topic, 0, [
        { key: "k", value: "v", headers: [["a", null]] },
        { key: "k", value: null },
      ]);
      await one.commit();
      await settled(streams, topic, 3);
      const [batch] = batchesOf(await fetchOne(streams, topic, 0));
      if (!batch) throw new Error("nothing was fetched");
      const records = forAppend(await inflateBatch(batch, { topic, partition: 0 }));
      expect(await streams.append([{ topic: copy, partition: 0, records }])).toMatchObject([{ status: "done" }]);
      expect(await driver.consume(copy, 0)).toEqual(await driver.consume(topic, 0));
      expect(batchesOf(await fetchOne(streams, copy, 0))[0]?.header.producerId).toBe(-1);
    });

    const broken: readonly (readonly [string, () => Uint8Array])[] = [
      [
        "a control batch",
        () => controlBatch({ type: "commit", producerId: 5, producerEpoch: 0, offset: 0, timestamp: Date.now() }),
      ],
      [
        "a batch with another checksum",
        () => {
          const bytes = batchOf("x");
          bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
          return bytes;
        },
      ],
      [
        "a batch with holes between its offsets",
        () =>
          encodeBatch([
            { timestamp: Date.now(), value: bytesOf("0"), offset: 0 },
            { timestamp: Date.now(), value: bytesOf("2"), offset: 2 },
          ]),
      ],
      ["a batch larger than max.message.bytes", () => batchOf("x".repeat(10_000))],
      ["a record two hours ahead of now", () => batchOf({ timestamp: Date.now() + 2 * HOUR_MS, value: bytesOf("x") })],
      [
        "a batch of a transaction that nobody has begun",
        () =>
          encodeBatch([{ timestamp: Date.now(), value: bytesOf("x") }], {
            transactional: true,
            producerId: 4_000_000,
            producerEpoch: 0,
            baseSequence: 0,
          }),
      ],
    ];
    for (const [what, bytes] of broken)
      guarantee(`${what} is refused, with a reason, and nothing of the append is kept`, async () => {
        const topic = await newTopic(streams, "refused", { configs: [{ name: "max.message.bytes", value: "5000" }] });
        const [answer] = await streams.append([{ topic, partition: 0, records: bytes() }]);
        expect(answer?.status).toBe("refused");
        expect(answer?.status === "refused" && answer.why.length).toBeGreaterThan(5);
        expect(await offsetsOf(streams, topic)).toMatchObject({ end: 0 });
      });

    guarantee("a compacted topic refuses records without key", async () => {
      const topic = await newTopic(streams, "keyed", { configs: [{ name: "cleanup.policy", value: "compact" }] });
      const records = batchOf({ timestamp: Date.now(), value: bytesOf("x") });
      expect(await streams.append([{ topic, partition: 0, records }])).toMatchObject([{ status: "refused" }]);
      expect(await streams.append([{ topic, partition: 0, records: batchOf("x") }])).toMatchObject([
        { status: "done" },
      ]);
    });

    guarantee("an append to a topic that stamps records itself gets the broker's time", async () => {
      const topic = await newTopic(streams, "restamped", {
        configs: [{ name: "message.timestamp.type", value: "LogAppendTime" }],
      });
      const before = Date.now();
      await streams.append([{ topic, partition: 0, records: batchOf({ timestamp: 5, value: bytesOf("x") }) }]);
      expect((await readCommitted(streams, topic))[0]?.timestamp).toBeGreaterThanOrEqual(before - 60_000);
    });

    guarantee(
      "a batch that says its times are a broker's is kept with each record's own time where the topic keeps times",
      async () => {
        const topic = await newTopic(streams, "unstamped");
        const at = Date.now() - HOUR_MS;
        const records = sealBatch(
          encodeBatch(
            [
              { timestamp: at, value: bytesOf("a") },
              { timestamp: at + 1, value: bytesOf("b") },
            ],
            { timestampType: "append", maxTimestamp: at + 9 },
          ),
        );
        expect(await streams.append([{ topic, partition: 0, records }])).toMatchObject([{ status: "done" }]);
        const [batch] = batchesOf(await fetchOne(streams, topic, 0));
        expect(batch?.header.timestampType).toBe("create");
        expect((await readCommitted(streams, topic)).map(({ timestamp }) => timestamp - at)).toEqual([0, 1]);
      },
    );

    guarantee(
      "everything before the offset goes, also in the middle of a batch, and the log goes on where it was",
      async () => {
        const topic = await newTopic(streams, "cut");
        await driver.produce(topic, 0, [{ value: "0" }, { value: "1" }, { value: "2" }]);
        expect(await streams.deleteRecords([{ topic, partition: 0, offset: 2 }])).toEqual({ status: "done" });
        expect(await offsetsOf(streams, topic)).toMatchObject({ logStart: 2, stable: 3, end: 3 });
        expect(values(await driver.consume(topic, 0))).toEqual(["2"]);
        expect(values(await readCommitted(streams, topic))).toEqual(["2"]);
        expect(await streams.deleteRecords([{ topic, partition: 0, offset: 1 }])).toEqual({ status: "done" });
        expect(await offsetsOf(streams, topic)).toMatchObject({ logStart: 2 });
        expect(await streams.deleteRecords([{ topic, partition: 0, offset: 3 }])).toEqual({ status: "done" });
        expect(await offsetsOf(streams, topic)).toMatchObject({ logStart: 3, stable: 3, end: 3 });
        expect(await streams.append([{ topic, partition: 0, records: batchOf("3") }])).toMatchObject([
          { baseOffset: 3 },
        ]);
      },
    );

    guarantee(
      "records past the end, of a partition that is not there or of a topic that only compacts are not deleted",
      async () => {
        const topic = await newTopic(streams, "uncut");
        await driver.produce(topic, 0, [{ key: "k", value: "0" }]);
        const cut = (offset: number, partition = 0) => streams.deleteRecords([{ topic, partition, offset }]);
        expect((await cut(2)).status).toBe("refused");
        expect((await cut(0, 5)).status).toBe("refused");
        await streams.setTopicConfigs(topic, [{ name: "cleanup.policy", value: "compact" }]);
        await eventually(async () => (await cut(1)).status === "refused", "the topic only compacts");
        expect(await offsetsOf(streams, topic)).toMatchObject({ end: 1 });
      },
    );

    guarantee(
      "a skip moves the ends by no more than asked, and again by the rest, and no consumer sees anything",
      async () => {
        const topic = await newTopic(streams, "skipped", { partitions: 2 });
        await driver.produce(topic, 0, [{ value: "before" }]);
        const wanted = [4, 3];
        for (let round = 0; round < 10; round++) {
          const found = await streams.offsets([0, 1].map((partition) => ({ topic, partition })));
          const parts = found
            .map(({ partition, end }) => ({ topic, partition, count: (wanted[partition] ?? 0) - end }))
            .filter(({ count }) => count > 0);
          if (parts.length === 0) break;
          for (const answer of await streams.skip(parts)) {
            expect(answer.status).toBe("done");
            expect(answer.status === "done" && answer.end).toBeLessThanOrEqual(wanted[answer.partition] ?? 0);
          }
        }
        await settled(streams, topic, 4, 0);
        await settled(streams, topic, 3, 1);
        expect(await streams.append([{ topic, partition: 0, records: batchOf("after") }])).toMatchObject([
          { status: "done", baseOffset: 4 },
        ]);
        expect((await driver.consume(topic, 0)).map(({ offset, value }) => [offset, value])).toEqual([
          [0, "before"],
          [4, "after"],
        ]);
        expect(await readCommitted(streams, topic)).toEqual(await driver.consume(topic, 0));
        expect(await driver.consume(topic, 1)).toEqual([]);
      },
    );

    guarantee("a partition that is not there is not skipped in", async () => {
      const [answer] = await streams.skip([{ topic: unique("nobody"), partition: 0, count: 1 }]);
      expect(answer?.status).toBe("refused");
    });

    guarantee("the positions of a group are set and read, and those not named stay", async () => {
      const topic = await newTopic(streams, "committed", { partitions: 3 });
      const group = unique("group");
      const first = [
        { topic, partition: 0, offset: 5, metadata: "noted" },
        { topic, partition: 1, offset: 7 },
      ];
      expect(await streams.setGroupOffsets(group, first)).toEqual({ status: "done" });
      expect(await streams.setGroupOffsets(group, [{ topic, partition: 1, offset: 8 }])).toEqual({ status: "done" });
      const [found] = await streams.groups([group]);
      expect(found).toMatchObject({ id: group, state: "Empty" });
      const offsets = found?.offsets.toSorted((a, b) => a.partition - b.partition);
      expect(offsets?.map(({ partition, offset }) => [partition, offset])).toEqual([
        [0, 5],
        [1, 8],
      ]);
      expect(offsets?.[0]?.metadata).toBe("noted");
      expect((await streams.groups()).map(({ id }) => id)).toContain(group);
    });

    guarantee("a group that nobody has made is not told", async () => {
      expect(await streams.groups([unique("nobody")])).toEqual([]);
    });

    guarantee("a position in a partition that is not there is refused", async () => {
      const answer = await streams.setGroupOffsets(unique("group"), [
        { topic: unique("nobody"), partition: 0, offset: 1 },
      ]);
      expect(answer.status).toBe("refused");
    });

    guarantee("a deleted group is gone, and deleting it again is done", async () => {
      const topic = await newTopic(streams, "left");
      const group = unique("group");
      await streams.setGroupOffsets(group, [{ topic, partition: 0, offset: 0 }]);
      expect(await streams.deleteGroup(group)).toEqual({ status: "done" });
      expect((await streams.groups()).map(({ id }) => id)).not.toContain(group);
      expect(await streams.deleteGroup(group)).toEqual({ status: "done" });
    });

    guarantee("a group that somebody is in is told so; its positions are not set and it is not deleted", async () => {
      if (!driver.join) return;
      const topic = await newTopic(streams, "joined");
      const group = unique("group");
      const leave = await driver.join(group, topic);
      try {
        const found = await eventually(
          async () => (await streams.groups([group])).find(({ state }) => state === "Stable"),
          "the group is stable",
        );
        expect(found.protocolType).toBe("consumer");
        const answer = await streams.setGroupOffsets(group, [{ topic, partition: 0, offset: 0 }]);
        expect(answer.status).toBe("refused");
        expect(answer.status === "refused" && answer.why).toMatch(/member/i);
        expect((await streams.deleteGroup(group)).status).toBe("refused");
      } finally {
        await leave();
      }
    });

    guarantee("what a group had committed for a topic goes with the topic", async () => {
      const topic = await newTopic(streams, "gone");
      const stays = await newTopic(streams, "stays");
      const group = unique("group");
      await streams.setGroupOffsets(group, [
        { topic, partition: 0, offset: 0 },
        { topic: stays, partition: 0, offset: 0 },
      ]);
      await streams.deleteTopic(topic);
      await eventually(
        async () => (await streams.groups([group]))[0]?.offsets.every((one) => one.topic === stays),
        "only the other topic's position is left",
      );
    });

    guarantee("access rules are added, each once, and told in Kafka's words", async () => {
      if (!driver.acls) return;
      const rule = {
        resourceType: "TOPIC",
        resourceName: unique("rule"),
        patternType: "PREFIXED",
        principal: "User:billing",
        host: "*",
        operation: "READ",
        permission: "ALLOW",
      };
      expect(await streams.addAcls([rule])).toEqual({ status: "done" });
      expect(await streams.addAcls([rule, { ...rule, permission: "DENY" }])).toEqual({ status: "done" });
      await eventually(
        async () =>
          (await streams.acls()).filter(({ resourceName }) => resourceName === rule.resourceName).length === 2,
        "both are told",
      );
      const told = (await streams.acls()).filter(({ resourceName }) => resourceName === rule.resourceName);
      expect(told.toSorted((a, b) => (a.permission < b.permission ? -1 : 1))).toEqual([
        rule,
        { ...rule, permission: "DENY" },
      ]);
      expect((await streams.addAcls([{ ...rule, operation: "JUGGLE" }])).status).toBe("refused");
    });

    guarantee("quotas are set and told, also that of the default entity", async () => {
      const user = unique("user");
      const given = [
        { entity: { user }, values: { consumer_byte_rate: 2000, producer_byte_rate: 1000 } },
        { entity: { user, "client-id": null }, values: { request_percentage: 50 } },
      ];
      expect(await streams.setQuotas(given)).toEqual({ status: "done" });
      const told = await eventually(async () => {
        const found = (await streams.quotas()).filter(({ entity }) => entity["user"] === user);
        return found.length === 2 && found;
      }, "both are told");
      expect(told.toSorted((a, b) => Object.keys(a.entity).length - Object.keys(b.entity).length)).toEqual(given);
      expect((await streams.setQuotas([{ entity: { user }, values: { no_such_rate: 1 } }])).status).toBe("refused");
    });

    guarantee("what a missing access rule denies is named, with operation and resource", async () => {
      if (!driver.without) return;
      const topic = await newTopic(streams, "denied");
      await driver.produce(topic, 0, [{ value: "x" }]);
      const poor = await driver.without("READ", "TOPIC", topic);
      const [answer] = await poor.fetch([{ topic, partition: 0, offset: 0, maxBytes: 1000 }], { waitMs: 50 });
      expect(answer).toMatchObject({ status: "failed", retryable: false });
      expect(answer?.status === "failed" && answer.why).toMatch(new RegExp(`read.*${topic}`, "i"));
      const mute = await driver.without("WRITE", "TOPIC", topic);
      const [written] = await mute.append([{ topic, partition: 0, records: batchOf("y") }]);
      expect(written?.status === "refused" && written.why).toMatch(new RegExp(`write.*${topic}`, "i"));
    });

    done();
  });
}
