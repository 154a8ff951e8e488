import type { SeenTopic } from "../../shared/core/cost/observe/look.ts";
import type { Segment } from "../../shared/core/cost/observe/segments.ts";
import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { TopicFound } from "./topic-shape.ts";

/** Records that came in, by piece of time, of one topic; and what could not be told. */
interface TopicCount {
  readonly records: readonly number[];
  readonly notes: readonly string[];
}

interface Grown extends TopicPartition {
  readonly from: Offset | undefined;
  readonly end: Offset;
}

/**
 * What came into each topic since the last look: ends of partitions now less those of then, cut at the hours by the time index of the log (the first offset of an hour).
 * A topic made anew since counts from its first record; a partition that was never seen counts from the first record that is younger than the last look. An end that went
 * back (records lost by a broker) counts nothing.
 *
 * @throws HeadgateError `streams.unavailable`
 */
export async function topicCounts(
  streams: Pick<Streams, "offsetsAt">,
  found: readonly TopicFound[],
  before: Readonly<Record<string, SeenTopic>>,
  pieces: readonly Segment[],
): Promise<ReadonlyMap<string, TopicCount>> {
  const grown: Grown[] = [];
  const notes = new Map<string, string[]>();
  const note = (topic: string, text: string) => notes.set(topic, [...(notes.get(topic) ?? []), text]);
  for (const { info, offsets } of found) {
    const { name, id } = info;
    const known = Object.hasOwn(before, name) ? before[name] : undefined;
    const anew = known !== undefined && known.id !== id;
    if (anew) note(name, `${name} was made anew: what came into the one before since the last look is not known`);
    for (const [partition, one] of offsets.entries()) {
      if (!one) continue;
      const was = anew ? 0 : known?.partitions[partition]?.end;
      if (was !== undefined && one.end < was)
        note(name, `${name}/${partition} ends earlier than before: records were lost`);
      else if (was === undefined ? one.end > one.logStart : one.end > was)
        grown.push({ topic: name, partition, from: was, end: one.end });
    }
  }
  // At the first instant for those never seen, at the beginning of every later hour for all.
  const cuts = new Map<number, ReadonlyMap<string, Offset>>();
  for (const [index, { from }] of pieces.entries()) {
    const asked = index === 0 ? grown.filter((one) => one.from === undefined) : grown;
    if (asked.length === 0) continue;
    const told = await streams.offsetsAt(
      asked.map(({ topic, partition }) => ({ topic, partition })),
      from,
    );
    cuts.set(index, new Map(told.map((one) => [`${one.topic}/${one.partition}`, one.offset])));
  }
  const counts = new Map(found.map(({ info }) => [info.name, pieces.map(() => 0)]));
  for (const { topic, partition, from, end } of grown) {
    const at = (index: number): Offset => cuts.get(index)?.get(`${topic}/${partition}`) ?? end;
    const records = counts.get(topic) ?? [];
    let low = from ?? at(0);
    for (const [index] of pieces.entries()) {
      const high = index + 1 < pieces.length ? Math.min(end, Math.max(low, at(index + 1))) : end;
      records[index] = (records[index] ?? 0) + high - low;
      low = high;
    }
  }
  return new Map([...counts].map(([topic, records]) => [topic, { records, notes: notes.get(topic) ?? [] }]));
}
