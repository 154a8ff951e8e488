import { encodeBatch, type NewRecord } from "../batch/encode.ts";
import { FILLER_KEY } from "./origin.ts";

/** Records of a whole batch of filler: about 700 KB. */
export const FILLER_RECORDS = 65_536;

const KEY = new TextEncoder().encode(FILLER_KEY);

/**
 * A batch that takes up `count` offsets with as few bytes as a record can have (7 to 9). It lies before the first record and is deleted before anybody
 * reads; the last record bears a key, so that a restore that was cut off knows its own.
 */
export function fillerBatch(count: number): Uint8Array {
  const records: NewRecord[] = Array.from({ length: count }, () => ({ timestamp: -1 }));
  records[count - 1] = { timestamp: -1, key: KEY };
  return encodeBatch(records);
}
