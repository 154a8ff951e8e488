import { Writer } from "@platformatic/kafka";
import * as v from "valibot";
import { afterEach, describe, expect, test } from "vitest";
import { lazyStreams } from "../../functions/lazy-streams.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import { StreamsSection } from "../../shared/core/kernel/streams-section.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import {
  type BrokerAsk,
  type BrokerReply,
  type FakeBroker,
  fakeBroker,
  fetchAnswer,
  metadataAnswer,
  OFFERED,
  TOPIC_ID,
} from "../fakes/kafka-broker.ts";

const METADATA = 3;
const FETCH = 1;
const LIST_OFFSETS = 2;
const PRODUCE = 0;

const batch = encodeBatch([{ timestamp: 1_000, key: Buffer.from("k"), value: Buffer.from("v") }]);
const asked = (partition: number, offset = 0) => ({ topic: "orders", partition, offset, maxBytes: 500 });

let brokers: FakeBroker[] = [];
afterEach(async () => {
  await Promise.all(brokers.map((one) => one.close()));
  brokers = [];
});

/** A client of a broker that answers by key; metadata tell of three partitions of `orders` led by it. */
async function client(
  answer: (ask: BrokerAsk, port: number) => BrokerReply,
  more: { requestTimeoutMs?: number } = {},
  offered = OFFERED,
) {
  const broker: FakeBroker = await fakeBroker(
    (ask) => (ask.key === METADATA ? metadataAnswer(broker.port, { orders: 3 }) : answer(ask, broker.port)),
    offered,
  );
  brokers.push(broker);
  const streams = kafkaStreams({
    name: "fake",
    brokers: async () => [brokerPlace(`127.0.0.1:${broker.port}`)],
    patienceMs: 200,
    ...more,
  });
  return { broker, streams };
}

describe("the Kafka client on the wire", () => {
  test("records come as the broker sent them, without the batch that is cut off and with unknown fields passed over", async () => {
    const { streams } = await client(() =>
      fetchAnswer("orders", [{ partition: 0, records: Buffer.concat([batch, batch, batch.subarray(0, 40)]) }]),
    );
    const [answer] = await streams.fetch([asked(0)]);
    expect(answer).toMatchObject({
      status: "ok",
      logStart: 0,
      stable: 10,
      end: 11,
      aborted: [{ producerId: 7, firstOffset: 3 }],
    });
    expect(answer?.status === "ok" && Buffer.from(answer.records).equals(Buffer.concat([batch, batch]))).toBe(true);
    await streams.close();
  });

  test("where topics are named by ids only, they are, and found by them", async () => {
    const { streams } = await client(
      ({ version, body }) => {
        expect(version).toBe(13);
        expect(body.toString("hex")).toContain(TOPIC_ID.replaceAll("-", ""));
        return fetchAnswer(TOPIC_ID, [{ partition: 2, records: batch }]);
      },
      {},
      { ...OFFERED, [FETCH]: [13, 17] },
    );
    const [answer] = await streams.fetch([asked(2)]);
    expect(answer).toMatchObject({ topic: "orders", partition: 2, status: "ok" });
    expect(answer?.status === "ok" && answer.records.length).toBe(batch.length);
    await streams.close();
  });

  test("a partition that got no whole batch because others came first is asked again with more room", async () => {
    const rooms: number[] = [];
    let round = 0;
    const { streams } = await client(({ body }) => {
      round += 1;
      rooms.push(body.readInt32BE(12));
      if (round > 1) return fetchAnswer("orders", [{ partition: 1, records: batch }]);
      return fetchAnswer("orders", [
        { partition: 0, records: batch },
        { partition: 1, records: batch.subarray(0, 30) },
      ]);
    });
    const answers = await streams.fetch([asked(0), asked(1)]);
    expect(answers.map((one) => one.status === "ok" && one.records.length)).toEqual([batch.length, batch.length]);
    expect(rooms[0]).toBe(1_000);
    expect(rooms[1]).toBeGreaterThan(1_000_000);
    await streams.close();
  });

  test("messages of a format before 0.11 fail that partition, and only that", async () => {
    const old = Buffer.alloc(60);
    old.writeInt32BE(48, 8);
    old.writeInt8(1, 16);
    const { streams } = await client(() =>
      fetchAnswer("orders", [
        { partition: 0, records: old },
        { partition: 1, records: batch },
      ]),
    );
    const [first, second] = await streams.fetch([asked(0), asked(1)]);
    expect(first).toMatchObject({ status: "failed", retryable: false, why: expect.stringContaining("magic") });
    expect(second?.status).toBe("ok");
    await streams.close();
  });

  test("an offset past 2^53 - 1 is told as such, not rounded", async () => {
    const { streams } = await client(() => fetchAnswer("orders", [{ partition: 0, stable: 2 ** 60 }]));
    await expect(streams.fetch([asked(0)])).rejects.toMatchObject({
      code: "streams.unavailable",
      retryable: false,
      message: expect.stringContaining("2^53"),
    });
    await streams.close();
  });

  test.each([6, 5, 74, 3])("code %i of a partition asks for metadata again, then once more", async (code) => {
    let round = 0;
    const { streams, broker } = await client(() => {
      round += 1;
      return fetchAnswer("orders", [round === 1 ? { partition: 0, code } : { partition: 0, records: batch }]);
    });
    expect((await streams.fetch([asked(0)]))[0]?.status).toBe("ok");
    expect(broker.asked).toEqual([METADATA, FETCH, METADATA, FETCH]);
    await streams.close();
  });

  test("an empty answer of a broker that throttles is no answer", async () => {
    let round = 0;
    const { streams } = await client(() => {
      round += 1;
      return round === 1 ? fetchAnswer(undefined, [], 20) : fetchAnswer("orders", [{ partition: 0, records: batch }]);
    });
    const [answer] = await streams.fetch([asked(0)]);
    expect(answer?.status === "ok" && answer.records.length).toBe(batch.length);
    await streams.close();
  });

  test("a connection that is cut in the middle of a read is made anew", async () => {
    let round = 0;
    const { streams } = await client(() => {
      round += 1;
      return round === 1 ? "cut" : fetchAnswer("orders", [{ partition: 0, records: batch }]);
    });
    expect((await streams.fetch([asked(0)]))[0]?.status).toBe("ok");
    await streams.close();
  });

  test("a broker that takes requests and never answers is given up, within the time for one", async () => {
    const { streams } = await client(() => "silence", { requestTimeoutMs: 100 });
    const [answer] = await streams.fetch([asked(0)]);
    expect(answer).toMatchObject({ status: "failed", retryable: true });
    await streams.close();
  });

  test("an append whose answer is lost is unknown and not sent again; one that a wrong leader got is", async () => {
    let round = 0;
    const produced = (code: number) =>
      Writer.create()
        .appendArray(["orders"], (to, name) => {
          to.appendString(name).appendArray([0], (one, partition) => {
            one.appendInt32(partition).appendInt16(code).appendInt64(40n).appendInt64(-1n).appendInt64(0n);
            one.appendArray([], () => undefined).appendString(null);
          });
        })
        .appendInt32(0)
        .appendTaggedFields();
    const { streams, broker } = await client(() => {
      round += 1;
      return round === 1 ? "cut" : produced(round === 2 ? 6 : 0);
    });
    const append = () => streams.append([{ topic: "orders", partition: 0, records: batch }]);
    expect(await append()).toMatchObject([{ status: "unknown" }]);
    expect(broker.asked.filter((key) => key === PRODUCE)).toHaveLength(1);
    expect(await append()).toEqual([{ topic: "orders", partition: 0, status: "done", baseOffset: 40, logStart: 0 }]);
    await streams.close();
  });

  test("what is no whole batch is not sent at all", async () => {
    const { streams, broker } = await client(() => "cut");
    for (const records of [batch.subarray(0, 50), new Uint8Array(0), Buffer.concat([batch, Buffer.alloc(3)])])
      expect(await streams.append([{ topic: "orders", partition: 0, records }])).toMatchObject([{ status: "refused" }]);
    expect(broker.asked).toEqual([]);
    await streams.close();
  });

  test("partitions that metadata do not tell of are absent from offsets and asked of nobody", async () => {
    const { streams, broker } = await client(() => "cut");
    expect(await streams.offsets([{ topic: "orders", partition: 9 }])).toEqual([]);
    expect(broker.asked).not.toContain(LIST_OFFSETS);
    await streams.close();
  });

  test("nobody at the address is told with the address, as something that may pass", async () => {
    const { broker } = await client(() => "cut");
    await broker.close();
    brokers = [];
    const streams = kafkaStreams({
      name: "nobody",
      brokers: async () => [brokerPlace(`127.0.0.1:${broker.port}`)],
      patienceMs: 100,
    });
    await expect(streams.topics()).rejects.toMatchObject({
      code: "streams.unavailable",
      retryable: true,
      message: expect.stringContaining(`127.0.0.1:${broker.port}`),
    });
    await streams.close();
  });
});

