import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { utf8Bytes } from "./store-rules.ts";

export type Item = Record<string, AttributeValue>;

/** DynamoDB counts writes in KB: above one it pays to deflate. A decision record of 10 KB becomes about 2. */
const PACK_ABOVE_BYTES = 1_024;

/** A text as it is stored: plain while small, deflated when that saves something. */
export function packText(text: string): AttributeValue {
  if (utf8Bytes(text) <= PACK_ABOVE_BYTES) return { S: text };
  const packed = deflateRawSync(text);
  return packed.length < utf8Bytes(text) ? { B: packed } : { S: text };
}

/** Inverse of {@link packText}; undefined for what is neither. */
export function unpackText(value: AttributeValue | undefined): string | undefined {
  if (value?.B !== undefined) return inflateRawSync(value.B).toString("utf8");
  return value?.S;
}

export const numberOf = (value: AttributeValue | undefined): number | undefined =>
  value?.N === undefined ? undefined : Number(value.N);

export const numberValue = (value: number): AttributeValue => ({ N: String(value) });

/** Part of a key with the separators made harmless; other text stays readable (and short) as it is. */
export const keyPart = (text: string): string => text.replace(/[%/#]/g, (char) => encodeURIComponent(char));
