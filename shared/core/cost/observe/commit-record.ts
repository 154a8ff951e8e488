/** A position that a group has committed, as the broker keeps it; `offset` absent: it was taken away, or has expired. */
interface Commit {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number;
}

const decoder = new TextDecoder();

/**
 * Reads a record of `__consumer_offsets` (Apache Kafka, OffsetCommitKey.json and OffsetCommitValue.json: keys of version 0 and 1 are commits, of
 * whatever version the value is, the offset stands first in it). Undefined: it is about something else, or is none.
 */
export function readCommit(key: Uint8Array | null, value: Uint8Array | null): Commit | undefined {
  if (key === null || key.length < 2) return undefined;
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  if (view.getInt16(0) > 1) return undefined;
  let at = 2;
  const text = (): string | undefined => {
    if (at + 2 > key.length) return undefined;
    const length = view.getInt16(at);
    const start = at + 2;
    if (length < 0 || start + length > key.length) return undefined;
    at = start + length;
    return decoder.decode(key.subarray(start, at));
  };
  const group = text();
  const topic = text();
  if (group === undefined || topic === undefined || at + 4 > key.length) return undefined;
  const place = { group, topic, partition: view.getInt32(at) };
  if (value === null) return place;
  if (value.length < 10) return undefined;
  const offset = Number(new DataView(value.buffer, value.byteOffset, value.byteLength).getBigInt64(2));
  return Number.isSafeInteger(offset) && offset >= 0 ? { ...place, offset } : undefined;
}
