import { randomBytes } from "node:crypto";
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { CircuitKey, Circuits, CountDelta } from "../core/ports/circuits.ts";
import {
  afterAdd,
  afterChange,
  type CircuitItem,
  checkCircuitKey,
  checkCounts,
  checkDelta,
  toStoredCircuit,
} from "./circuit-rules.ts";
import { addition, onlyMore, type PlannedDelta, planned, withChange } from "./dynamodb-circuit-expressions.ts";
import { circuitKey, fromItem, slotName, wholeItem } from "./dynamodb-circuit-item.ts";
import { dynamodbError, isConditionFailure } from "./dynamodb-errors.ts";
import { LIVE, livePage } from "./dynamodb-query.ts";
import { type Item, numberValue } from "./dynamodb-values.ts";
import { checkNumbers } from "./store-rules.ts";

export interface DynamodbCircuitsOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Epoch ms; decides what has expired. */
  readonly now: () => Millis;
}

const EXPIRED = "(attribute_not_exists(#pk) OR #expiresAt <= :now)";

/** Taking back meets another who takes back so many times in a row; then only what is to be added is added. */
const CLIPS = 6;
const MOST_TRIES = CLIPS + 4;

const newToken = (): string => randomBytes(9).toString("base64url");

/**
 * Circuits in the one table, beside the store's items: `C#<tenant>` and the circuit's name. Counts are added to, everything else is one
 * conditional write; no transactions, no scans. What a refusal returns is read after it, because not every DynamoDB returns it.
 */
export function dynamodbCircuits({ client, table, now }: DynamodbCircuitsOptions): Circuits {
  const ask = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw dynamodbError(error, "store", table);
    }
  };
  /** Undefined where the condition did not hold. */
  const unlessRefused = async <T>(call: Promise<T>): Promise<T | undefined> => {
    try {
      return await call;
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  };
  const get = async (key: CircuitKey): Promise<Item | undefined> =>
    (await client.send(new GetItemCommand({ TableName: table, Key: circuitKey(key), ConsistentRead: true }))).Item;
  const live = (raw: Item | undefined): CircuitItem | undefined => {
    const item = raw && fromItem(raw);
    return item?.expiresAt !== undefined && item.expiresAt <= now() ? undefined : item;
  };
  const shown = (key: CircuitKey, item: CircuitItem | undefined) => (item ? { item: toStoredCircuit(key, item) } : {});

  /** Writes the whole item where there is none that lives. */
  const begin = (key: CircuitKey, item: CircuitItem, token: string) =>
    unlessRefused(
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: wholeItem(key, item, token),
          ConditionExpression: EXPIRED,
          ExpressionAttributeNames: { "#pk": "pk", "#expiresAt": "expiresAt" },
          ExpressionAttributeValues: { ":now": numberValue(now()) },
        }),
      ),
    );

  const addOnce = async (key: CircuitKey, delta: PlannedDelta, token: string): Promise<CircuitItem | undefined> => {
    const expression = addition(delta, token, now());
    const done = await unlessRefused(
      client.send(
        new UpdateItemCommand({ TableName: table, Key: circuitKey(key), ...expression, ReturnValues: "ALL_NEW" }),
      ),
    );
    return done && fromItem(done.Attributes ?? {});
  };

  const add = async (key: CircuitKey, asked: CountDelta) => {
    const token = newToken();
    let delta = planned(asked, undefined);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const done = await addOnce(key, delta, token);
      if (done) return { ok: true, ...shown(key, done) };
      const raw = await get(key);
      const item = live(raw);
      // The SDK repeats a call whose answer was lost: then it was counted, and what refuses is our own token.
      if (raw?.[slotName(token)]?.S === token) return { ok: true, ...shown(key, item) };
      const next = afterAdd(item, asked);
      if (next === "refused") return { ok: false, ...shown(key, item) };
      if (!next) return { ok: true };
      if (raw && !item && (await begin(key, next, token))) return { ok: true, ...shown(key, next) };
      delta = planned(tries < CLIPS ? asked : onlyMore(asked), item?.counts ?? {});
      if (item && Object.keys(delta.add).length + Object.keys(delta.over).length + (delta.drop?.length ?? 0) === 0)
        return { ok: true, ...shown(key, item) };
    }
    throw new HeadgateError("store.throttled", `table ${table}: circuit ${key.circuit} is too busy`, {
      retryable: true,
    });
  };

  const change: Circuits["change"] = async (key, from, next, options) => {
    const token = newToken();
    const fresh = afterChange(undefined, { rev: 0, epoch: 0 }, next, options) as CircuitItem;
    const anew = next.epoch > from.epoch;
    const first = from.rev === 0 && from.epoch === 0;
    const names = { "#rev": "rev", "#epoch": "epoch", "#expiresAt": "expiresAt" };
    const values = { ":rev": numberValue(from.rev), ":epoch": numberValue(from.epoch), ":now": numberValue(now()) };
    const same = ["#rev = :rev", "#epoch = :epoch"].map((test) =>
      first ? `(attribute_not_exists(#pk) OR ${test})` : test,
    );
    const condition = {
      ConditionExpression: [...same, LIVE].join(" AND "),
      ExpressionAttributeNames: { ...names, ...(first ? { "#pk": "pk" } : {}) },
      ExpressionAttributeValues: values,
    };
    const write = anew
      ? client.send(new PutItemCommand({ TableName: table, Item: wholeItem(key, fresh, token), ...condition }))
      : client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: circuitKey(key),
            ...withChange(condition, fresh, token),
            ReturnValues: "ALL_NEW",
          }),
        );
    const done = await unlessRefused<{ Attributes?: Item | undefined }>(write);
    if (done) return { ok: true, ...shown(key, anew ? fresh : fromItem(done.Attributes ?? {})) };
    const raw = await get(key);
    const item = live(raw);
    if (raw?.["token"]?.S === token) return { ok: true, ...shown(key, item) };
    if (first && raw && !item && (await begin(key, fresh, token))) return { ok: true, ...shown(key, fresh) };
    return { ok: false, ...shown(key, item) };
  };

  return {
    load: (key) =>
      ask(async () => {
        checkCircuitKey(key);
        return shown(key, live(await get(key))).item;
      }),
    add: (key, delta) =>
      ask(async () => {
        checkCircuitKey(key);
        checkDelta(delta);
        return add(key, delta);
      }),
    change: (key, from, next, options) =>
      ask(async () => {
        checkCircuitKey(key);
        checkCounts(options.counts, "counts");
        checkNumbers(next, "circuit");
        return change(key, from, next, options);
      }),
    list: (tenant, options = {}) =>
      ask(async () => {
        checkCircuitKey({ tenant, circuit: "-" });
        const { pk } = circuitKey({ tenant, circuit: "-" });
        const page = await livePage(client, table, pk?.S ?? "", options, now());
        const items = page.items.map((raw) => toStoredCircuit({ tenant, circuit: raw["sk"]?.S ?? "" }, fromItem(raw)));
        return { ...page, items };
      }),
    remove: (key, rev) =>
      ask(async () => {
        checkCircuitKey(key);
        const done = await unlessRefused(
          client.send(
            new DeleteItemCommand({
              TableName: table,
              Key: circuitKey(key),
              ConditionExpression: `#rev = :rev AND ${LIVE}`,
              ExpressionAttributeNames: { "#rev": "rev", "#expiresAt": "expiresAt" },
              ExpressionAttributeValues: { ":rev": numberValue(rev), ":now": numberValue(now()) },
            }),
          ),
        );
        return done !== undefined;
      }),
  };
}
