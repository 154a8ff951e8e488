import * as v from "valibot";
import { type HeldChunk, heldChunks } from "../../shared/core/backup/format/chain.ts";
import { KafkaPartSchema } from "../../shared/core/backup/format/schema.ts";
import type {
  ConfigPart,
  FlinkPart,
  KafkaPart,
  Manifest,
  MetricsPart,
  PartitionPart,
  PartKind,
  SchemasPart,
  StatePart,
} from "../../shared/core/backup/format/types.ts";
import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { sha256 } from "./documents.ts";
import { openManifest } from "./manifest.ts";
import type { Place } from "./place.ts";
import { faultOf, type PointFault } from "./points.ts";

interface Parts {
  readonly kafka: KafkaPart;
  readonly schemas: SchemasPart;
  readonly flink: FlinkPart;
  readonly config: ConfigPart;
  readonly metrics: MetricsPart;
  readonly state: StatePart;
}

/** A restore point that is open. Everything is read when it is asked for, from the first place that has it in order. */
export interface Point {
  readonly plan: string;
  readonly id: string;
  readonly manifest: Manifest;
  /** Of the manifest's bytes. */
  readonly sha256: string;
  /** Places with this very manifest first, then the others: objects may be in order where the manifest is not. */
  readonly places: readonly Place[];
  /** What was met on the way that was not in order; grows as more is read. */
  readonly faults: readonly PointFault[];
  readonly addFault: (fault: PointFault) => void;
  /** Undefined: the point has no such part. @throws HeadgateError `backup.damaged` where no place has it in order */
  part<K extends PartKind>(kind: K): Promise<Parts[K] | undefined>;
  /** An earlier point that this one needs. @throws HeadgateError `backup.damaged`: no place has it as it was when this one was made */
  earlier(id: string): Promise<Point>;
  /** Chunks that the point holds of a partition, oldest first, and the points whose objects they lie in. @throws HeadgateError `input.invalid`: it holds no such partition */
  chunks(topic: string, partition: number): Promise<readonly HeldChunk[]>;
}

interface Wanted {
  readonly id: string;
  readonly sha256?: string;
}

const partitionKey = (topicId: string, partition: number) => `${partition}/${topicId}`;

