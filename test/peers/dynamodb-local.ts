import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll } from "vitest";
import { createTable } from "../../shared/edge/dynamodb-table.ts";
import { dynamodbClient } from "../contract/dynalite.ts";
import { type Part, startDynamoDbLocal } from "./parts.ts";

/** DynamoDB Local for the tests of one `describe`: runs from before the first to after the last. */
export interface DynamoDbLocal {
  client(): DynamoDBClient;
  endpoint(): string;
  /** A new table; its name. */
  table(): Promise<string>;
}

export function useDynamoDbLocal(): DynamoDbLocal {
  let running: { readonly part: Part; readonly client: DynamoDBClient } | undefined;
  let tables = 0;
  const get = () => {
    if (!running) throw new Error("DynamoDB Local runs in tests only");
    return running;
  };
  beforeAll(async () => {
    const part = await startDynamoDbLocal();
    running = { part, client: dynamodbClient(part.endpoint) };
  });
  afterAll(async () => {
    running?.client.destroy();
    await running?.part.stop();
  });
  return {
    client: () => get().client,
    endpoint: () => get().part.endpoint,
    table: async () => {
      const name = `headgate-${++tables}`;
      await createTable(get().client, name);
      return name;
    },
  };
}
