import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { acted } from "../core/kernel/acted.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import { shardOf } from "../core/kernel/hash.ts";
import { idTime } from "../core/kernel/id.ts";
import type { DecisionRecord, Outcome } from "../core/kernel/record.ts";
import { DAY_MS, type DurationMs } from "../core/kernel/time.ts";
import type { DecisionQuery, Journal } from "../core/ports/journal.ts";
import { dynamodbError, isConditionFailure } from "./dynamodb-errors.ts";
import { TTL_ATTRIBUTE } from "./dynamodb-table.ts";
import { type Item, keyPart, numberValue, packText, unpackText } from "./dynamodb-values.ts";
import {
  cursorPlace,
  DEFAULT_DECISIONS,
  MAX_DECISIONS,
  placeCursor,
  recordText,
  withOutcomes,
} from "./journal-rules.ts";
import { compareUtf8, pageSize } from "./store-rules.ts";

export interface DynamodbJournalOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** How long records are kept; the export to the object store keeps them longer. Default 90 days. */
  readonly retentionMs?: DurationMs;
  /** Pages (of 1 MB) read per partition and call; a rare reason in a long history then takes several calls. Default 8. */
  readonly maxPages?: number;
}

/**
 * Partitions of one tenant's decisions. Time in the partition key would not spread anything (all writes go to today's), so
 * the id does: four partitions take about 4,000 write units a second, some 1,000 decisions a second and tenant. One subject's
 * decisions are one partition of `gsi1`.
 */
const SHARDS = 4;
const MAX_PAGES = 8;
const RETENTION_MS = 90 * DAY_MS;
const AT_DIGITS = 15;

const shardKey = (tenant: string, shard: number): string => `J#${keyPart(tenant)}/${shard}`;
const sortKey = (at: number, id: string): string => `${String(at).padStart(AT_DIGITS, "0")}#${id}`;

/** Where a record lies, from its id alone. */
function itemKey(tenant: string, id: string): Item | undefined {
  const at = idTime(id);
  return at === undefined
    ? undefined
    : { pk: { S: shardKey(tenant, shardOf(id, SHARDS)) }, sk: { S: sortKey(at, id) } };
}

function toRecord(item: Item): DecisionRecord {
  const outcomes = Object.values(item["outcomes"]?.M ?? {}).map((value) => JSON.parse(value.S ?? "null") as Outcome);
  return withOutcomes(unpackText(item["body"]) ?? "null", outcomes);
}

const outcomeName = (outcome: Outcome): string => `${outcome.phase}/${outcome.at}`;

interface Slice {
  readonly items: readonly Item[];
  /** Sort key up to which (newest first) everything was seen; absent when the partition was read to its end. */
  readonly seenTo?: string;
}

