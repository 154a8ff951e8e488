import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { shardOf } from "../core/kernel/hash.ts";
import { type AggregateKey, keyText } from "../core/kernel/key.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Store, Stored, Write, WriteResult } from "../core/ports/store.ts";
import { dynamodbError, isConditionFailure } from "./dynamodb-errors.ts";
import { LIVE, livePage, queryAll } from "./dynamodb-query.ts";
import { TTL_ATTRIBUTE } from "./dynamodb-table.ts";
import { type Item, keyPart, numberOf, numberValue, packText, unpackText } from "./dynamodb-values.ts";
import { checkKey, compareUtf8, firstVersion, writeTexts } from "./store-rules.ts";

export interface DynamodbStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Epoch ms; decides what has expired. */
  readonly now: () => Millis;
}

const DUE_SHARDS = 8;
const AGGREGATE = /^A#([^/]+)\/(.+)$/s;

const partition = (tenant: string, noun: string): string => `A#${keyPart(tenant)}/${keyPart(noun)}`;
const itemKey = (key: AggregateKey): Item => ({ pk: { S: partition(key.tenant, key.noun) }, sk: { S: key.subject } });

function keyOf(item: Item): AggregateKey | undefined {
  const match = AGGREGATE.exec(item["pk"]?.S ?? "");
  const subject = item["sk"]?.S;
  if (!match?.[1] || !match[2] || !subject) return undefined;
  return { tenant: decodeURIComponent(match[1]), noun: decodeURIComponent(match[2]), subject };
}

