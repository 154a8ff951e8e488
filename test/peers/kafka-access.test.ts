import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StreamAcl } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace, type KafkaSettings } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { batchOf, eventually, newTopic } from "../contract/streams-kit.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;

const clientOf = ({ brokers }: KafkaCluster, more: Partial<KafkaSettings>): Streams =>
  kafkaStreams({ name: "peer", brokers: async () => brokers.map(brokerPlace), patienceMs: 5_000, ...more });

describe.skipIf(skipped !== undefined)(`PLAIN over TLS, with access rules${title}`, () => {
  const USERS = [
    { name: "admin", password: "admin-secret" },
    { name: "poor", password: "poor-secret" },
  ] as const;
  let cluster: KafkaCluster;
  let admin: Streams;
  let poor: Streams;
  const as = (user: { name: string; password: string }) =>
    clientOf(cluster, {
      tls: async () => ({ ca: readFileSync(cluster.ca ?? "", "utf8") }),
      signIn: { mechanism: "plain", username: user.name, password: async () => user.password },
    });
  beforeAll(async () => {
    cluster = await startKafka({ tls: true, signIn: { mechanism: "PLAIN", users: USERS, superUsers: ["admin"] } });
    admin = as(USERS[0]);
    poor = as(USERS[1]);
  });
  afterAll(async () => {
    await Promise.all([admin?.close(), poor?.close()]);
    await cluster?.stop();
  });

  const allow = (resourceType: string, resourceName: string, operation: string): StreamAcl => ({
    resourceType,
    resourceName,
    patternType: "LITERAL",
    principal: "User:poor",
    host: "*",
    operation,
    permission: "ALLOW",
  });

  test("a certificate that is not trusted is told by its code, for good", async () => {
    const stranger = clientOf(cluster, { tls: async () => ({}) });
    await expect(stranger.cluster()).rejects.toMatchObject({
      code: "streams.unavailable",
      retryable: false,
      message: expect.stringMatching(/certificate/i),
    });
    await stranger.close();
  });

  test("a client without TLS is told that the broker wants it", async () => {
    const plain = clientOf(cluster, { patienceMs: 100 });
    await expect(plain.cluster()).rejects.toMatchObject({
      code: "streams.unavailable",
      retryable: false,
      message: /TLS/,
    });
    await plain.close();
  });

  test("a wrong password is denied, for good, and is not in what is said", async () => {
    const wrong = as({ name: "admin", password: "not-the-secret" });
    const error = await wrong.cluster().catch((one: unknown) => one);
    expect(error).toMatchObject({
      code: "streams.denied",
      retryable: false,
      message: expect.stringContaining("admin"),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain("not-the-secret");
    await wrong.close();
  });

  test("each call that is not allowed names operation and resource", async () => {
    const topic = await newTopic(admin, "guarded");
    await admin.append([{ topic, partition: 0, records: batchOf("x") }]);
    const place = { topic, partition: 0 };
    const denied = async (work: () => Promise<unknown>, words: string) => {
      await expect(work()).rejects.toMatchObject({ code: "streams.denied", message: expect.stringContaining(words) });
    };
    await denied(() => poor.offsets([place]), `DESCRIBE on topic ${topic}`);
    await admin.addAcls([allow("TOPIC", topic, "DESCRIBE")]);
    await eventually(async () => (await poor.topics()).length === 1, "it may be seen");
    await denied(() => poor.topicConfigs([topic]), `DESCRIBE_CONFIGS on topic ${topic}`);
    await denied(() => poor.acls(), "DESCRIBE on cluster");
    await denied(() => poor.quotas(), "DESCRIBE_CONFIGS on cluster");
    await denied(
      () => poor.createTopic({ name: "mine", partitions: 1, replicationFactor: 1, configs: [] }),
      "CREATE on topic mine",
    );
    await denied(
      () => poor.setTopicConfigs(topic, [{ name: "retention.ms", value: "1" }]),
      `ALTER_CONFIGS on topic ${topic}`,
    );
    await denied(() => poor.deleteTopic(topic), `DELETE on topic ${topic}`);
    await denied(() => poor.deleteRecords([{ ...place, offset: 1 }]), `DELETE on topic ${topic}`);
    await denied(() => poor.addPartitions(topic, 2), `ALTER on topic ${topic}`);
    await denied(() => poor.setGroupOffsets("theirs", [{ ...place, offset: 0 }]), "READ on group theirs");
    await denied(() => poor.addAcls([allow("TOPIC", topic, "READ")]), "ALTER on cluster");
    const [read] = await poor.fetch([{ ...place, offset: 0, maxBytes: 1_000 }]);
    expect(read).toMatchObject({ status: "failed", retryable: false, why: `READ on topic ${topic} is not allowed` });
    const [written] = await poor.append([{ ...place, records: batchOf("y") }]);
    expect(written).toMatchObject({ status: "refused", why: `WRITE on topic ${topic} is not allowed` });
  });

  test("where only brokers may write markers, empty transactions skip as exactly; without leave for those it is refused", async () => {
    const topic = await newTopic(admin, "fallback", { partitions: 2 });
    await admin.addAcls([allow("TOPIC", topic, "WRITE"), allow("TOPIC", topic, "DESCRIBE")]);
    await eventually(async () => (await poor.topics()).some(({ name }) => name === topic), "it may be seen");
    const parts = [
      { topic, partition: 0, count: 40 },
      { topic, partition: 1, count: 7 },
    ];
    for (const answer of await poor.skip(parts))
      expect(answer).toMatchObject({
        status: "refused",
        why: expect.stringContaining("transactional id headgate-skip-"),
      });
    await admin.addAcls([{ ...allow("TRANSACTIONAL_ID", "headgate-skip-", "WRITE"), patternType: "PREFIXED" }]);
    const skippedTo = await eventually(async () => {
      const found = await poor.skip(parts);
      return found.every(({ status }) => status === "done") && found;
    }, "the rule holds");
    expect(skippedTo).toMatchObject([{ end: 40 }, { end: 7 }]);
    expect(await admin.offsets(parts)).toMatchObject([
      { stable: 40, end: 40 },
      { stable: 7, end: 7 },
    ]);
    expect(await admin.append([{ topic, partition: 0, records: batchOf("after") }])).toMatchObject([
      { baseOffset: 40 },
    ]);
  });
});

describe.skipIf(skipped !== undefined)(`OAUTHBEARER${title}`, () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka({ signIn: { mechanism: "OAUTHBEARER", users: [] } });
  });
  afterAll(async () => cluster?.stop());

  const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const token = (expires: number) =>
    `${encoded({ alg: "none" })}.${encoded({ sub: "headgate", iat: Date.now() / 1000 - 60, exp: expires / 1000 })}.`;

  test("a token that holds lets in, and is asked for at each connection", async () => {
    let asked = 0;
    const streams = clientOf(cluster, {
      signIn: {
        mechanism: "oauthbearer",
        token: async () => {
          asked += 1;
          return token(Date.now() + 600_000);
        },
      },
    });
    expect((await streams.cluster()).brokers).toHaveLength(1);
    expect(asked).toBeGreaterThan(0);
    await streams.close();
  });

  test("a token that has run out is denied", async () => {
    const streams = clientOf(cluster, {
      signIn: { mechanism: "oauthbearer", token: async () => token(Date.now() - 1_000) },
    });
    await expect(streams.cluster()).rejects.toMatchObject({ code: "streams.denied" });
    await streams.close();
  });
});
