import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type { LambdaEvent } from "hono/aws-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createKey } from "../../functions/access/keys.ts";
import { handler as api } from "../../functions/api/lambda.ts";
import { handler as wakes } from "../../functions/backup/queue.ts";
import { runKey, runStateOf } from "../../functions/backup/run.ts";
import { handler as tick } from "../../functions/backup/schedule.ts";
import { handler as worker } from "../../functions/backup/work-queue.ts";
import { deployed } from "../../functions/deployed.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { walkBatches } from "../../shared/core/backup/batch/walk.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { wireClients } from "../fakes/wire.ts";
import { type AwsDoor, awsDoor } from "./aws-door.ts";
import { useDynamoDbLocal } from "./dynamodb-local.ts";
import { endNow, type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { REGION } from "./moto.ts";
import { missing, type Part, startMoto } from "./parts.ts";

const why = missing("moto") ?? missing("dynamodb-local") ?? missingKafka();
const SECOND_REGION = "us-west-2";
/** Of each partition; about 18 MB, so that each of the three is a unit of its own. */
const BATCHES = 20;
const RECORDS = 3 * BATCHES * 100;
const POISON = { messageId: "poison", body: '{"task":"unit"}' };

type Batch = { readonly batchItemFailures: readonly unknown[] };
interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly receipt: string;
}

