import type { GroupFacts } from "../../shared/core/cost/retention/types.ts";
import type { PartitionOffsets, StreamGroup } from "../../shared/core/kernel/streams.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { type RecordPlace, type RecordTime, recordTimes, timeKey } from "./record-times.ts";

/** transaction.max.timeout.ms: older than this no record of an open transaction is. */
const TRANSACTION_MS = 15 * MINUTE_MS;

/** How old the record at a place is, at the most; or why nobody knows. */
type Age = { readonly ms: DurationMs } | { readonly why: string };

function ageOf(time: RecordTime | undefined, now: Millis): Age {
  if (time === undefined || time.status === "failed") return { why: time?.why ?? "the brokers did not answer" };
  // What is there belongs to a transaction that is open, or to one that was aborted.
  if (time.status === "none") return { ms: TRANSACTION_MS };
  if (time.lost) return { why: "behind the start of the log" };
  return time.at === undefined ? { why: "its records carry no times" } : { ms: Math.max(0, now - time.at) };
}

/** How old the records at these places are, by {@link timeKey}; each place is asked for once. @throws HeadgateError `streams.*` */
export async function recordAges(
  streams: Streams,
  places: readonly RecordPlace[],
  now: Millis,
): Promise<ReadonlyMap<string, Age>> {
  const times = await recordTimes(streams, places);
  return new Map(places.map((place) => [timeKey(place), ageOf(times.get(timeKey(place)), now)]));
}

/** A group at one topic: from each partition it has not read to the end, where its next record is. */
interface Reading {
  readonly places: readonly RecordPlace[];
  /** Partitions of which it cannot be said where it is. */
  readonly behind?: string;
}

function readingOf(group: StreamGroup, topic: string, offsets: readonly PartitionOffsets[]): Reading | undefined {
  const mine = new Map(group.offsets.filter((one) => one.topic === topic).map((one) => [one.partition, one.offset]));
  if (mine.size === 0) return undefined;
  const places: RecordPlace[] = [];
  for (const { partition, logStart, end } of offsets) {
    if (logStart >= end) continue;
    // Without a position it may begin with the oldest record.
    const offset = mine.get(partition) ?? logStart;
    if (offset >= end) continue;
    if (offset < logStart)
      return {
        places,
        behind: `behind the start of the log in partition ${partition}: records that it has not read are gone already`,
      };
    places.push({ topic, partition, offset });
  }
  return { places };
}

const NOBODY = new Set(["Empty", "Dead", ""]);
export const hasMembers = ({ state }: StreamGroup): boolean => !NOBODY.has(state);

/** Consumers with members that have committed nothing at all: nobody can tell what they read. */
export const strangersOf = (groups: readonly StreamGroup[]): readonly string[] =>
  groups
    .filter((one) => hasMembers(one) && one.offsets.length === 0 && ["consumer", "share"].includes(one.protocolType))
    .map(({ id }) => id);

/**
 * Time lags, now, of every group with a position at one of the topics.
 *
 * @param offsets of all partitions of the topics
 * @throws HeadgateError `streams.*` of the cluster as a whole; what concerns one partition makes that group's lag unknown
 */
export async function timeLags(
  streams: Streams,
  groups: readonly StreamGroup[],
  offsets: readonly PartitionOffsets[],
  now: Millis,
): Promise<ReadonlyMap<string, readonly GroupFacts[]>> {
  const byTopic = new Map<string, PartitionOffsets[]>();
  for (const one of offsets) byTopic.set(one.topic, [...(byTopic.get(one.topic) ?? []), one]);
  const readings = [...byTopic].flatMap(([topic, parts]) =>
    groups.flatMap((group) => {
      const reading = readingOf(group, topic, parts);
      return reading ? [{ topic, group, reading }] : [];
    }),
  );
  const ages = await recordAges(
    streams,
    readings.flatMap(({ reading }) => (reading.behind === undefined ? reading.places : [])),
    now,
  );
  const found = new Map<string, GroupFacts[]>([...byTopic.keys()].map((topic) => [topic, []]));
  for (const { topic, group, reading } of readings) {
    const known = reading.places.map((place) => ages.get(timeKey(place)) ?? { why: "the brokers did not answer" });
    const blind = known.find((age): age is Extract<Age, { why: string }> => "why" in age);
    const why = reading.behind ?? blind?.why;
    const lagMs = known.reduce((most, age) => ("ms" in age ? Math.max(most, age.ms) : most), 0);
    found
      .get(topic)
      ?.push({ group: group.id, members: hasMembers(group), ...(why === undefined ? { lagMs } : { why }) });
  }
  return found;
}
