import type { KafkaPart, TopicPart } from "../format/types.ts";
import type { Change, PartitionDiff, TopicDiff } from "./types.ts";

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What differs between two maps, by name. */
export function changes<T>(from: ReadonlyMap<string, T>, to: ReadonlyMap<string, T>): readonly Change<T>[] {
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((name) => {
    const [was, is] = [from.get(name), to.get(name)];
    if (was === is) return [];
    return [{ name, ...(was === undefined ? {} : { from: was }), ...(is === undefined ? {} : { to: is }) }];
  });
}

const settingsOf = (topic: TopicPart): ReadonlyMap<string, string> =>
  new Map([
    ...topic.configs.map(({ name, value }): [string, string] => [name, value]),
    ["partitions", String(topic.partitions.length)],
    ["replication.factor", String(topic.replicationFactor)],
  ]);

function partitionsOf(from: TopicPart | undefined, to: TopicPart | undefined, anew: boolean): readonly PartitionDiff[] {
  const [was, is] = [from, to].map((topic) => new Map(topic?.partitions.map((one) => [one.partition, one])));
  return [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])]
    .sort((a, b) => a - b)
    .flatMap((partition): PartitionDiff[] => {
      const [a, b] = [was?.get(partition), is?.get(partition)];
      const records = { from: a?.records ?? 0, to: b?.records ?? 0 };
      // Of a topic that was made again, or that is there on one side only, all is new or gone.
      if (anew || !a || !b) {
        const [gone, come] = [a ? a.end - a.logStart : 0, b ? b.end - b.logStart : 0];
        return [{ partition, added: come, removed: gone, records }];
      }
      const added = Math.max(0, b.end - Math.max(a.end, b.logStart));
      const removed = Math.max(0, Math.min(b.logStart, a.end) - a.logStart);
      const truncated = b.end < a.end ? { truncated: { from: a.end, to: b.end } } : {};
      if (added === 0 && removed === 0 && b.end === a.end && records.from === records.to) return [];
      return [{ partition, added, removed, records, ...truncated }];
    });
}

/** Topics that differ; one with another id is another topic, whatever its name. */
export function topicDiffs(from: KafkaPart | undefined, to: KafkaPart | undefined) {
  const [was, is] = [from, to].map((part) => new Map(part?.topics.map((topic) => [topic.name, topic])));
  const names = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])].sort();
  const topics = names.flatMap((name): TopicDiff[] => {
    const [a, b] = [was?.get(name), is?.get(name)];
    const recreated = a !== undefined && b !== undefined && a.id !== b.id;
    const partitions = partitionsOf(a, b, recreated);
    const settings = a && b ? changes(settingsOf(a), settingsOf(b)) : [];
    const kind = !a ? "added" : !b ? "removed" : recreated ? "recreated" : "changed";
    if (kind === "changed" && partitions.length === 0 && settings.length === 0) return [];
    const held = (topic: TopicPart | undefined) => sum(topic?.partitions.map(({ records }) => records) ?? []);
    return [
      {
        name,
        kind,
        records: { from: held(a), to: held(b) },
        added: sum(partitions.map(({ added }) => added)),
        removed: sum(partitions.map(({ removed }) => removed)),
        partitions,
        settings,
      },
    ];
  });
  return { topics, unchangedTopics: names.length - topics.length };
}