function parsePart(bytes: Uint8Array, kind: PartKind): unknown {
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  if (kind !== "kafka") return value;
  const parsed = v.safeParse(KafkaPartSchema, value);
  if (parsed.success) return value;
  const [issue] = parsed.issues;
  throw new Error(`${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
}

async function findManifest(places: readonly Place[], plan: string, { id, sha256: hash }: Wanted) {
  const key = pointKey(plan, id, MANIFEST);
  const faults: PointFault[] = [];
  const good: Place[] = [];
  let found: ReturnType<typeof openManifest> | undefined;
  let trouble: unknown;
  for (const place of places) {
    try {
      const bytes = await place.objects.get(key);
      if (!bytes) continue;
      const opened = openManifest(bytes, `${key} at ${place.name}`, { plan, id });
      const expected = hash ?? found?.sha256;
      if (expected !== undefined && opened.sha256 !== expected)
        throw new HeadgateError("backup.damaged", `${key} at ${place.name} is not the one it should be`);
      found ??= opened;
      good.push(place);
    } catch (error) {
      trouble ??= error;
      faults.push(faultOf(place, key, error));
    }
  }
  if (found) return { ...found, faults, places: [...good, ...places.filter((place) => !good.includes(place))] };
  if (trouble !== undefined) throw trouble;
  const where = places.map(({ name }) => name).join(", ");
  if (hash !== undefined) throw new HeadgateError("backup.damaged", `${key} is needed and at none of ${where}`);
  throw new HeadgateError("backup.unknown", `there is no restore point ${id} of plan ${plan} at ${where}`);
}

/**
 * Opens a restore point; of its parts and of what it needs nothing is read yet.
 *
 * @throws HeadgateError `backup.unknown`, `backup.damaged` with the key and the place, `backup.version` where a newer program wrote it, `objects.unavailable`
 */
export const loadPoint = (places: readonly Place[], plan: string, id: string): Promise<Point> =>
  openPoint(places, plan, { id });

/** @param younger told of every fault too; of a point that is only walked through no part stays in memory */
async function openPoint(
  places: readonly Place[],
  plan: string,
  wanted: Wanted,
  younger?: (fault: PointFault) => void,
): Promise<Point> {
  const { id } = wanted;
  const found = await findManifest(places, plan, wanted);
  const { manifest, faults } = found;
  for (const fault of faults) younger?.(fault);
  const addFault = (fault: PointFault) => {
    younger?.(fault);
    if (!faults.some(({ place, key, what }) => place === fault.place && key === fault.key && what === fault.what))
      faults.push(fault);
  };

  const readPart = async (kind: PartKind): Promise<unknown> => {
    const ref = manifest.parts.find((part) => part.kind === kind);
    if (!ref) return undefined;
    let trouble: HeadgateError | undefined;
    for (const place of found.places) {
      const where = `${ref.key} at ${place.name}`;
      try {
        const bytes = await place.objects.get(ref.key);
        if (!bytes) throw new HeadgateError("backup.damaged", `${where} is not there`);
        if (sha256(bytes) !== ref.sha256)
          throw new HeadgateError("backup.damaged", `${where} is not what its hash says`);
        return parsePart(bytes, kind);
      } catch (error) {
        const known = error instanceof HeadgateError ? error : undefined;
        trouble ??=
          known ?? new HeadgateError("backup.damaged", `${where} cannot be read: ${(error as Error).message}`);
        addFault(faultOf(place, ref.key, known ?? trouble));
      }
    }
    throw trouble ?? new HeadgateError("backup.damaged", `${ref.key} is nowhere`);
  };

  const open = new Map<string, Promise<Point>>();
  const earlier = async (needed: string): Promise<Point> => {
    const need = manifest.needs.find((one) => one.id === needed);
    if (!need) throw new HeadgateError("backup.damaged", `${id} does not say that it needs ${needed}`);
    const known = open.get(needed) ?? openPoint(places, plan, need, addFault);
    open.set(needed, known);
    return known;
  };

  let index: Promise<ReadonlyMap<string, readonly HeldChunk[]>> | undefined;
  let kafka: Promise<KafkaPart | undefined> | undefined;
  const part = <K extends PartKind>(kind: K): Promise<Parts[K] | undefined> => {
    if (kind !== "kafka" || younger) return readPart(kind) as Promise<Parts[K] | undefined>;
    kafka ??= readPart("kafka") as Promise<KafkaPart | undefined>;
    return kafka as Promise<Parts[K] | undefined>;
  };
  return {
    ...{ plan, id, manifest, sha256: found.sha256, places: found.places, faults, addFault, part, earlier },
    chunks: async (topic, partition) => {
      const held = await part("kafka");
      const of = held?.topics.find(({ name }) => name === topic);
      if (held && of?.partitions.some((one) => one.partition === partition)) {
        index ??= indexChunks(id, manifest, held, earlier);
        return (await index).get(partitionKey(of.id, partition)) ?? [];
      }
      throw new HeadgateError("input.invalid", `${id} holds no partition ${partition} of topic ${topic}`);
    },
  };
}

/** Chunks of all partitions: earlier points are read once each, the newest first, and only what is needed of them is kept. */
async function indexChunks(
  id: string,
  manifest: Manifest,
  kafka: KafkaPart,
  earlier: (id: string) => Promise<Point>,
): Promise<ReadonlyMap<string, readonly HeldChunk[]>> {
  const needs = new Set(manifest.needs.map((need) => need.id));
  const waiting = new Map<string, Set<string>>();
  const links = new Map<string, Map<string, Pick<PartitionPart, "chunks" | "base" | "logStart">>>();
  const waitFor = (base: string | undefined, key: string) => {
    if (base === undefined || !needs.has(base)) return;
    waiting.set(base, (waiting.get(base) ?? new Set()).add(key));
  };
  const own = kafka.topics.flatMap((topic) =>
    topic.partitions.map((part) => ({ key: partitionKey(topic.id, part.partition), part })),
  );
  for (const { key, part } of own) waitFor(part.base, key);
  for (const need of [...needs].reverse()) {
    const keys = waiting.get(need);
    if (!keys) continue;
    const part = await (await earlier(need)).part("kafka");
    for (const topic of part?.topics ?? [])
      for (const { partition, chunks, base, logStart } of topic.partitions) {
        const key = partitionKey(topic.id, partition);
        if (!keys.has(key)) continue;
        const link = { chunks, logStart, ...(base === undefined ? {} : { base }) };
        links.set(key, (links.get(key) ?? new Map()).set(need, link));
        waitFor(base, key);
      }
  }
  return new Map(
    own.map(({ key, part }) => {
      const { chunks, missing } = heldChunks({ point: id, part }, needs, (base) => links.get(key)?.get(base));
      if (missing !== undefined)
        throw new HeadgateError(
          "backup.damaged",
          `${missing} says nothing of a partition whose records ${id} needs from it`,
        );
      return [key, chunks] as const;
    }),
  );
}
