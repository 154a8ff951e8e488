import { describe } from "vitest";
import { dynamodbJournal } from "../../shared/edge/dynamodb-journal.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { journalContract } from "../contract/journal.ts";
import { storeContract } from "../contract/store.ts";
import { useDynamoDbLocal } from "./dynamodb-local.ts";
import { missing } from "./parts.ts";

const why = missing("dynamodb-local");

describe.skipIf(why)(`on DynamoDB Local${why ? ` [skipped: ${why}]` : ""}`, () => {
  const dynamodb = useDynamoDbLocal();

  storeContract("DynamoDB Local", async () => {
    const clock = { now: 0 };
    const store = dynamodbStore({ client: dynamodb.client(), table: await dynamodb.table(), now: () => clock.now });
    return { store, clock, close: () => store.close() };
  });

  journalContract("DynamoDB Local", async () => {
    const journal = dynamodbJournal({ client: dynamodb.client(), table: await dynamodb.table() });
    return { journal, close: () => journal.close() };
  });
});
