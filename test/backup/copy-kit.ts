import { createHash } from "node:crypto";
import { zstdDecompressSync } from "node:zlib";
import { decodeRecords, type LogRecord } from "../../shared/core/backup/batch/records.ts";
import { checkCrc, walkBatches } from "../../shared/core/backup/batch/walk.ts";
import type { Receipt, Stretch } from "../../shared/core/backup/run/unit.ts";
import type { Objects } from "../../shared/core/ports/objects.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** What the log has of all partitions: from its start to the last stable offset. */
export async function stretchesOf(log: MemoryLog): Promise<Stretch[]> {
  const topics = await log.topics();
  const parts = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  );
  const ids = new Map(topics.map(({ name, id }) => [name, id]));
  return (await log.offsets(parts)).map(({ topic, partition, logStart, stable }) => ({
    topic,
    topicId: ids.get(topic) ?? "",
    partition,
    from: logStart,
    to: stable,
  }));
}

/** Records of a receipt by partition, read back from one place; every hash and every number of the catalogue is checked on the way. */
export async function readBack(objects: Objects, receipts: readonly Receipt[]): Promise<Map<string, LogRecord[]>> {
  const found = new Map<string, LogRecord[]>();
  for (const receipt of receipts) {
    const bodies: Uint8Array[] = [];
    for (const { key, size, sha256: hash } of receipt.objects) {
      const body = await objects.get(key);
      if (body?.length !== size || sha256(body) !== hash) throw new Error(`${key} is not what the receipt says`);
      bodies.push(body);
    }
    for (const { topic, partition, chunks } of receipt.stretches) {
      const name = `${topic}-${partition}`;
      const records = found.get(name) ?? [];
      found.set(name, records);
      for (const chunk of chunks) {
        const frame = bodies[chunk.object]?.subarray(chunk.at, chunk.at + chunk.size) ?? new Uint8Array();
        const raw = new Uint8Array(zstdDecompressSync(frame));
        if (sha256(raw) !== chunk.sha256 || raw.length !== chunk.raw)
          throw new Error(`a chunk of ${name} is not what it says`);
        const own = [...walkBatches(raw)].flatMap((batch) => {
          checkCrc(batch);
          if (batch.header.codec !== "none" || batch.header.control) throw new Error("a batch that must not be there");
          return [...decodeRecords(batch)];
        });
        const times = own.map(({ timestamp }) => Number(timestamp));
        const says = [chunk.records, chunk.first, chunk.last, chunk.minTimestamp, chunk.maxTimestamp].join();
        const is = [own.length, own[0]?.offset, own.at(-1)?.offset, Math.min(...times), Math.max(...times)].join();
        if (says !== is) throw new Error(`a chunk of ${name} says ${says} and holds ${is}`);
        records.push(...own);
      }
    }
  }
  return found;
}
