import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { checkCrc, walkBatches } from "../../shared/core/backup/batch/walk.ts";
import { type HeldChunk, hashedText } from "../../shared/core/backup/format/chain.ts";
import type { PartitionPart } from "../../shared/core/backup/format/types.ts";
import { sha256 } from "./documents.ts";
import type { Point } from "./load-point.ts";
import { readChunks } from "./read-partition.ts";

/** What decoding a chunk found, as the catalogue would say it. */
interface Decoded {
  readonly records: number;
  readonly first: number;
  readonly last: number;
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
}

/** @throws HeadgateError `backup.damaged`: a batch or a record is not as the protocol says */
function decode(bytes: Uint8Array): Decoded {
  let records = 0;
  let [first, last] = [-1, -1];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const batch of walkBatches(bytes)) {
    checkCrc(batch);
    if (batch.header.control) throw new Error(`holds a control batch at offset ${batch.header.baseOffset}`);
    for (const { offset, timestamp } of decodeRecords(batch)) {
      if (offset <= last) throw new Error(`has offset ${offset} behind ${last}`);
      if (first < 0) first = offset;
      last = offset;
      records += 1;
      const at = Number(timestamp);
      if (at < min) min = at;
      if (at > max) max = at;
    }
  }
  return { records, first, last, minTimestamp: min, maxTimestamp: max };
}

function differences({ chunk }: HeldChunk, found: Decoded): string[] {
  const names = ["records", "first", "last", "minTimestamp", "maxTimestamp"] as const;
  return names
    .filter((name) => chunk[name] !== found[name])
    .map((name) => `${name} is ${found[name]}, not ${chunk[name]}`);
}

/** What the catalogue of one partition says against its chunks; sentences. No object is read. */
export function verifyCatalogue(part: PartitionPart, held: readonly HeldChunk[]): readonly string[] {
  const wrong: string[] = [];
  const records = held.reduce((sum, { chunk }) => sum + chunk.records, 0);
  const [first, last] = [held[0]?.chunk.first, held.at(-1)?.chunk.last];
  if (records !== part.records) wrong.push(`its chunks hold ${records} records, not ${part.records}`);
  if (first !== part.first || last !== part.last)
    wrong.push(`its chunks hold offsets ${first} to ${last}, not ${part.first} to ${part.last}`);
  for (const [at, { chunk }] of held.entries()) {
    const before = held[at - 1]?.chunk;
    if (before && chunk.first <= before.last)
      wrong.push(`the chunk from offset ${chunk.first} begins before ${before.last}`);
  }
  if (sha256(hashedText(held)) !== part.sha256) wrong.push("the hash over its chunks is another one");
  return wrong;
}

/**
 * Decodes every record a point holds of a partition, from the first place that has it in order.
 *
 * @param own only chunks that the point's own run wrote
 * @returns sentences about what is wrong, with the key of the object it lies in where there is one
 */
export async function verifyRecords(
  point: Point,
  topic: string,
  part: PartitionPart,
  own: boolean,
  onRecords: (records: number) => void,
): Promise<readonly { readonly key?: string; readonly what: string }[]> {
  const wrong: { key?: string; what: string }[] = [];
  const from = own ? (part.chunks[0]?.first ?? Number.MAX_SAFE_INTEGER) : 0;
  let last = -1;
  try {
    for await (const one of readChunks(point, topic, part.partition, { from })) {
      const owner = one.point === point.id ? point : await point.earlier(one.point);
      const key = owner.manifest.objects[one.chunk.object]?.key ?? "";
      try {
        const found = decode(one.bytes);
        onRecords(found.records);
        const said = differences(one, found);
        if (found.first <= last) said.push(`its first offset ${found.first} is behind ${last}`);
        last = found.last;
        if (said.length > 0) wrong.push({ key, what: `the frame at byte ${one.chunk.at}: ${said.join(", ")}` });
      } catch (error) {
        wrong.push({ key, what: `the frame at byte ${one.chunk.at}: ${(error as Error).message}` });
      }
    }
  } catch (error) {
    wrong.push({ what: (error as Error).message });
  }
  return wrong;
}
