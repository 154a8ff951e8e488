import type { KafkaLagPolicy } from "../../shared/core/autoscaling/lag/policy.ts";
import type { LagSeen, PartitionSeen } from "../../shared/core/autoscaling/lag/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { PartitionOffsets, StreamGroup, TopicInfo, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";

/** A group of more is not read: a record of the decision would be larger than the store takes. */
export const MOST_PARTITIONS = 5_000;

type Port = Pick<Streams, "groups" | "topics" | "offsets">;
type Wanted = Pick<KafkaLagPolicy, "group" | "topics">;

/** Topics whose partitions are to be read, or why the group cannot be. */
type Read =
  | { readonly topics: readonly TopicInfo[]; readonly group: StreamGroup | undefined }
  | { readonly why: string };

/**
 * Groups of one cluster, in the order in which they are wanted: their states and positions, then the ends of all their partitions, so that nothing is committed past an
 * end. Where a rule keeps one of several from us each is read by itself. Rejects as the port does.
 */
export async function readGroups(
  port: Port,
  wanted: readonly Wanted[],
  now: () => number,
): Promise<readonly LagSeen[]> {
  try {
    return await readTogether(port, wanted, now);
  } catch (error) {
    if (wanted.length === 1 || !(error instanceof HeadgateError) || error.code !== "streams.denied") throw error;
    return Promise.all(
      wanted.map(async (one): Promise<LagSeen> => {
        try {
          const [seen] = await readTogether(port, [one], now);
          return seen as LagSeen;
        } catch (cause) {
          return { at: now(), why: cause instanceof Error ? cause.message : String(cause) };
        }
      }),
    );
  }
}

async function readTogether(port: Port, wanted: readonly Wanted[], now: () => number): Promise<readonly LagSeen[]> {
  const [groups, topics] = await Promise.all([
    port.groups([...new Set(wanted.map(({ group }) => group))]),
    port.topics(),
  ]);
  const groupOf = new Map(groups.map((group) => [group.id, group]));
  const topicOf = new Map(topics.map((topic) => [topic.name, topic]));
  const reads = wanted.map((one) => planOf(one, groupOf.get(one.group), topicOf));
  const partitions = new Map<string, TopicPartition>();
  for (const read of reads) {
    if ("why" in read) continue;
    for (const { topic, partition, led } of read.topics.flatMap(partitionsOf))
      if (led) partitions.set(`${topic}/${partition}`, { topic, partition });
  }
  const told = partitions.size === 0 ? [] : await port.offsets([...partitions.values()]);
  const ends = new Map(told.map((one) => [`${one.topic}/${one.partition}`, one]));
  const at = now();
  return reads.map((read) => ("why" in read ? { at, why: read.why } : seenOf(read, ends, at)));
}

/** Partitions by number, also those that nobody leads: what is not answered for is unknown, not gone. */
function partitionsOf({ name, partitions }: TopicInfo) {
  const count = partitions.reduce((most, { partition }) => Math.max(most, partition + 1), 0);
  const led = new Set(partitions.flatMap(({ partition, leader }) => (leader === undefined ? [] : [partition])));
  return Array.from({ length: count }, (_, partition) => ({ topic: name, partition, led: led.has(partition) }));
}

function planOf(wanted: Wanted, group: StreamGroup | undefined, known: ReadonlyMap<string, TopicInfo>): Read {
  const names = [...new Set(wanted.topics ?? group?.offsets.map(({ topic }) => topic) ?? [])];
  if (names.length === 0)
    return { why: `group ${wanted.group} has no offsets, and the policy names no topics to read them from` };
  const topics: TopicInfo[] = [];
  for (const name of names) {
    const topic = known.get(name);
    // A topic that was deleted may be among a group's offsets until they are forgotten.
    if (topic) topics.push(topic);
    else if (wanted.topics) return { why: `topic ${name} is not there` };
  }
  if (topics.length === 0) return { why: `none of the topics that group ${wanted.group} has offsets of is there` };
  const count = topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
  if (count > MOST_PARTITIONS)
    return { why: `group ${wanted.group} reads ${count} partitions, of which ${MOST_PARTITIONS} are the most` };
  return { topics, group };
}

function seenOf(
  { topics, group }: Exclude<Read, { readonly why: string }>,
  ends: ReadonlyMap<string, PartitionOffsets>,
  at: number,
): LagSeen {
  const committed = new Map(group?.offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  const partitions = (topic: TopicInfo) =>
    partitionsOf(topic).map(({ topic: name, partition }): PartitionSeen | null => {
      const key = `${name}/${partition}`;
      const end = ends.get(key);
      return end ? [committed.get(key) ?? -1, end.end, end.logStart] : null;
    });
  return {
    at,
    state: group?.state ?? "Empty",
    ...(group ? {} : { absent: true as const }),
    topics: Object.fromEntries(topics.map((topic) => [topic.name, partitions(topic)])),
  };
}
