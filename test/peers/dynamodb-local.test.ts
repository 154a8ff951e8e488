import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe } from "vitest";
import { dynamodbJournal } from "../../shared/edge/dynamodb-journal.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { createTable } from "../../shared/edge/dynamodb-table.ts";
import { dynamodbClient } from "../contract/dynalite.ts";
import { journalContract } from "../contract/journal.ts";
import { storeContract } from "../contract/store.ts";
import { missing, type Part, startDynamoDbLocal } from "./parts.ts";

const why = missing("dynamodb-local");

describe.skipIf(why)(`on DynamoDB Local${why ? ` [skipped: ${why}]` : ""}`, () => {
  let part: Part | undefined;
  let client: DynamoDBClient;
  let tables = 0;
  const table = async () => {
    const name = `headgate-${++tables}`;
    await createTable(client, name);
    return name;
  };
  beforeAll(async () => {
    part = await startDynamoDbLocal();
    client = dynamodbClient(part.endpoint);
  });
  afterAll(async () => {
    client?.destroy();
    await part?.stop();
  });

  storeContract("DynamoDB Local", async () => {
    const clock = { now: 0 };
    const store = dynamodbStore({ client, table: await table(), now: () => clock.now });
    return { store, clock, close: () => store.close() };
  });

  journalContract("DynamoDB Local", async () => {
    const journal = dynamodbJournal({ client, table: await table() });
    return { journal, close: () => journal.close() };
  });
});