function toStored(key: AggregateKey, item: Item): Stored {
  const pending = unpackText(item["pending"]);
  const leaseUntil = numberOf(item["leaseUntil"]);
  const dueAt = numberOf(item["wantedAt"]);
  const expiresAt = numberOf(item["expiresAt"]);
  return {
    key: { tenant: key.tenant, noun: key.noun, subject: key.subject },
    version: numberOf(item["version"]) ?? 0,
    state: JSON.parse(unpackText(item["state"]) ?? "null"),
    ...(pending === undefined ? {} : { pending: JSON.parse(pending) }),
    ...(leaseUntil === undefined ? {} : { leaseUntil }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** The attributes of a whole next item; undefined ones are removed. `dueAt` is what the index sorts by, `wantedAt` what was asked. */
function attributes(key: AggregateKey, next: Write, token: string): Record<string, AttributeValue | undefined> {
  const texts = writeTexts(key, next);
  const lease = next.pending === undefined ? undefined : next.leaseUntil;
  const wake = Math.min(next.dueAt ?? Number.POSITIVE_INFINITY, lease ?? Number.POSITIVE_INFINITY);
  // What expires before it is due would only be found dead.
  const due = Number.isFinite(wake) && !(next.expiresAt !== undefined && next.expiresAt <= wake);
  const number = (value: number | undefined) => (value === undefined ? undefined : numberValue(value));
  return {
    state: packText(texts.state),
    pending: texts.pending === undefined ? undefined : packText(texts.pending),
    leaseUntil: number(next.leaseUntil),
    wantedAt: number(next.dueAt),
    expiresAt: number(next.expiresAt),
    duePk: due ? { S: `D#${shardOf(keyText(key), DUE_SHARDS)}` } : undefined,
    dueAt: due ? numberValue(wake) : undefined,
    [TTL_ATTRIBUTE]: next.expiresAt === undefined ? undefined : numberValue(Math.ceil(next.expiresAt / 1_000)),
    token: { S: token },
  };
}

/** The store on one DynamoDB table. Single-item conditional writes only; no transactions, no scans. */
export function dynamodbStore({ client, table, now }: DynamodbStoreOptions): Store {
  const ask = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw dynamodbError(error, "store", table);
    }
  };
  const get = (key: AggregateKey) =>
    client
      .send(new GetItemCommand({ TableName: table, Key: itemKey(key), ConsistentRead: true }))
      .then((answer) => answer.Item);
  const live = (item: Item): boolean => {
    const expiresAt = numberOf(item["expiresAt"]);
    return expiresAt === undefined || expiresAt > now();
  };

  const write = async (key: AggregateKey, version: number, next: Write): Promise<WriteResult> => {
    const token = randomUUID();
    const values = Object.entries(attributes(key, next, token));
    const set = values.filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined);
    const gone = values.filter(([, value]) => value === undefined).map(([name]) => `#${name}`);
    const condition =
      version > 0 ? `#version = :version AND ${LIVE}` : "attribute_not_exists(#pk) OR #expiresAt <= :now";
    try {
      const answer = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: itemKey(key),
          ConditionExpression: condition,
          UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(", ")}, #version = if_not_exists(#version, :before) + :one${
            gone.length > 0 ? ` REMOVE ${gone.join(", ")}` : ""
          }`,
          ExpressionAttributeNames: {
            ...Object.fromEntries(values.map(([name]) => [`#${name}`, name])),
            "#version": "version",
            ...(version > 0 ? {} : { "#pk": "pk" }),
          },
          ExpressionAttributeValues: {
            ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
            ":now": numberValue(now()),
            // An item that is there goes on from its own version, a new one from a number nobody remembers.
            ":before": numberValue(firstVersion()),
            ":one": numberValue(1),
            ...(version > 0 ? { ":version": numberValue(version) } : {}),
          },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return { ok: true, version: numberOf(answer.Attributes?.["version"]) ?? version + 1 };
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      // The SDK repeats a call whose answer was lost: then the first one won, and the loser is ourselves.
      const item = await get(key);
      return item?.["token"]?.S === token
        ? { ok: true, version: numberOf(item["version"]) ?? version + 1 }
        : { ok: false };
    }
  };

  return {
    load: (key) =>
      ask(async () => {
        checkKey(key);
        const item = await get(key);
        return item && live(item) ? toStored(key, item) : undefined;
      }),
    write: (key, version, next) => ask(() => write(key, version, next)),
    remove: (key, version) =>
      ask(async () => {
        checkKey(key);
        try {
          await client.send(
            new DeleteItemCommand({
              TableName: table,
              Key: itemKey(key),
              ConditionExpression: `#version = :version AND ${LIVE}`,
              ExpressionAttributeNames: { "#version": "version", "#expiresAt": "expiresAt" },
              ExpressionAttributeValues: { ":version": numberValue(version), ":now": numberValue(now()) },
            }),
          );
          return true;
        } catch (error) {
          if (isConditionFailure(error)) return false;
          throw error;
        }
      }),
    due: (before, limit) =>
      ask(async () => {
        const shards = await Promise.all(
          Array.from({ length: DUE_SHARDS }, (_, shard) =>
            queryAll(client, limit, {
              TableName: table,
              IndexName: "due",
              KeyConditionExpression: "#duePk = :shard AND #dueAt <= :before",
              ExpressionAttributeNames: { "#duePk": "duePk", "#dueAt": "dueAt" },
              ExpressionAttributeValues: { ":shard": { S: `D#${shard}` }, ":before": numberValue(before) },
              Limit: limit,
            }),
          ),
        );
        return shards
          .flat()
          .flatMap((item) => {
            const key = keyOf(item);
            return key ? [{ key, at: numberOf(item["dueAt"]) ?? 0 }] : [];
          })
          .sort((a, b) => a.at - b.at || compareUtf8(keyText(a.key), keyText(b.key)))
          .slice(0, limit)
          .map(({ key }) => key);
      }),
    list: (tenant, noun, options = {}) =>
      ask(async () => {
        checkKey({ tenant, noun, subject: "-" });
        const page = await livePage(client, table, partition(tenant, noun), options, now());
        return {
          ...page,
          items: page.items.map((item) => toStored({ tenant, noun, subject: item["sk"]?.S ?? "" }, item)),
        };
      }),
    async close() {},
  };
}
