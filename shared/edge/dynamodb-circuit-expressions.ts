import type { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { CircuitCounts } from "../core/kernel/circuit.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { CountDelta } from "../core/ports/circuits.ts";
import { type CircuitItem, firstCircuit } from "./circuit-rules.ts";
import { circuitAttributes, countName, expiryAttributes, slotName } from "./dynamodb-circuit-item.ts";
import { LIVE } from "./dynamodb-query.ts";
import { type Item, numberValue } from "./dynamodb-values.ts";

/** An addition as it is sent: sums, and counts that are set where there is not more than was taken back. */
export interface PlannedDelta extends Pick<CountDelta, "epoch" | "at"> {
  /** By how much, and how much has to be there for that. */
  readonly add: Readonly<Record<string, { readonly by: number; readonly least: number }>>;
  /** Name, what it becomes, and up to what it may have been. */
  readonly over: Readonly<Record<string, { readonly becomes: number; readonly upTo: number }>>;
  readonly drop: readonly string[] | undefined;
  readonly expiresAt: Millis | undefined;
}

/**
 * How an addition can be said in one condition: what is to be taken back cut down to what there is, what is to be added as it was.
 * Where both happen to one count it is a sum, or it begins anew, depending on what is there.
 *
 * @param counts what is known to be there; undefined: nothing is known, and it is taken that little is there
 */
export function planned(asked: CountDelta, counts: CircuitCounts | undefined): PlannedDelta {
  const add: Record<string, { by: number; least: number }> = {};
  const over: Record<string, { becomes: number; upTo: number }> = {};
  for (const name of new Set([...Object.keys(asked.add), ...Object.keys(asked.less ?? {})])) {
    const by = asked.add[name] ?? 0;
    const less = asked.less?.[name] ?? 0;
    const there = counts?.[name] ?? 0;
    if (by > 0 && less > 0 && (counts === undefined || there <= less)) over[name] = { becomes: by, upTo: less };
    else if (by > 0) add[name] = { by: by - less, least: less };
    else {
      const back = counts === undefined ? less - by : Math.min(less - by, Math.max(0, there));
      if (back > 0) add[name] = { by: -back, least: back };
    }
  }
  return { epoch: asked.epoch, at: asked.at, add, over, drop: asked.drop, expiresAt: asked.expiresAt };
}

/** An addition that takes nothing back. */
export const onlyMore = ({ less: _, ...delta }: CountDelta): CountDelta => ({
  ...delta,
  add: Object.fromEntries(Object.entries(delta.add).filter(([, by]) => by > 0)),
});

/** The parts of one update. */
export type Expression = Pick<
  ConstructorParameters<typeof UpdateItemCommand>[0],
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues" | "UpdateExpression"
>;

/** One addition: counts of this epoch only, nothing below zero, and not twice. Epoch 0 begins an item that is not there. */
export function addition(delta: PlannedDelta, token: string, now: Millis): Expression {
  const { epoch, at, expiresAt } = delta;
  const dropped = new Set(delta.drop);
  const names: Record<string, string> = {};
  const values: Item = { ":epoch": numberValue(epoch), ":closed": { S: "closed" }, ":now": numberValue(now) };
  const named = (name: string): string => {
    const known = `#a${Object.keys(names).length}`;
    names[known] = name;
    return known;
  };
  const set: string[] = [];
  const sums: string[] = [];
  const conditions: string[] = [];
  const put = (name: string, value: Item[string]): void => {
    const known = `:s${set.length}`;
    values[known] = value;
    set.push(`${named(name)} = ${known}`);
  };
  for (const [count, { by, least }] of Object.entries(delta.add)) {
    if (by < 0 && dropped.has(count)) continue;
    if (dropped.delete(count)) {
      put(countName(count), numberValue(by));
      continue;
    }
    const name = named(countName(count));
    values[`:by${name.slice(1)}`] = numberValue(by);
    sums.push(`${name} :by${name.slice(1)}`);
    if (least === 0) continue;
    values[`:least${name.slice(1)}`] = numberValue(least);
    conditions.push(`${name} >= :least${name.slice(1)}`);
  }
  for (const [count, { becomes, upTo }] of Object.entries(delta.over)) {
    dropped.delete(count);
    const name = named(countName(count));
    values[`:becomes${name.slice(1)}`] = numberValue(becomes);
    values[`:upTo${name.slice(1)}`] = numberValue(upTo);
    set.push(`${name} = :becomes${name.slice(1)}`);
    conditions.push(`(attribute_not_exists(${name}) OR ${name} <= :upTo${name.slice(1)})`);
  }
  put(slotName(token), { S: token });
  put("updatedAt", numberValue(at));
  for (const [name, value] of Object.entries(expiryAttributes(expiresAt))) put(name, value);
  if (epoch === 0) {
    for (const [name, value] of Object.entries(circuitAttributes(firstCircuit(at)))) {
      const known = `:f${set.length}`;
      values[known] = value;
      const attribute = named(name);
      set.push(`${attribute} = if_not_exists(${attribute}, ${known})`);
    }
  }
  Object.assign(names, { "#epoch": "epoch", "#status": "status", "#expiresAt": "expiresAt", "#slot": slotName(token) });
  if (epoch === 0) names["#pk"] = "pk";
  values[":token"] = { S: token };
  // Each of them holds where there is no item as well, where that may be: nothing is nested.
  const holds = (test: string) => (epoch === 0 ? `(attribute_not_exists(#pk) OR ${test})` : test);
  const counted = [
    holds("#epoch = :epoch"),
    holds("#status = :closed"),
    "(attribute_not_exists(#slot) OR #slot <> :token)",
    LIVE,
  ];
  const gone = [...dropped].map((count) => named(countName(count)));
  return {
    ConditionExpression: [...counted, ...conditions].join(" AND "),
    UpdateExpression: `SET ${set.join(", ")}${sums.length > 0 ? ` ADD ${sums.join(", ")}` : ""}${
      gone.length > 0 ? ` REMOVE ${gone.join(", ")}` : ""
    }`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** A change that leaves the counts as they are. */
export function withChange(condition: Expression, item: CircuitItem, token: string): Expression {
  const attributes: Item = {
    ...circuitAttributes(item.circuit),
    ...expiryAttributes(item.expiresAt),
    updatedAt: numberValue(item.updatedAt),
    token: { S: token },
  };
  const entries = Object.entries(attributes);
  return {
    ConditionExpression: condition.ConditionExpression,
    UpdateExpression: `SET ${entries.map((_, index) => `#c${index} = :c${index}`).join(", ")}${
      item.expiresAt === undefined ? " REMOVE #expiresAt, #ttl" : ""
    }`,
    ExpressionAttributeNames: {
      ...condition.ExpressionAttributeNames,
      ...Object.fromEntries(entries.map(([name], index) => [`#c${index}`, name])),
      ...(item.expiresAt === undefined ? { "#ttl": "ttl" } : {}),
    },
    ExpressionAttributeValues: {
      ...condition.ExpressionAttributeValues,
      ...Object.fromEntries(entries.map(([, value], index) => [`:c${index}`, value])),
    },
  };
}