/** The journal in the same table. Reads are queries of one partition (a subject) or four (a tenant), never a scan. */
export function dynamodbJournal({
  client,
  table,
  retentionMs = RETENTION_MS,
  maxPages = MAX_PAGES,
}: DynamodbJournalOptions): Journal {
  const ask = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw dynamodbError(error, "journal", table);
    }
  };
  /** For a write whose refusal means that it was done before (or that there is nothing to do it to). */
  const once = async (call: () => Promise<unknown>): Promise<void> => {
    try {
      await call();
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  };

  const slice = async (
    partition: { index?: string; pk: string },
    query: DecisionQuery,
    wanted: number,
  ): Promise<Slice> => {
    const filter = filterOf(query);
    const [low, high] = bounds(query);
    const pk = partition.index === undefined ? "pk" : "gsi1pk";
    const sk = partition.index === undefined ? "sk" : "gsi1sk";
    const items: Item[] = [];
    let from: Item | undefined;
    for (let page = 0; page < maxPages && low <= high; page += 1) {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          ...(partition.index === undefined ? { ConsistentRead: true } : { IndexName: partition.index }),
          KeyConditionExpression: "#pk = :pk AND #sk BETWEEN :low AND :high",
          ...(filter.text === "" ? { Limit: wanted } : { FilterExpression: filter.text }),
          ExpressionAttributeNames: { "#pk": pk, "#sk": sk, ...filter.names },
          ExpressionAttributeValues: {
            ":pk": { S: partition.pk },
            ":low": { S: low },
            ":high": { S: high },
            ...filter.values,
          },
          ScanIndexForward: false,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      items.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
      if (from === undefined) return { items };
      if (items.length >= wanted) break;
    }
    const seenTo = from?.["sk"]?.S;
    return { items, ...(seenTo === undefined ? {} : { seenTo }) };
  };

  return {
    append: (record) =>
      ask(async () => {
        const body = recordText(record);
        const key = itemKey(record.tenant, record.id);
        if (!key || idTime(record.id) !== record.at) {
          throw new HeadgateError(
            "input.invalid",
            `record.id: ${record.id} does not carry the record's time (allowed: an id made for ${record.at})`,
          );
        }
        const Item: Item = {
          ...key,
          gsi1pk: { S: `J#${keyPart(record.tenant)}/${keyPart(record.subject)}` },
          gsi1sk: key["sk"] as NonNullable<Item[string]>,
          noun: { S: record.noun },
          reason: { S: record.reason },
          acted: { BOOL: acted(record) },
          body: packText(body),
          outcomes: {
            M: Object.fromEntries(
              record.outcomes.map((outcome) => [outcomeName(outcome), { S: JSON.stringify(outcome) }]),
            ),
          },
          [TTL_ATTRIBUTE]: numberValue(Math.ceil((record.at + retentionMs) / 1_000)),
        };
        await once(() =>
          client.send(new PutItemCommand({ TableName: table, Item, ConditionExpression: "attribute_not_exists(pk)" })),
        );
      }),
    outcome: (tenant, id, outcome) =>
      ask(async () => {
        const Key = itemKey(tenant, id);
        if (!Key) return;
        await once(() =>
          client.send(
            new UpdateItemCommand({
              TableName: table,
              Key,
              ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(#outcomes.#name)",
              UpdateExpression: "SET #outcomes.#name = :outcome",
              ExpressionAttributeNames: { "#outcomes": "outcomes", "#name": outcomeName(outcome) },
              ExpressionAttributeValues: { ":outcome": { S: JSON.stringify(outcome) } },
            }),
          ),
        );
      }),
    get: (tenant, id) =>
      ask(async () => {
        const Key = itemKey(tenant, id);
        if (!Key) return undefined;
        const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
        return Item && toRecord(Item);
      }),
    list: (query) =>
      ask(async () => {
        const limit = pageSize(query.limit, MAX_DECISIONS, DEFAULT_DECISIONS);
        const partitions =
          query.subject === undefined
            ? Array.from({ length: SHARDS }, (_, shard) => ({ pk: shardKey(query.tenant, shard) }))
            : [{ index: "gsi1", pk: `J#${keyPart(query.tenant)}/${keyPart(query.subject)}` }];
        const slices = await Promise.all(partitions.map((partition) => slice(partition, query, limit + 2)));
        const shown = query.cursor === undefined ? undefined : cursorPlace(query.cursor);
        // Partitions end at different times; only what all of them have been read up to is in order without gaps.
        const seenTo = slices
          .flatMap((part) => part.seenTo ?? [])
          .sort(compareUtf8)
          .at(-1);
        const found = slices
          .flatMap((part) => part.items)
          .map((item) => ({ sk: item["sk"]?.S ?? "", item }))
          .filter(
            ({ sk }) =>
              (seenTo === undefined || compareUtf8(sk, seenTo) >= 0) && !(shown && sk === sortKey(shown.at, shown.id)),
          )
          .sort((a, b) => compareUtf8(b.sk, a.sk));
        const items = found.slice(0, limit).map(({ item }) => toRecord(item));
        const rest = found.length > limit ? found[limit - 1]?.sk : seenTo;
        return { items, ...(rest === undefined ? {} : { cursor: placeCursor(placeOf(rest)) }) };
      }),
    async close() {},
  };
}

const placeOf = (sk: string) => ({ at: Number(sk.slice(0, AT_DIGITS)), id: sk.slice(AT_DIGITS + 1) });

/** Sort keys between which the page lies, both inclusive; a time alone sorts before every key of that time. */
function bounds(query: DecisionQuery): readonly [string, string] {
  const prefix = (at: number) => String(Math.max(0, at)).padStart(AT_DIGITS, "0");
  const low = query.from === undefined ? "0" : prefix(Math.ceil(query.from));
  const place = query.cursor === undefined ? undefined : cursorPlace(query.cursor);
  const to = query.to === undefined ? undefined : prefix(Math.ceil(query.to));
  const shown = place && sortKey(place.at, place.id);
  const high = [shown, to].filter((text): text is string => text !== undefined).sort(compareUtf8)[0] ?? ":";
  return [low, high];
}

function filterOf(query: DecisionQuery): {
  readonly text: string;
  readonly names: Record<string, string>;
  readonly values: Item;
} {
  const wanted: readonly (readonly [string, Item[string] | undefined])[] = [
    ["noun", query.noun === undefined ? undefined : { S: query.noun }],
    ["reason", query.reason === undefined ? undefined : { S: query.reason }],
    ["acted", query.acted === undefined ? undefined : { BOOL: query.acted }],
  ];
  const used = wanted.filter((entry): entry is readonly [string, NonNullable<Item[string]>] => entry[1] !== undefined);
  return {
    text: used.map(([name]) => `#${name} = :${name}`).join(" AND "),
    names: Object.fromEntries(used.map(([name]) => [`#${name}`, name])),
    values: Object.fromEntries(used.map(([name, value]) => [`:${name}`, value])),
  };
}