describe.skipIf(why)(`backup as deployed${why ? ` [skipped: ${why}]` : ""}`, () => {
  const tables = useDynamoDbLocal();
  const realNow = Date.now;
  let ahead = 0;
  let part: Part;
  let door: AwsDoor;
  let cluster: KafkaCluster;
  let silent: Server;
  let clients: AwsClients;
  let streams: Streams;
  let runtime: Runtime;
  let key = "";
  const queues = { wake: "", work: "" };

  beforeAll(async () => {
    // Captured when the runtime is made: hours pass in a moment, and requests are signed with the true time.
    Date.now = () => realNow() + ahead;
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const [table, moto, kafka] = await Promise.all([tables.table(), startMoto(), startKafka()]);
    [part, cluster] = [moto, kafka];
    door = await awsDoor(tables.endpoint(), part.endpoint);
    clients = wireClients(door.endpoint);
    for (const [bucket, region] of [
      ["control", REGION],
      ["first", REGION],
      ["second", SECOND_REGION],
    ] as const) {
      const where = { CreateBucketConfiguration: { LocationConstraint: region } } as const;
      await (await clients.s3(region)).send(new CreateBucketCommand({ Bucket: bucket, ...where }));
    }
    const sqs = await clients.sqs();
    for (const name of ["wake", "work"] as const)
      queues[name] = (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? "";
    const attributes = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queues.wake, AttributeNames: ["QueueArn"] }),
    );
    const arn = attributes.Attributes?.["QueueArn"] ?? "";
    const timers = (name: string) => ({
      [`HEADGATE_${name}QUEUE_URL`]: queues.wake,
      [`HEADGATE_${name}QUEUE_ARN`]: arn,
      [`HEADGATE_${name}SCHEDULER_GROUP`]: "headgate",
      [`HEADGATE_${name}SCHEDULER_ROLE_ARN`]: "arn:aws:iam::123456789012:role/scheduler",
    });
    const variables = {
      ...{ HEADGATE_TABLE: table, HEADGATE_BUCKET: "control", HEADGATE_AWS_ENDPOINT: door.endpoint },
      ...{ HEADGATE_BACKUP: "on", HEADGATE_BACKUP_WORK_URL: queues.work, ...timers(""), ...timers("BACKUP_") },
      // The table belongs to this key at DynamoDB Local.
      ...{ AWS_REGION: REGION, AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" },
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    streams = kafkaStreams({ name: "main", brokers: async () => cluster.brokers.map(brokerPlace) });
    ({ runtime } = await deployed());
    await configure(false);
    ({ key } = await createKey(runtime, { tenant: "default", name: "ops", scope: "admin", by: "test" }));
    await streams.createTopic({ name: "orders", partitions: 3, replicationFactor: 1, configs: [] });
    for (let turn = 0; turn < BATCHES; turn += 1) await produce(turn);
    await streams.setGroupOffsets("readers", [{ topic: "orders", partition: 0, offset: 70 }]);
  }, 300_000);

  afterAll(async () => {
    Date.now = realNow;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await Promise.all([streams?.close(), clients?.close(), door?.close(), part?.stop(), cluster?.stop()]);
    await (runtime?.streams as unknown as { close?: () => Promise<void> } | undefined)?.close?.();
    silent?.close();
  });

  /** `far`: a plan of a cluster that accepts connections and never answers, as one behind a firewall. */
  async function configure(far: boolean): Promise<void> {
    const address = silent.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const text = `version: 1
streams:
  main: { kafka: { brokers: [${JSON.stringify(cluster.brokers[0])}] } }
  far: { kafka: { brokers: ["127.0.0.1:${port}"] } }
destinations:
  first: { s3: { bucket: first, prefix: kafka, storageClass: STANDARD } }
  second: { s3: { bucket: second, region: ${SECOND_REGION}, storageClass: STANDARD } }
backup:
  hourly: { to: [first, second], what: { topics: { cluster: main } }, verify: deep, workers: 3, drill: { every: 30d, topics: [orders] } }
${far ? "  far: { to: [first], every: 30d, what: { topics: { cluster: far } } }" : ""}
`;
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(runtime, "default", { ...parsed, text }, { by: "test" });
  }

  /** About 0.9 MB for each partition, which do not pack. */
  async function produce(turn: number): Promise<void> {
    const bytes = (at: number) => Uint8Array.from({ length: 9_000 }, (_, index) => (index * (at + 7) * 2_654_435) >> 9);
    const records = Array.from({ length: 100 }, (_, at) => ({
      // Not older than the topic keeps records: the broker has a clock of its own.
      timestamp: realNow() + turn * 1_000 + at,
      value: bytes(turn * 100 + at),
    }));
    const batches = [0, 1, 2].map((partition) => ({ topic: "orders", partition, records: encodeBatch(records) }));
    for (const batch of batches) expect(await streams.append([batch])).toMatchObject([{ status: "done" }]);
  }

  /** What a consumer reads of a partition: how many records, and a hash over all of them. */
  async function contentOf(topic: string, partition: number) {
    const [stable = 0] = (await streams.offsets([{ topic, partition }])).map((one) => one.stable);
    const hash = createHash("sha256");
    let [next, records] = [0, 0];
    while (next < stable) {
      const [answer] = await streams.fetch([{ topic, partition, offset: next, maxBytes: 8 * 1024 * 1024 }]);
      if (answer?.status !== "ok") throw new Error(JSON.stringify(answer));
      for (const batch of walkBatches(answer.records))
        for (const { offset, timestamp, value } of decodeRecords(batch))
          if (offset === next) {
            hash.update(`${offset} ${timestamp} `).update(value ?? "");
            [next, records] = [next + 1, records + 1];
          }
    }
    return { records, hash: hash.digest("hex") };
  }

  const state = async (plan = "hourly") => runStateOf(await runtime.store.load(runKey("default", plan)));

  async function take(queue: "wake" | "work"): Promise<readonly Message[]> {
    const sqs = await clients.sqs();
    const all: Message[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queues[queue], MaxNumberOfMessages: 10 }),
      );
      for (const { MessageId = "", Body = "", ReceiptHandle = "" } of Messages)
        all.push({ messageId: MessageId, body: Body, receipt: ReceiptHandle });
      if (Messages.length === 0) return all;
    }
  }
  const drop = async (queue: "wake" | "work", { receipt }: Message) =>
    (await clients.sqs()).send(new DeleteMessageCommand({ QueueUrl: queues[queue], ReceiptHandle: receipt }));

  async function look(): Promise<void> {
    for (const message of await take("wake")) {
      expect(await wakes({ Records: [message] })).toEqual({ batchItemFailures: [] });
      await drop("wake", message);
    }
  }

  /** One round of both queues as Lambda serves them: one message at a time to each of several workers; what was done is deleted. */
  async function serve(leftMs: () => number, times = 1): Promise<readonly WorkMessage[]> {
    const work = [...(await take("work"))].reverse();
    const one = async (message: Message) => {
      const events = Array.from({ length: times }, () =>
        worker({ Records: [message] }, { getRemainingTimeInMillis: leftMs }),
      );
      for (const answer of (await Promise.all(events)) as readonly Batch[])
        expect(answer).toEqual({ batchItemFailures: [] });
      await drop("work", message);
    };
    await Promise.all(work.map(one));
    await look();
    return work.map(({ body }) => JSON.parse(body) as WorkMessage);
  }

  /** Rounds until it is so; each is most of a minute, and the tick comes with it. */
  async function until(over: () => Promise<boolean>, leftMs = 60_000, times = 1): Promise<readonly WorkMessage[]> {
    const done: WorkMessage[] = [];
    for (let round = 0; round < 60; round += 1) {
      // Who has little time at first has more and more of it, so that it ends on a slow machine as well.
      done.push(...(await serve(() => leftMs * 2 ** round, times)));
      if (await over()) return done;
      ahead += 30_000;
      await tick({ kind: "backups", id: `t${round}` });
    }
    throw new Error(`it does not end: ${JSON.stringify(await state())}`);
  }
  const idle = async () => (await state())?.current === undefined;

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const event = {
      ...{ version: "2.0", routeKey: "$default", rawPath: path, rawQueryString: "", isBase64Encoded: false },
      headers: { host: "api", authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      requestContext: { http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent: "curl" } },
    } as unknown as LambdaEvent;
    const answer = (await api(event)) as { statusCode: number; body: string };
    return { status: answer.statusCode, json: JSON.parse(answer.body) };
  }
  const base = "/api/v1/backup/hourly";

  /** An invocation in a process of its own, killed while it writes to the first bucket. */
  async function dies(message: Message): Promise<void> {
    const code = `const now = Date.now; Date.now = () => now() + ${ahead};
const { handler } = await import(${JSON.stringify(new URL("../../functions/backup/work-queue.ts", import.meta.url))});
await handler(${JSON.stringify({ Records: [message] })}, { getRemainingTimeInMillis: () => ${15 * MINUTE_MS} });`;
    const { promise: writing, resolve } = Promise.withResolvers<"writing">();
    door.refuse(({ method, path }) => {
      if (method !== "PUT" || !path.startsWith("/first/kafka/data/hourly/bkp_")) return undefined;
      resolve("writing");
      return "silence";
    });
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
    const ended = new Promise<"ended">((done) => child.once("exit", () => done("ended")));
    const how = await Promise.race([writing, ended]);
    await endNow(child);
    door.refuse(undefined);
    expect(how, said).toBe("writing");
  }

  test("the schedule's event becomes a verified point at both buckets: short turns, messages twice and out of order, a worker that died", async () => {
    await tick({ kind: "backups" });
    const units: Message[] = [];
    for (let round = 0; round < 30 && units.length === 0; round += 1) {
      await look();
      units.push(...(await take("work")).filter(({ body }) => body.includes('"task":"unit"')));
      ahead += 5_000;
      await tick({ kind: "backups" });
    }
    const [lost, ...others] = units;
    if (!lost) throw new Error("nothing was handed out");
    expect(others.length).toBe(2);
    await dies(lost);
    const run = (await state())?.current;
    // Somebody has it, as far as anybody knows.
    door.seen();
    expect(await worker({ Records: [lost] }, { getRemainingTimeInMillis: () => 60_000 })).toEqual({
      batchItemFailures: [],
    });
    expect(door.seen().filter(({ method }) => method === "PUT")).toEqual([]);
    await drop("work", lost);
    for (const message of [...others].reverse()) {
      await worker({ Records: [message, message] }, { getRemainingTimeInMillis: () => 40 });
      await drop("work", message);
    }
    expect((await state())?.current).toMatchObject({ id: run?.id, phase: "copying", counts: { units: 0 } });
    expect(await worker({ Records: [POISON] }, { getRemainingTimeInMillis: () => 60_000 })).toEqual({
      batchItemFailures: [{ itemIdentifier: "poison" }],
    });
    // A turn of 40 ms does not read it all: whoever comes next goes on where the receipts end.
    const went = await until(async () => (await state())?.current?.counts.units === 2, 40, 2);
    expect(new Set(went.flatMap(({ task, unit }) => (task === "unit" ? [unit] : [])))).toEqual(
      new Set(others.map(({ body }) => (JSON.parse(body) as WorkMessage).unit)),
    );
    ahead += 18 * MINUTE_MS;
    await tick({ kind: "backups" });
    const done = await until(idle, 60_000, 2);
    expect(done.filter(({ task, attempt }) => task === "unit" && attempt > 0)).toMatchObject([
      { run: run?.id, unit: (JSON.parse(lost.body) as WorkMessage).unit, attempt: 1 },
    ]);
    expect((await state())?.point).toMatchObject({
      ...{ id: run?.id, records: RECORDS, at: ["first", "second"], missing: [], gaps: 0, verified: "ok" },
    });
  }, 120_000);

  /** One run with news an hour later. */
  async function another(turn: number): Promise<void> {
    await produce(turn);
    ahead += 60 * MINUTE_MS;
    await tick({ kind: "backups" });
    await until(idle);
  }
  async function allWhole(count: number): Promise<void> {
    const { json } = await call("GET", `${base}/points`);
    expect(json.points.length).toBe(count);
    for (const point of json.points)
      expect(point, JSON.stringify(point)).toMatchObject({ at: ["first", "second"], status: "whole" });
  }

  test("a bucket that fails while records are written to it gets them from the other one before the run is over", async () => {
    let refused = 0;
    let sealed = false;
    door.refuse(({ method, path }) => {
      sealed ||= method === "PUT" && /^\/first\/.*\/manifest\.json/.test(path);
      if (sealed || method !== "PUT" || !/^\/second\/data\/hourly\/[^/]+\/\d/.test(path)) return undefined;
      refused += 1;
      // Not 503: how long a client slows down after it is the SDK's own business.
      return 500;
    });
    await another(BATCHES);
    door.refuse(undefined);
    expect(refused).toBeGreaterThan(0);
    expect((await state())?.point).toMatchObject({ at: ["first", "second"], missing: [], verified: "ok" });
    await allWhole(2);
  }, 60_000);

  test("a bucket that denies misses the point, and has it after the next run", async () => {
    door.refuse(({ method, path }) => (method === "PUT" && path.startsWith("/second/data") ? 403 : undefined));
    await another(BATCHES + 1);
    door.refuse(undefined);
    expect((await state())?.point).toMatchObject({ at: ["first"], missing: ["second"], verified: "ok" });
    await another(BATCHES + 2);
    expect((await state())?.point).toMatchObject({ at: ["first", "second"], missing: [] });
    await allWhole(4);
  }, 60_000);

  test("a run with nothing new writes little", async () => {
    ahead += 60 * MINUTE_MS;
    door.seen();
    await tick({ kind: "backups" });
    await until(idle);
    const puts = door.seen().filter(({ method, path }) => method === "PUT" && path.startsWith("/first/"));
    const paths = puts.map(({ path }) => path);
    expect(paths.filter((path) => /\/data\/hourly\/[^/]+\/\d/.test(path))).toEqual([]);
    expect(paths.length, paths.join("\n")).toBeLessThanOrEqual(16);
  }, 60_000);

  test("the same request twice, and two at once, begin one run; no broker has to be reached for it", async () => {
    await configure(true);
    const headers = { "idempotency-key": "k-1" };
    const began = performance.now();
    const [one, two] = [
      await call("POST", "/api/v1/backup/far/run", { why: "now" }, headers),
      await call("POST", "/api/v1/backup/far/run", { why: "now" }, headers),
    ];
    expect(performance.now() - began).toBeLessThan(5_000);
    expect([one.status, two.status]).toEqual([202, 202]);
    expect(two.json).toEqual(one.json);
    expect(await call("POST", "/api/v1/backup/far/run", {})).toMatchObject({
      status: 409,
      json: { code: "backup.busy" },
    });
    await configure(false);
    const both = await Promise.all([call("POST", `${base}/run`, {}), call("POST", `${base}/run`, {})]);
    expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(both.find(({ status }) => status === 409)?.json).toMatchObject({ code: "backup.busy" });
    await until(idle);
    expect((await state())?.ended[0]).toMatchObject({ outcome: "sealed" });
  }, 60_000);

  test("a restore that a person approves is compared with its point, whoever resends its message; a drill measures", async () => {
    const request = { topics: ["orders"], prefix: "again-", groupPrefix: "again-" };
    const begun = await call("POST", `${base}/restores`, { request, check: true, approval: true });
    expect(begun.status, JSON.stringify(begun.json)).toBe(202);
    const at = `${base}/restores/${begun.json.id}`;
    const restore = async () => (await call("GET", at)).json;
    await tick({ kind: "backups" });
    await serve(() => 60_000);
    expect((await restore()).job.phase).toBe("approval");
    expect((await call("POST", `${at}/approve`, { why: "yes" })).status).toBe(200);
    // The message is lost; the tick finds the restore due.
    for (const message of await take("work")) await drop("work", message);
    const over = async () => ["done", "partly", "failed"].includes((await restore()).job.phase);
    const done = await until(over, 60_000, 2);
    expect(done.filter(({ task }) => task === "restore").length).toBeLessThan(12);
    const { job, compared } = await restore();
    expect(job, JSON.stringify(job)).toMatchObject({ phase: "done", check: true });
    expect(compared).toMatchObject([0, 1, 2].map(() => ({ differences: 0 })));
    for (const partition of [0, 1, 2])
      expect(await contentOf("again-orders", partition)).toEqual(await contentOf("orders", partition));
    expect(await streams.groups(["again-readers"])).toMatchObject([
      { offsets: [{ topic: "again-orders", partition: 0, offset: 70 }] },
    ]);
    const drill = await call("POST", `${base}/drills`, { why: "test" });
    expect(drill.status, JSON.stringify(drill.json)).toBe(202);
    await until(async () => (await call("GET", `${base}/drills`)).json.current === undefined);
    expect((await call("GET", `${base}/drills`)).json.items[0]).toMatchObject({ id: drill.json.id, status: "passed" });
  }, 120_000);

  test("a plan without a good point for two intervals is told by the health check", async () => {
    const check = async () => (await call("GET", "/health")).json.checks["backup:age"][0];
    expect((await check()).status).toBe("pass");
    ahead += 3 * 60 * MINUTE_MS;
    expect(await check()).toMatchObject({ status: "warn", output: expect.stringContaining("hourly") });
  });
});
