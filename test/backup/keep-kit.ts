import { createHash } from "node:crypto";
import { sealManifest } from "../../functions/backup/manifest.ts";
import type { Place } from "../../functions/backup/place.ts";
import type { KafkaPart, Manifest, PartKind } from "../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Objects } from "../../shared/core/ports/objects.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";

export const PLAN = "hourly";
export const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const id22 = (name: string) => name.padEnd(22, "_");

/** What one run read: partitions with the number of chunks it added, and where their earlier chunks are. */
export interface PointDraft {
  readonly id: string;
  readonly cutAt: Millis;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly chunks: number;
    readonly base?: string;
    readonly logStart?: number;
  }[];
  readonly destinations?: readonly string[];
  readonly state?: boolean;
}

export interface Drawn {
  readonly manifest: Manifest;
  readonly kafka: KafkaPart;
  readonly files: ReadonlyMap<string, string>;
}

const partOf = (points: ReadonlyMap<string, Drawn>, id: string, topic: string, partition: number) =>
  points
    .get(id)
    ?.kafka.topics.find(({ name }) => name === topic)
    ?.partitions.find((one) => one.partition === partition);

/** A restore point's files as a run writes them: one segment object for each topic. */
export function draw(draft: PointDraft, earlier: ReadonlyMap<string, Drawn>, plan = PLAN): Drawn {
  const { id, cutAt, partitions, destinations = ["primary"], state = false } = draft;
  const files = new Map<string, string>();
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const active = topics.filter((name) => partitions.some(({ topic, chunks }) => topic === name && chunks > 0));
  const objects = active.map((topic, index) => {
    const [key, body] = [`data/${plan}/${id}/${index}-0-1-0.zst`, `${id} ${topic}`];
    files.set(key, body);
    return { key, size: body.length, sha256: hash(body) };
  });
  const kafka: KafkaPart = {
    topics: topics.map((name) => ({
      name,
      id: id22(name),
      replicationFactor: 1,
      configs: [],
      partitions: partitions
        .filter(({ topic }) => topic === name)
        .map(({ partition, chunks, base, logStart = 0 }) => {
          const from = base === undefined ? 0 : (partOf(earlier, base, name, partition)?.end ?? 0);
          return {
            partition,
            logStart,
            end: from + chunks,
            highWatermark: from + chunks,
            records: from + chunks - logStart,
            sha256: hash(""),
            chunks: Array.from({ length: chunks }, (_, at) => ({
              object: active.indexOf(name),
              at,
              size: 1,
              raw: 1,
              first: from + at,
              last: from + at,
              records: 1,
              minTimestamp: cutAt,
              maxTimestamp: cutAt,
              sha256: hash(""),
            })),
            ...(base === undefined ? {} : { base }),
          };
        }),
    })),
    groups: [],
    acls: [],
    quotas: [],
  };
  const needs = new Map<string, string>();
  for (const { topic, partition, base, logStart = 0 } of partitions)
    for (let at = base; at !== undefined; ) {
      const part = partOf(earlier, at, topic, partition);
      if (!part?.chunks.some(({ last }) => last >= logStart)) break;
      needs.set(at, hash(earlier.get(at)?.files.get(`points/${plan}/${at}/manifest.json`) ?? ""));
      at = part.base;
    }
  const parts: Manifest["parts"][number][] = [];
  const part = (kind: PartKind, value: unknown) => {
    const [key, text] = [`points/${plan}/${id}/${kind}.json`, JSON.stringify(value)];
    files.set(key, text);
    parts.push({ kind, key, size: text.length, sha256: hash(text) });
  };
  part("kafka", kafka);
  if (state) {
    const [key, text] = [`data/${plan}/${id}/state/journal.zst`, `state of ${id}`];
    files.set(key, text);
    part("state", { objects: [{ key, size: text.length, sha256: hash(text), what: "journal", lines: 1 }] });
  }
  const manifest: Manifest = {
    format: "headgate-backup",
    version: 1,
    id,
    plan,
    kind: needs.size > 0 ? "incremental" : "full",
    by: "0",
    startedAt: cutAt,
    cutAt,
    finishedAt: cutAt + 60_000,
    needs: [...needs].map(([need, sha256]) => ({ id: need, sha256 })),
    parts,
    objects,
    destinations,
    totals: {
      topics: topics.length,
      partitions: partitions.length,
      groups: 0,
      records: 10,
      newRecords: 1,
      newBytes: 1,
      storedBytes: 1,
      droppedRecords: 0,
    },
    gaps: [],
    warnings: [],
  };
  files.set(`points/${plan}/${id}/manifest.json`, sealManifest(manifest));
  return { manifest, kafka, files };
}

