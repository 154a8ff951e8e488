import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { HeadgateError } from "../core/kernel/errors.ts";

/** Seconds since the epoch; DynamoDB removes the item some time after. Reads filter by themselves. */
export const TTL_ATTRIBUTE = "ttl";

/**
 * The one table. The stack has the same definition (plus TTL on `ttl`, point-in-time recovery, deletion protection).
 *
 * - `pk`, `sk`: aggregates `A#<tenant>/<noun>` and `<subject>`; decisions `J#<tenant>/<shard>` and `<at>#<id>`.
 * - `due`: sparse, what wants to be looked at: `D#<shard>` by `dueAt`. Eight partitions, so that a tick may find some
 *   thousand a second. Keys only: the look itself is a consistent read of the item.
 * - `gsi1`: decisions of one subject, newest last: `J#<tenant>/<subject>`.
 */
export const tableSchema = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "duePk", AttributeType: "S" },
    { AttributeName: "dueAt", AttributeType: "N" },
    { AttributeName: "gsi1pk", AttributeType: "S" },
    { AttributeName: "gsi1sk", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "due",
      KeySchema: [
        { AttributeName: "duePk", KeyType: "HASH" },
        { AttributeName: "dueAt", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
    {
      IndexName: "gsi1",
      KeySchema: [
        { AttributeName: "gsi1pk", KeyType: "HASH" },
        { AttributeName: "gsi1sk", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    },
  ],
} as const satisfies Omit<CreateTableCommandInput, "TableName">;

const READY_WITHIN_MS = 30_000;
const POLL_MS = 20;

/** Creates the table with its indexes and waits until it can be used. For tests and emulators; deployed, the stack does it. */
export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new CreateTableCommand({ TableName: name, ...tableSchema } as unknown as CreateTableCommandInput));
  const started = performance.now();
  // The SDK's waiter counts in whole seconds, emulators are ready in milliseconds.
  while (performance.now() - started < READY_WITHIN_MS) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    if (Table?.TableStatus === "ACTIVE" && indexes.every((index) => index.IndexStatus === "ACTIVE")) return;
    await sleep(POLL_MS);
  }
  throw new HeadgateError("store.unavailable", `table ${name} is not ready after ${READY_WITHIN_MS} ms`, {
    retryable: true,
  });
}