const clusterOf = (settings: object) => {
  const cluster = v.parse(StreamsSection, { main: settings })["main"];
  if (cluster === undefined) throw new Error("no such cluster");
  return cluster;
};
const kafka = (more: object = {}) => clusterOf({ kafka: { brokers: ["127.0.0.1:1"], ...more } });

describe("clusters of the configuration", () => {
  const streams = () => lazyStreams({ clients: awsClients({ region: "eu-west-1" }), env: {}, baseDir: "/nowhere" });

  test("one client for a name and its settings, another one when they change", async () => {
    const of = streams();
    expect(of("main", kafka())).toBe(of("main", kafka()));
    const before = of("main", kafka());
    expect(of("main", kafka({ brokers: ["127.0.0.1:2"] }))).not.toBe(before);
    expect(of("other", kafka())).not.toBe(of("main", kafka()));
    await of.close();
  });

  test("an embedded cluster is nobody's to reach from elsewhere", async () => {
    const of = streams();
    await expect(of("main", clusterOf({ embedded: true })).topics()).rejects.toMatchObject({
      code: "streams.unavailable",
      retryable: false,
      message: expect.stringContaining("embedded"),
    });
  });

  test.each([
    ["a certificate that is not there", { tls: { ca: "ca.pem" } }, /tls\.ca: ca\.pem does not exist/],
    ["a key whose variable is not set", { tls: { key: "env:KAFKA_KEY" } }, /tls\.key: KAFKA_KEY is not set/],
  ])("%s is told by the setting, at once and for good", async (_, more, message) => {
    const of = streams();
    await expect(of("main", kafka(more)).cluster()).rejects.toMatchObject({
      code: "streams.unavailable",
      retryable: false,
      message: expect.stringMatching(message),
    });
    await of.close();
  });
});
