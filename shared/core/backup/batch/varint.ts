import { damagedBatch } from "./damaged.ts";

/** Reads on from `at`, never at or past `end`. Changed in place: one is enough for a whole batch. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  end: number;
}

const cutShort = (cursor: Cursor) => damagedBatch("a number is cut short", cursor.at);

/** A zigzag number of up to 32 bits, in one to five bytes of seven bits, lowest first. */
export function readVarint(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let at = cursor.at;
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (at >= end) throw cutShort(cursor);
    const byte = bytes[at++] as number;
    value |= (byte & 127) << shift;
    if (byte < 128) {
      cursor.at = at;
      return (value >>> 1) ^ -(value & 1);
    }
  }
  throw damagedBatch("a number is longer than 32 bits", cursor.at);
}

/** As {@link readVarint} with up to 64 bits; a bigint only where it does not fit into 49 bits. */
export function readVarlong(cursor: Cursor): number | bigint {
  const { bytes, end } = cursor;
  let at = cursor.at;
  let value = 0;
  let unit = 1;
  for (; unit <= 2 ** 42; unit *= 128) {
    if (at >= end) throw cutShort(cursor);
    const byte = bytes[at++] as number;
    value += (byte & 127) * unit;
    if (byte < 128) {
      cursor.at = at;
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
  let wide = BigInt(value);
  for (let shift = 49n; shift < 70n; shift += 7n) {
    if (at >= end) throw cutShort(cursor);
    const byte = bytes[at++] as number;
    wide |= BigInt(byte & 127) << shift;
    if (byte < 128) {
      cursor.at = at;
      wide = BigInt.asUintN(64, wide);
      return BigInt.asIntN(64, (wide >> 1n) ^ -(wide & 1n));
    }
  }
  throw damagedBatch("a number is longer than 64 bits", cursor.at);
}

/** Bytes that {@link writeVarint} takes. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 128 ? 1 : zigzag < 16_384 ? 2 : zigzag < 2_097_152 ? 3 : zigzag < 268_435_456 ? 4 : 5;
}

/** Writes a number of 32 bits; where the next byte goes. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let next = at;
  for (; rest > 127; rest >>>= 7) bytes[next++] = (rest & 127) | 128;
  bytes[next++] = rest;
  return next;
}

const zigzag64 = (value: bigint) => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
const isSmall = (value: bigint) => value >= -1_073_741_824n && value <= 1_073_741_823n;

/** Bytes that {@link writeVarlong} takes. */
export function varlongSize(value: bigint): number {
  if (isSmall(value)) return varintSize(Number(value));
  let size = 1;
  for (let rest = zigzag64(value) >> 7n; rest > 0n; rest >>= 7n) size += 1;
  return size;
}

/** Writes a number of 64 bits; where the next byte goes. */
export function writeVarlong(bytes: Uint8Array, at: number, value: bigint): number {
  if (isSmall(value)) return writeVarint(bytes, at, Number(value));
  let next = at;
  let rest = zigzag64(value);
  for (; rest > 127n; rest >>= 7n) bytes[next++] = Number(rest & 127n) | 128;
  bytes[next++] = Number(rest);
  return next;
}
