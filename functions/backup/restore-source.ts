import type { ChunkRef } from "../../shared/core/backup/format/types.ts";
import { pointKey } from "../../shared/core/backup/keep/keys.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { loadPoint, type Point } from "./load-point.ts";
import type { Place } from "./place.ts";
import { readPartition } from "./read-partition.ts";
import type { RestoreSource } from "./restore-types.ts";
import { verifyCatalogue } from "./verify-records.ts";

/** A restore point for a restore: its parts are read and checked, of its records nothing yet. */
export interface OpenedPoint extends RestoreSource {
  readonly point: Point;
}

/**
 * @throws HeadgateError `backup.unknown`, `backup.damaged` with the key and the place, `backup.version`, `objects.unavailable`
 */
export async function openSource(places: readonly Place[], plan: string, id: string): Promise<OpenedPoint> {
  const point = await loadPoint(places, plan, id);
  const [kafka, schemas, flink] = [await point.part("kafka"), await point.part("schemas"), await point.part("flink")];
  const chunks = new Map<string, readonly ChunkRef[]>();
  for (const { name, partitions } of kafka?.topics ?? [])
    for (const part of partitions) {
      const held = await point.chunks(name, part.partition);
      // What is less than the catalogue says would be restored as if it were all.
      const [wrong] = verifyCatalogue(part, held);
      if (wrong !== undefined)
        throw new HeadgateError(
          "backup.damaged",
          `${pointKey(plan, id, "kafka.json")}: ${name}-${part.partition}: ${wrong}`,
        );
      chunks.set(
        `${name}/${part.partition}`,
        held.map(({ chunk }) => chunk),
      );
    }
  return {
    point,
    parts: {
      manifest: point.manifest,
      ...(kafka ? { kafka } : {}),
      ...(schemas ? { schemas } : {}),
      ...(flink ? { flink } : {}),
      chunks: (topic, partition) => {
        const found = chunks.get(`${topic}/${partition}`);
        if (found) return found;
        throw new HeadgateError("input.invalid", `${id} holds no partition ${partition} of topic ${topic}`);
      },
    },
    read: (topic, partition, range) => readPartition(point, topic, partition, range),
  };
}
