import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Circuit } from "../core/kernel/circuit.ts";
import { shardOf } from "../core/kernel/hash.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { CircuitKey } from "../core/ports/circuits.ts";
import type { CircuitItem } from "./circuit-rules.ts";
import { TTL_ATTRIBUTE } from "./dynamodb-table.ts";
import { type Item, numberOf, numberValue, packText, unpackText } from "./dynamodb-values.ts";

/** Each count is an attribute of its own: ADD works on top-level attributes only. */
const COUNT = "n:";

/**
 * An addition leaves its token in one of so many places. The SDK repeats a call whose answer was lost, and the repetition finds its
 * own token unless another addition has come to the same place in between: 1 of 8.
 */
const SLOTS = 8;

export const countName = (name: string): string => `${COUNT}${name}`;
export const slotName = (token: string): string => `t${shardOf(token, SLOTS)}`;

export const circuitKey = (key: CircuitKey): Item => ({ pk: { S: `C#${key.tenant}` }, sk: { S: key.circuit } });

export const expiryAttributes = (expiresAt: Millis | undefined): Item =>
  expiresAt === undefined
    ? {}
    : { expiresAt: numberValue(expiresAt), [TTL_ATTRIBUTE]: numberValue(Math.ceil(expiresAt / 1_000)) };

/** What is written of a circuit besides key and counts; `epoch`, `rev` and `status` stand beside the text for the conditions. */
export const circuitAttributes = (
  circuit: Circuit,
): Record<"circuit" | "epoch" | "rev" | "status", AttributeValue> => ({
  circuit: packText(JSON.stringify(circuit)),
  epoch: numberValue(circuit.epoch),
  rev: numberValue(circuit.rev),
  status: { S: circuit.status },
});

/** A whole item, for a put. */
export const wholeItem = (key: CircuitKey, item: CircuitItem, token: string): Item => ({
  ...circuitKey(key),
  ...circuitAttributes(item.circuit),
  ...expiryAttributes(item.expiresAt),
  ...Object.fromEntries(Object.entries(item.counts).map(([name, value]) => [countName(name), numberValue(value)])),
  updatedAt: numberValue(item.updatedAt),
  token: { S: token },
  [slotName(token)]: { S: token },
});

export function fromItem(item: Item): CircuitItem {
  const counts = Object.entries(item)
    .filter(([name]) => name.startsWith(COUNT))
    .map(([name, value]): [string, number] => [name.slice(COUNT.length), numberOf(value) ?? 0]);
  return {
    circuit: JSON.parse(unpackText(item["circuit"]) ?? "null"),
    counts: Object.fromEntries(counts),
    updatedAt: numberOf(item["updatedAt"]) ?? 0,
    expiresAt: numberOf(item["expiresAt"]),
  };
}
