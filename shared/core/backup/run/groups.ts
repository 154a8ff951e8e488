import type { GroupOffset, StreamGroup } from "../../kernel/streams.ts";
import type { TopicCut } from "./cut.ts";
import { partitionKey } from "./receipts.ts";

/** Notes of single groups; the rest is one with their number. */
const MOST_NOTES = 20;

/**
 * Positions of groups as they fit the cut. They are read after it, so a position may be past it: it is set back to where the cut is, because a restore has nothing behind.
 * Positions in topics that are not taken are left out.
 */
export function clampGroups(
  groups: readonly StreamGroup[],
  topics: readonly TopicCut[],
): { readonly groups: readonly StreamGroup[]; readonly notes: readonly string[] } {
  const ends = new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition, stable }) => [partitionKey(name, partition), stable] as const),
    ),
  );
  const moved = new Map<string, number>();
  const kept = groups.map((group): StreamGroup => {
    const offsets = group.offsets.flatMap((one): readonly GroupOffset[] => {
      const end = ends.get(partitionKey(one.topic, one.partition));
      if (end === undefined) return [];
      if (one.offset <= end) return [one];
      moved.set(group.id, (moved.get(group.id) ?? 0) + 1);
      return [{ ...one, offset: end }];
    });
    return { ...group, offsets };
  });
  const all = [...moved].map(
    ([id, count]) =>
      `group ${id} had read past the cut when its positions were read: ${count} ${count === 1 ? "is" : "are"} set back to the cut`,
  );
  const notes =
    all.length > MOST_NOTES ? [...all.slice(0, MOST_NOTES), `and ${all.length - MOST_NOTES} more groups`] : all;
  return {
    groups: kept.filter(({ offsets }, index) => offsets.length > 0 || groups[index]?.offsets.length === 0),
    notes,
  };
}
