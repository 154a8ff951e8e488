import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { dynamodbJournal } from "../../shared/edge/dynamodb-journal.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";
import { journalContract } from "./journal.ts";

let dynalite: Dynalite;
let folder: string;
beforeAll(async () => {
  dynalite = await startDynalite();
  folder = mkdtempSync(join(tmpdir(), "headgate-journal-"));
});
afterAll(async () => {
  await dynalite.close();
  rmSync(folder, { recursive: true });
});

journalContract("memory", async () => {
  const journal = memoryJournal();
  return { journal, close: () => journal.close() };
});

let files = 0;
journalContract("SQLite", async () => {
  files += 1;
  const file = openSqlite(join(folder, `${files}.db`), () => 0);
  return { journal: file.journal, close: () => file.close() };
});

journalContract("DynamoDB (dynalite)", async () => {
  const journal = dynamodbJournal({ client: dynalite.client, table: await dynalite.table() });
  return { journal, close: () => journal.close() };
});
