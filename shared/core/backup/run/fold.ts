import type { KafkaPart, Manifest, PartitionPart, TopicPart } from "../format/types.ts";
import type { Cut } from "./cut.ts";
import { beginFolding, type Folding, type Hash, partitionPart, takeBase } from "./fold-partition.ts";
import { partitionKey, type ReadRun } from "./receipts.ts";

export interface Folded {
  readonly kafka: KafkaPart;
  /** Ids of the earlier points it needs, oldest first. */
  readonly needs: readonly string[];
  readonly gaps: Manifest["gaps"];
  readonly totals: Omit<Manifest["totals"], "storedBytes">;
}

/** Takes the earlier points one by one, so that only one of them is in memory. */
export interface Fold {
  /** The earlier point that is looked at next, the newest first; undefined: there is none left that anybody wants. */
  wants(): string | undefined;
  take(point: string, kafka: KafkaPart): void;
  /** @throws Error where a point that is wanted was never taken */
  done(): Folded;
}

/**
 * Makes the Kafka part of a point from its cut, what was read, and what earlier points say.
 *
 * @param earlier ids of the points the previous one needs and itself, oldest first
 */
export function foldRun(cut: Cut, read: ReadRun, earlier: readonly string[], hash: Hash): Fold {
  const needs = new Set(earlier);
  const gaps = [...cut.gaps, ...read.gaps];
  const all: Folding[] = cut.topics.flatMap((topic) =>
    topic.partitions.map((one) =>
      beginFolding(topic, one, read.stretches.get(partitionKey(topic.name, one.partition)) ?? [], gaps),
    ),
  );
  const order = [...earlier].reverse();
  let at = 0;
  return {
    wants() {
      for (; at < order.length; at += 1) {
        const point = order[at];
        if (all.some(({ wants }) => wants === point)) return point;
      }
      return undefined;
    },
    take(point, kafka) {
      const topics = new Map(kafka.topics.map((topic) => [topic.id, partitionsOf(topic)]));
      for (const folding of all) {
        if (folding.wants !== point) continue;
        const part = topics.get(folding.topic.id)?.get(folding.cut.partition);
        if (!part) throw new Error(`${point} does not know ${folding.topic.name}-${folding.cut.partition}`);
        takeBase(folding, point, part, needs);
      }
    },
    done() {
      const open = all.find(({ wants }) => wants !== undefined);
      if (open) throw new Error(`${open.wants} is needed by ${open.topic.name}-${open.cut.partition} and was not read`);
      const used = new Set(all.flatMap(({ older }) => older.map(({ point }) => point)));
      const topics = topicsOf(all, hash, cut);
      const partitions = topics.flatMap((topic) => topic.partitions);
      const sum = (what: (part: PartitionPart) => number): number =>
        partitions.reduce((total, part) => total + what(part), 0);
      return {
        kafka: { topics, groups: cut.groups, acls: cut.acls, quotas: cut.quotas },
        needs: earlier.filter((id) => used.has(id)),
        gaps,
        totals: {
          topics: topics.length,
          partitions: partitions.length,
          groups: cut.groups.length,
          records: sum(({ records }) => records),
          newRecords: sum(({ chunks }) => chunks.reduce((total, { records }) => total + records, 0)),
          newBytes: sum(({ chunks }) => chunks.reduce((total, { raw }) => total + raw, 0)),
          droppedRecords: read.droppedRecords,
        },
      };
    },
  };
}

const partitionsOf = ({ partitions }: TopicPart): ReadonlyMap<number, PartitionPart> =>
  new Map(partitions.map((part) => [part.partition, part]));

function topicsOf(all: readonly Folding[], hash: Hash, { topics }: Cut): readonly TopicPart[] {
  const parts = new Map<string, PartitionPart[]>(topics.map(({ name }) => [name, []]));
  for (const folding of all) parts.get(folding.topic.name)?.push(partitionPart(folding, hash));
  return topics.map(({ name, id, replicationFactor, configs }) => ({
    name,
    id,
    replicationFactor,
    configs,
    partitions: parts.get(name) ?? [],
  }));
}
