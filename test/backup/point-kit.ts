import { createHash } from "node:crypto";
import { copyUnit } from "../../functions/backup/copy-unit.ts";
import { sealManifest } from "../../functions/backup/manifest.ts";
import type { Place } from "../../functions/backup/place.ts";
import type { KafkaPart, Manifest, PartitionPart } from "../../shared/core/backup/format/types.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { stretchesOf } from "./copy-kit.ts";

const sha256 = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");

export const memoryPlaces = (...names: readonly string[]): Place[] =>
  names.map((name) => ({ name, objects: memoryObjects({ now: () => 0 }) }));

export interface MadePoint {
  readonly manifest: Manifest;
  readonly sha256: string;
  readonly kafka: KafkaPart;
}

/** A restore point of everything the log has, going on from an earlier one: copied by a worker, put together by hand. */
export async function makePoint(
  log: MemoryLog,
  places: readonly Place[],
  id: string,
  previous?: MadePoint,
  sizes: { readonly chunkBytes?: number; readonly objectBytes?: number } = {},
): Promise<MadePoint> {
  const before = new Map(
    previous?.kafka.topics.flatMap(({ name, partitions }) =>
      partitions.map((part) => [`${name}-${part.partition}`, part]),
    ),
  );
  const all = await stretchesOf(log);
  const stretches = all.map((one) => ({ ...one, from: before.get(`${one.topic}-${one.partition}`)?.end ?? one.from }));
  const receipt = await copyUnit({
    ...{ streams: log, places, prefix: `data/p/${id}/`, unit: 0, part: 0, attempt: "a", stretches },
    ...sizes,
    deadline: () => false,
  });
  const hashes = new Map<string, string>();
  const topics = (await log.topics()).map(({ name, id: topicId, partitions }) => ({
    ...{ name, id: topicId, replicationFactor: 1, configs: [] },
    partitions: partitions.map(({ partition }): PartitionPart => {
      const key = `${name}-${partition}`;
      const chunks = receipt.stretches.find((one) => one.topic === name && one.partition === partition)?.chunks ?? [];
      const old = before.get(key);
      const { from = 0, to = 0 } = all.find((one) => one.topic === name && one.partition === partition) ?? {};
      const text = (hashesOf.get(old) ?? "") + chunks.map((one) => one.sha256).join("");
      hashes.set(key, text);
      const records = (old?.records ?? 0) + chunks.reduce((sum, one) => sum + one.records, 0);
      const [first, last] = [old?.first ?? chunks[0]?.first, chunks.at(-1)?.last ?? old?.last];
      const base = old && (old.chunks.length > 0 ? previous?.manifest.id : old.base);
      const part: PartitionPart = {
        ...{ partition, logStart: from, end: to, highWatermark: to, records, sha256: sha256(text), chunks },
        ...(first === undefined ? {} : { first }),
        ...(last === undefined ? {} : { last }),
        ...(base === undefined ? {} : { base }),
      };
      hashesOf.set(part, text);
      return part;
    }),
  }));
  const kafka: KafkaPart = { topics, groups: [], acls: [], quotas: [] };
  const text = JSON.stringify(kafka);
  const ref = {
    kind: "kafka" as const,
    key: `points/p/${id}/kafka.json`,
    size: Buffer.byteLength(text),
    sha256: sha256(text),
  };
  const manifest: Manifest = {
    ...{ format: "headgate-backup", version: 1, id, plan: "p", kind: previous ? "incremental" : "full", by: "1" },
    ...{ startedAt: 1, cutAt: 2, finishedAt: 3 },
    needs: previous ? [...previous.manifest.needs, { id: previous.manifest.id, sha256: previous.sha256 }] : [],
    parts: [ref],
    objects: receipt.objects.map(({ at: _, ...one }) => one),
    destinations: places.map(({ name }) => name),
    totals: {
      ...{ topics: topics.length, partitions: all.length, groups: 0, records: 0, newRecords: 0 },
      ...{ newBytes: 0, storedBytes: 0, droppedRecords: 0 },
    },
    gaps: [],
    warnings: [],
  };
  const sealed = sealManifest(manifest);
  for (const { objects } of places) {
    await objects.put(ref.key, text);
    await objects.put(`points/p/${id}/manifest.json`, sealed, { ifAbsent: true });
  }
  return { manifest, sha256: sha256(sealed), kafka };
}

/** The text a partition's hash is taken of, which later points go on with. */
const hashesOf = new Map<PartitionPart | undefined, string>();

/** Keys of everything that lies at a place, verifications apart. */
export async function keysAt({ objects }: Place): Promise<readonly string[]> {
  const { items } = await objects.list("");
  return items.map(({ key }) => key).filter((key) => !key.startsWith("verified/"));
}
