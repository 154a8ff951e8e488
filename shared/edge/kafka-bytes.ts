/** A place in an answer that is read from front to back. A plain object: answers of fetches are read by the megabyte. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

export const cursor = (bytes: Buffer): Cursor => ({ bytes, at: 0 });

export function int16(from: Cursor): number {
  const value = from.bytes.readInt16BE(from.at);
  from.at += 2;
  return value;
}

export function int32(from: Cursor): number {
  const value = from.bytes.readInt32BE(from.at);
  from.at += 4;
  return value;
}

/** A 64-bit integer. Throws RangeError past 2^53 − 1 on either side: nothing is rounded. */
export function int64(from: Cursor): number {
  const value = from.bytes.readInt32BE(from.at) * 4_294_967_296 + from.bytes.readUInt32BE(from.at + 4);
  from.at += 8;
  if (!Number.isSafeInteger(value)) throw new RangeError("a 64-bit number is past 2^53 - 1");
  return value;
}

/** An unsigned number of seven bits a byte, the lowest first. */
export function varint(from: Cursor): number {
  let value = 0;
  for (let factor = 1; factor <= 268_435_456; factor *= 128) {
    const byte = from.bytes.readUInt8(from.at);
    from.at += 1;
    value += (byte & 127) * factor;
    if (byte < 128) return value;
  }
  throw new RangeError("a length has more than five bytes");
}

/** Length of a compact array, string or run of bytes; −1: null. */
export const length = (from: Cursor): number => varint(from) - 1;

export function text(from: Cursor): string | null {
  const size = length(from);
  if (size < 0) return null;
  const value = from.bytes.toString("utf8", from.at, from.at + size);
  from.at += size;
  return value;
}

/** Fields of newer brokers that we do not know. */
export function tags(from: Cursor): void {
  for (let left = varint(from); left > 0; left -= 1) {
    varint(from);
    const size = varint(from);
    from.at += size;
  }
}

/** Reads `each` as often as a compact array has members. */
export function list<T>(from: Cursor, each: (from: Cursor) => T): T[] {
  const size = length(from);
  const all: T[] = [];
  for (let index = 0; index < size; index += 1) all.push(each(from));
  return all;
}
