import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";
import { storeContract } from "./store.ts";

let dynalite: Dynalite;
let folder: string;
beforeAll(async () => {
  dynalite = await startDynalite();
  folder = mkdtempSync(join(tmpdir(), "headgate-store-"));
});
afterAll(async () => {
  await dynalite.close();
  rmSync(folder, { recursive: true });
});

storeContract("memory", async () => {
  const clock = { now: 0 };
  const store = memoryStore(() => clock.now);
  return { store, clock, close: () => store.close() };
});

let files = 0;
storeContract("SQLite", async () => {
  const clock = { now: 0 };
  files += 1;
  const file = openSqlite(join(folder, `${files}.db`), () => clock.now);
  return { store: file.store, clock, close: () => file.close() };
});

storeContract("DynamoDB (dynalite)", async () => {
  const clock = { now: 0 };
  const store = dynamodbStore({ client: dynalite.client, table: await dynalite.table(), now: () => clock.now });
  return { store, clock, close: () => store.close() };
});
