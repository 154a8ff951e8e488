import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DescribeTableCommand, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dynamodbJournal } from "../../shared/edge/dynamodb-journal.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { cuttingProxy } from "./cutting-proxy.ts";
import { type Dynalite, dynamodbClient, startDynalite } from "./dynalite.ts";
import { decision } from "./records.ts";

const START = 1_700_000_000_000;
const now = () => START;
const key = (subject: string) => ({ tenant: "default", noun: "autoscaling", subject });

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const stop = (server: Server) =>
  new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

describe("DynamoDB", () => {
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite.close());

  const counted = (client: DynamoDBClient): Map<string, number> => {
    const calls = new Map<string, number>();
    client.middlewareStack.add(
      (next, context) => (args) => {
        const name = String(context.commandName);
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return next(args);
      },
      { step: "initialize", name: "count" },
    );
    return calls;
  };

  test("a write whose answer was lost is known as won after the SDK has repeated it", async () => {
    const table = await dynalite.table();
    let cuts = 1;
    const proxy = cuttingProxy(dynalite.endpoint, (operation) => operation === "UpdateItem" && cuts-- > 0);
    const client = dynamodbClient(await listen(proxy));
    const store = dynamodbStore({ client, table, now });
    const first = await store.write(key("orders"), 0, { state: "mine" });
    const version = first.ok ? first.version : 0;
    expect(await store.load(key("orders"))).toMatchObject({ version, state: "mine" });
    expect(cuts).toBeLessThan(0);
    cuts = 1;
    expect(await store.write(key("orders"), version, { state: "mine too" })).toEqual({
      ok: true,
      version: version + 1,
    });
    expect(await store.write(key("orders"), version, { state: "late" })).toEqual({ ok: false });
    expect(await store.load(key("orders"))).toMatchObject({ version: version + 1, state: "mine too" });
    client.destroy();
    await stop(proxy);
  });

  test("throttling is said as such and may be tried again", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
      response.end(
        JSON.stringify({
          __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
          message: "slow down",
        }),
      );
    });
    const client = dynamodbClient(await listen(server), 1);
    const store = dynamodbStore({ client, table: "t", now });
    for (const call of [
      store.load(key("a")),
      store.write(key("a"), 0, { state: 1 }),
      store.remove(key("a"), 1),
      store.due(START, 1),
      store.list("t", "n"),
    ]) {
      await expect(call).rejects.toMatchObject({ name: "HeadgateError", code: "store.throttled", retryable: true });
    }
    const journal = dynamodbJournal({ client, table: "t" });
    const record = decision({ at: START });
    for (const call of [
      journal.append(record),
      journal.get("default", record.id),
      journal.list({ tenant: "default" }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: "journal.unavailable", retryable: true });
    }
    client.destroy();
    await stop(server);
  });

  test("a table out of reach is unavailable and may be tried again; a missing one is not", async () => {
    const gone = createServer();
    const endpoint = await listen(gone);
    await stop(gone);
    const client = dynamodbClient(endpoint, 1);
    await expect(dynamodbStore({ client, table: "t", now }).load(key("a"))).rejects.toMatchObject({
      code: "store.unavailable",
      retryable: true,
    });
    await expect(dynamodbJournal({ client, table: "t" }).append(decision({ at: START }))).rejects.toMatchObject({
      code: "journal.unavailable",
      retryable: true,
    });
    client.destroy();
    await expect(
      dynamodbStore({ client: dynalite.client, table: "nowhere", now }).load(key("a")),
    ).rejects.toMatchObject({
      code: "store.unavailable",
      retryable: false,
      message: expect.stringContaining("table nowhere does not exist"),
    });
  });

  test("a refused write costs one read, a won one none, and nothing ever scans", async () => {
    const table = await dynalite.table();
    const client = dynamodbClient(dynalite.endpoint);
    const calls = counted(client);
    const store = dynamodbStore({ client, table, now });
    await store.write(key("a"), 0, { state: 1, dueAt: START });
    expect(Object.fromEntries(calls)).toEqual({ UpdateItemCommand: 1 });
    await store.write(key("a"), 0, { state: 2 });
    expect(Object.fromEntries(calls)).toEqual({ UpdateItemCommand: 2, GetItemCommand: 1 });
    const journal = dynamodbJournal({ client, table });
    for (let index = 0; index < 5; index += 1)
      await journal.append(decision({ at: START + index, subject: `s${index % 2}` }));
    calls.clear();
    await journal.list({ tenant: "default", subject: "s1", limit: 2 });
    expect(Object.fromEntries(calls)).toEqual({ QueryCommand: 1 });
    calls.clear();
    await journal.list({
      tenant: "default",
      noun: "autoscaling",
      reason: "within_target",
      from: START,
      to: START + 9,
      acted: false,
    });
    expect(Object.fromEntries(calls)).toEqual({ QueryCommand: 4 });
    calls.clear();
    await store.due(START, 10);
    await store.list("default", "autoscaling");
    expect(Object.fromEntries(calls)).toEqual({ QueryCommand: 9 });
    calls.clear();
    await journal.get("default", decision({ at: START }).id);
    await journal.append(decision({ at: START }));
    await journal.outcome("default", decision({ at: START }).id, { phase: "observed", at: START, text: "seen" });
    expect(Object.fromEntries(calls)).toEqual({ GetItemCommand: 1, PutItemCommand: 1, UpdateItemCommand: 1 });
    client.destroy();
  });

  test("decisions and due keys are spread over their partitions", async () => {
    const table = await dynalite.table();
    const { client } = dynalite;
    const store = dynamodbStore({ client, table, now });
    await Promise.all(
      Array.from({ length: 64 }, (_, index) => store.write(key(`s${index}`), 0, { state: 1, dueAt: START })),
    );
    const partitions = await Promise.all(
      Array.from({ length: 64 }, async (_, index) => {
        const answer = await client.send(
          new GetItemCommand({ TableName: table, Key: { pk: { S: "A#default/autoscaling" }, sk: { S: `s${index}` } } }),
        );
        return answer.Item?.["duePk"]?.S;
      }),
    );
    expect(new Set(partitions)).toEqual(new Set(Array.from({ length: 8 }, (_, shard) => `D#${shard}`)));
  });

  test("a decision record is stored small: an item of 10 KB takes less than 3", async () => {
    const table = await dynalite.table();
    const points = Array.from({ length: 90 }, (_, index) => ({
      at: START + index * 60_000,
      value: Math.round(50 + 20 * Math.sin(index)),
    }));
    const readings = Object.fromEntries(
      ["cpu", "memory", "requests"].map((metric) => [
        metric,
        { metric, unit: "percent", periodMs: 60_000, points, source: "cloudwatch" },
      ]),
    );
    const record = decision({ at: START, input: { readings } });
    expect(JSON.stringify(record).length).toBeGreaterThan(7_000);
    const store = dynamodbStore({ client: dynalite.client, table, now });
    await store.write(key("orders"), 0, { state: 1, pending: { record, actions: [], attempts: 1 }, leaseUntil: START });
    const { Item } = await dynalite.client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: "A#default/autoscaling" }, sk: { S: "orders" } } }),
    );
    expect(Item?.["pending"]?.B?.length).toBeLessThan(3_000);
    expect((await store.load(key("orders")))?.pending?.record).toStrictEqual(record);
  });

  test("expired items carry the second from which DynamoDB may remove them, never earlier than they expire", async () => {
    const table = await dynalite.table();
    const store = dynamodbStore({ client: dynalite.client, table, now });
    await store.write(key("short"), 0, { state: 1, expiresAt: START + 1_500 });
    const { Item } = await dynalite.client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: "A#default/autoscaling" }, sk: { S: "short" } } }),
    );
    expect(Item?.["ttl"]).toEqual({ N: String(START / 1_000 + 2) });
  });

  test("a rare reason in a long history comes in bounded pages without gap", async () => {
    const table = await dynalite.table();
    const journal = dynamodbJournal({ client: dynalite.client, table, maxPages: 1 });
    const noise = (seed: number) =>
      Array.from({ length: 100_000 }, (_, index) =>
        String.fromCodePoint(0x4e00 + (((index * 7_919 + seed * 104_729) ^ (index >> 3)) % 20_000)),
      ).join("");
    const records = Array.from({ length: 24 }, (_, index) =>
      decision({ at: START + index, subject: "s", input: noise(index), reason: index % 11 === 1 ? "rare" : "usual" }),
    );
    for (const record of records) await journal.append(record);
    for (const query of [{ tenant: "default" }, { tenant: "default", subject: "s" }]) {
      const found: string[] = [];
      let cursor: string | undefined;
      let calls = 0;
      do {
        const page = await journal.list({ ...query, reason: "rare", ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.items.map((record) => record.id));
        cursor = page.cursor;
        calls += 1;
      } while (cursor !== undefined && calls < 50);
      expect(found).toEqual(
        records
          .filter((record) => record.reason === "rare")
          .map((record) => record.id)
          .reverse(),
      );
      expect(calls).toBeGreaterThan(1);
    }
  });

  test("a record whose id does not carry its time is refused: nobody could find it by id", async () => {
    const journal = dynamodbJournal({ client: dynalite.client, table: await dynalite.table() });
    for (const id of ["dec_1", decision({ at: START + 1 }).id]) {
      await expect(journal.append(decision({ at: START, id }))).rejects.toMatchObject({ code: "input.invalid" });
    }
  });

  test("the table has the two indexes the design names", async () => {
    const { Table } = await dynalite.client.send(new DescribeTableCommand({ TableName: await dynalite.table() }));
    const indexes = (Table?.GlobalSecondaryIndexes ?? []).map((index) => [
      index.IndexName,
      index.Projection?.ProjectionType,
    ]);
    expect(Object.fromEntries(indexes)).toEqual({ due: "KEYS_ONLY", gsi1: "ALL" });
    expect(Table?.BillingModeSummary?.BillingMode).toBe("PAY_PER_REQUEST");
  });
});
