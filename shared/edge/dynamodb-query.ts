import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { Millis } from "../core/kernel/time.ts";
import { type Item, numberValue } from "./dynamodb-values.ts";
import { decodeCursor, encodeCursor, pageSize } from "./store-rules.ts";

/** Not expired at `:now`. Deletion by time to live is late, so it is looked at with every read and write. */
export const LIVE = "(attribute_not_exists(#expiresAt) OR #expiresAt > :now)";

/** Pages through a query until `wanted` items are there or it ends. */
export async function queryAll(
  client: DynamoDBClient,
  wanted: number,
  input: ConstructorParameters<typeof QueryCommand>[0],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let from = input.ExclusiveStartKey;
  do {
    const answer = await client.send(
      new QueryCommand({ ...input, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
    );
    items.push(...(answer.Items ?? []));
    from = answer.LastEvaluatedKey;
  } while (from !== undefined && items.length < wanted);
  return items;
}

/**
 * One page of the live items of a partition, in order of their sort keys. Only the sort key comes from the cursor: a foreign cursor
 * cannot lead to another tenant.
 *
 * @throws HeadgateError `input.invalid` for a limit or a cursor that is none
 */
export async function livePage(
  client: DynamoDBClient,
  table: string,
  partition: string,
  asked: {
    readonly prefix?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  },
  now: Millis,
): Promise<{ readonly items: readonly Item[]; readonly cursor?: string }> {
  const limit = pageSize(asked.limit);
  const prefix = asked.prefix ?? "";
  const pk = { S: partition };
  const found = await queryAll(client, limit + 1, {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: `#pk = :pk${prefix === "" ? "" : " AND begins_with(#sk, :prefix)"}`,
    FilterExpression: LIVE,
    ExpressionAttributeNames: { "#pk": "pk", "#expiresAt": "expiresAt", ...(prefix === "" ? {} : { "#sk": "sk" }) },
    ExpressionAttributeValues: {
      ":pk": pk,
      ":now": numberValue(now),
      ...(prefix === "" ? {} : { ":prefix": { S: prefix } }),
    },
    Limit: limit + 1,
    ...(asked.cursor === undefined ? {} : { ExclusiveStartKey: { pk, sk: { S: decodeCursor(asked.cursor) } } }),
  });
  const items = found.slice(0, limit);
  const last = items.at(-1)?.["sk"]?.S;
  return { items, ...(last !== undefined && found.length > limit ? { cursor: encodeCursor(last) } : {}) };
}