export async function store(objects: Objects, { files }: Drawn): Promise<void> {
  for (const [key, body] of files) await objects.put(key, body);
}

/** Objects that die at the n-th change: that one is not done, and none after it. */
export function dying(objects: Objects, after: number): Objects {
  let left = after;
  const step = () => {
    left -= 1;
    if (left < 0) throw new HeadgateError("objects.unavailable", "the process died", { retryable: true });
  };
  return {
    ...objects,
    put: async (...given) => {
      step();
      return objects.put(...given);
    },
    remove: async (key) => {
      step();
      return objects.remove(key);
    },
  };
}

export async function keysOf(objects: Objects, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await objects.list(prefix, cursor === undefined ? {} : { cursor });
    keys.push(...page.items.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return keys;
}

/** Listed points, as whoever lists them sees it: a manifest, and no mark at any place. */
export async function listed(places: readonly Place[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const marked = new Set<string>();
  for (const { name, objects } of places)
    for (const key of await keysOf(objects, `points/${PLAN}/`)) {
      const [, , id, file] = key.split("/") as [string, string, string, string];
      if (file === "pruned.json") marked.add(id);
      if (file === "manifest.json") found.set(id, [...(found.get(id) ?? []), name]);
    }
  for (const id of marked) found.delete(id);
  return found;
}

/** What a restore of the point would miss, by walking every partition down to its first chunk. Reads nothing but the place. */
export async function missingOf({ objects }: Place, id: string): Promise<string[]> {
  const missing: string[] = [];
  const json = async <T>(key: string): Promise<T | undefined> => {
    const bytes = await objects.get(key);
    if (!bytes) missing.push(key);
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as T);
  };
  const loaded = new Map<string, { manifest: Manifest | undefined; kafka: KafkaPart | undefined }>();
  const load = async (point: string) => {
    const known = loaded.get(point);
    if (known) return known;
    const one = {
      manifest: await json<Manifest>(`points/${PLAN}/${point}/manifest.json`),
      kafka: await json<KafkaPart>(`points/${PLAN}/${point}/kafka.json`),
    };
    loaded.set(point, one);
    return one;
  };
  const { manifest, kafka } = await load(id);
  for (const { key } of [...(manifest?.objects ?? []), ...(manifest?.parts ?? [])])
    if (!(await objects.head(key))) missing.push(key);
  const needs = new Set(manifest?.needs.map((need) => need.id));
  for (const topic of kafka?.topics ?? [])
    for (const { partition, logStart } of topic.partitions)
      for (let at: string | undefined = id; at !== undefined; ) {
        const here = await load(at);
        const part = here.kafka?.topics
          .find((one) => one.id === topic.id)
          ?.partitions.find((one) => one.partition === partition);
        if (!part) missing.push(`${topic.name}-${partition} in ${at}`);
        for (const chunk of part?.chunks ?? []) {
          const key = here.manifest?.objects[chunk.object]?.key;
          if (chunk.last >= logStart && (key === undefined || !(await objects.head(key)))) missing.push(key ?? "?");
        }
        at = part?.base !== undefined && needs.has(part.base) ? part.base : undefined;
      }
  return missing;
}

export const place = (name: string, now: () => Millis): Place => ({ name, objects: memoryObjects({ now }) });
