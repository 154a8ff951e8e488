import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Circuit } from "../../shared/core/kernel/circuit.ts";
import { dynamodbCircuits } from "../../shared/edge/dynamodb-circuits.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { memoryCircuits } from "../../shared/edge/memory-circuits.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import { circuitsContract } from "./circuits.ts";
import { cuttingProxy } from "./cutting-proxy.ts";
import { type Dynalite, dynamodbClient, startDynalite } from "./dynalite.ts";

let dynalite: Dynalite;
let folder: string;
beforeAll(async () => {
  dynalite = await startDynalite();
  folder = mkdtempSync(join(tmpdir(), "headgate-circuits-"));
});
afterAll(async () => {
  await dynalite.close();
  rmSync(folder, { recursive: true });
});

circuitsContract("memory", async () => {
  const clock = { now: 0 };
  return { circuits: memoryCircuits(() => clock.now), clock, close: async () => {} };
});

let files = 0;
circuitsContract("SQLite", async () => {
  const clock = { now: 0 };
  files += 1;
  const file = openSqlite(join(folder, `${files}.db`), () => clock.now);
  return { circuits: file.circuits, clock, close: () => file.close() };
});

circuitsContract("DynamoDB (dynalite)", async () => {
  const clock = { now: 0 };
  const circuits = dynamodbCircuits({ client: dynalite.client, table: await dynalite.table(), now: () => clock.now });
  return { circuits, clock, close: async () => {} };
});

const START = 1_700_000_000_000;
const key = { tenant: "default", circuit: "orders/10.0.0.7:8080" };
const open: Circuit = {
  v: 1,
  status: "open",
  epoch: 1,
  rev: 1,
  since: START,
  opens: 1,
  probes: [],
  successes: 0,
  openUntil: START + 60_000,
};

describe("circuits on DynamoDB", () => {
  const behind = async (operation: string, cuts: { left: number }) => {
    const proxy: Server = cuttingProxy(dynalite.endpoint, (name) => name === operation && cuts.left-- > 0);
    await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
    const client = dynamodbClient(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const circuits = dynamodbCircuits({ client, table: await dynalite.table(), now: () => START });
    const close = async () => {
      client.destroy();
      proxy.closeAllConnections();
      await new Promise<void>((resolve) => void proxy.close(() => resolve()));
    };
    return { circuits, close };
  };

  test("an addition whose answer was lost is repeated by the SDK and counts once", async () => {
    const cuts = { left: 0 };
    const { circuits, close } = await behind("UpdateItem", cuts);
    for (let failures = 1; failures <= 3; failures += 1) {
      cuts.left = 1;
      const result = await circuits.add(key, { epoch: 0, add: { failures: 1 }, at: START });
      expect(cuts.left).toBeLessThan(0);
      expect(result).toMatchObject({ ok: true, item: { counts: { failures } } });
    }
    await close();
  });

  test("a change whose answer was lost is known as won after the SDK has repeated it", async () => {
    const cuts = { left: 1 };
    const { circuits, close } = await behind("PutItem", cuts);
    expect(await circuits.change(key, { rev: 0, epoch: 0 }, open, { at: START })).toMatchObject({
      ok: true,
      item: { circuit: open },
    });
    expect(cuts.left).toBeLessThan(0);
    const late = { ...open, opens: 7 };
    expect(await circuits.change(key, { rev: 0, epoch: 0 }, late, { at: START })).toMatchObject({
      ok: false,
      item: { circuit: open },
    });
    await close();
  });

  test("circuits and the store's items share one table and do not see each other", async () => {
    const table = await dynalite.table();
    const now = () => START;
    const store = dynamodbStore({ client: dynalite.client, table, now });
    const circuits = dynamodbCircuits({ client: dynalite.client, table, now });
    await circuits.add({ tenant: "default", circuit: "x" }, { epoch: 0, add: { failures: 1 }, at: START });
    await store.write({ tenant: "default", noun: "traffic", subject: "x" }, 0, { state: 1, dueAt: START });
    expect((await circuits.list("default")).items).toHaveLength(1);
    expect((await store.list("default", "traffic")).items).toHaveLength(1);
    expect(await store.due(START, 10)).toEqual([{ tenant: "default", noun: "traffic", subject: "x" }]);
  });

  test("a table out of reach is unavailable and may be tried again", async () => {
    const client = dynamodbClient("http://127.0.0.1:1", 1);
    const circuits = dynamodbCircuits({ client, table: "t", now: () => START });
    for (const call of [
      circuits.load(key),
      circuits.add(key, { epoch: 0, add: { failures: 1 }, at: START }),
      circuits.change(key, open, open, { at: START }),
      circuits.list("default"),
      circuits.remove(key, 1),
    ])
      await expect(call).rejects.toMatchObject({ code: "store.unavailable", retryable: true });
    client.destroy();
  });
});

describe("circuits on SQLite", () => {
  test("what was counted and changed is there again after closing and opening", async () => {
    const path = join(folder, "again.db");
    const first = openSqlite(path, () => START);
    await first.circuits.add(key, { epoch: 0, add: { failures: 4 }, at: START });
    await first.circuits.change({ ...key, circuit: "b" }, { rev: 0, epoch: 0 }, open, { at: START });
    await first.close();
    const second = openSqlite(path, () => START);
    expect(await second.circuits.load(key)).toMatchObject({ counts: { failures: 4 } });
    expect((await second.circuits.load({ ...key, circuit: "b" }))?.circuit).toStrictEqual(open);
    await second.close();
  });

  test("two processes on one file count together and keep the rule of one winner", async () => {
    const path = join(folder, "two.db");
    const files = [openSqlite(path, () => START), openSqlite(path, () => START)];
    await Promise.all(
      files.flatMap(({ circuits }) =>
        Array.from({ length: 50 }, () => circuits.add(key, { epoch: 0, add: { failures: 1 }, at: START })),
      ),
    );
    const results = await Promise.all(
      files.flatMap(({ circuits }) =>
        Array.from({ length: 20 }, () => circuits.change(key, { rev: 0, epoch: 0 }, open, { at: START, counts: {} })),
      ),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    for (const file of files) await file.close();
  });
});
