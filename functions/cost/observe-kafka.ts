import { countTopic, openHours, sawHour, seeTopic } from "../../shared/core/cost/observe/hours.ts";
import type { LastLook, SeenPartition, SeenTopic } from "../../shared/core/cost/observe/look.ts";
import { movesOf } from "../../shared/core/cost/observe/moves.ts";
import { hourOf, type Segment, segments } from "../../shared/core/cost/observe/segments.ts";
import { GROUPS_UNREAD, type UsageHour } from "../../shared/core/cost/usage.ts";
import type { HeldConfig } from "../../shared/core/kernel/streams.ts";
import { formatDuration, HOUR_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { type ByteCounts, NO_BYTES } from "./broker-bytes.ts";
import { COMMITS, readCommits } from "./commit-log.ts";
import { bytesFor, positionBefore, seeGroups } from "./observe-groups.ts";
import { type RecordPlace, type RecordTime, recordTimes, tailSizes, timeKey } from "./record-times.ts";
import { topicCounts } from "./topic-counts.ts";
import { bytesByTopic, isCompacted, leaderBytes, shapeOf, type TopicFound } from "./topic-shape.ts";

/** Looks further apart did not watch what was between them: an hourly tick that came late is still one. */
const WATCHED_MS = 2.5 * HOUR_MS;
/** First records of partitions that are read at a look; the others keep the time they had. */
const MOST_FIRSTS = 2_000;
/** Topics of which a newest batch is read for the size of a record, at a look. */
const MOST_SIZES = 300;

interface KafkaLook {
  /** For the next one. */
  readonly look: LastLook;
  /** All that have changed. */
  readonly hours: readonly UsageHour[];
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Looks at a cluster once: what is there now, and what has changed since the last look, by hour. Nothing is claimed for a time in which nobody watched.
 *
 * @throws HeadgateError `streams.unavailable`, `streams.denied` where topics or offsets cannot be read; what else cannot is named in the hours
 */
export async function lookAtKafka(
  streams: Streams,
  cluster: string,
  last: LastLook | undefined,
  now: Millis,
  bytesOf: (pieces: readonly Segment[]) => Promise<ByteCounts> = async () => NO_BYTES,
): Promise<KafkaLook> {
  const open = openHours(cluster, last?.hours ?? []);
  const present = open.at(hourOf(now));
  const away = last !== undefined && now - last.at > WATCHED_MS;
  const pieces = last && !away ? segments(last.at, now) : [];
  const tried = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      present.missing.add(`${what}: ${message(error)}`);
      return undefined;
    }
  };

  const infos = await streams.topics();
  const names = infos.map(({ name }) => name);
  const partitions = infos.flatMap(({ name, partitions: all }) =>
    all.map(({ partition }) => ({ topic: name, partition })),
  );
  const groups = await tried(GROUPS_UNREAD, () => streams.groups());
  const offsets = new Map((await streams.offsets(partitions)).map((one) => [`${one.topic}/${one.partition}`, one]));
  const configs =
    (await tried("settings of topics", () => streams.heldConfigs(names))) ?? new Map<string, HeldConfig[]>();
  const dirs = await streams.logDirs().then(bytesByTopic, (error: unknown) => {
    present.notes.add(`stored bytes are the leaders' times the replicas: ${message(error)}`);
    return undefined;
  });
  const found = infos.map((info): TopicFound => {
    const bytes = dirs?.get(info.name);
    return {
      info,
      configs: configs.get(info.name) ?? [],
      offsets: info.partitions.map(({ partition }) => offsets.get(`${info.name}/${partition}`)),
      ...(bytes === undefined ? {} : { dirs: bytes }),
    };
  });
  const unasked = partitions.length - offsets.size;
  if (unasked > 0) present.missing.add(`${unasked} of ${partitions.length} partitions could not be asked`);

  const topics = await seenTopics(streams, found, last, now, (text) => present.notes.add(text));
  for (const { hour, from, to } of pieces) sawHour(open.at(hour), to - from);
  // A single look sees an instant: enough to deal out by what is stored, too little to count as watched.
  if (pieces.length === 0) present.seenMs = Math.max(1, present.seenMs);
  if (away) present.notes.add(`nobody watched for ${formatDuration(now - last.at)}: what was used then is not known`);

  const shapes = new Map(
    found.map((one) => [one.info.name, shapeOf(one, topics[one.info.name]?.partitions ?? [], now)]),
  );
  for (const shape of shapes.values()) seeTopic(present, shape);
  if (last && pieces.length > 0) {
    const counts = await topicCounts(streams, found, last.topics, pieces);
    const brokers = await bytesOf(pieces);
    if (brokers.why !== undefined) present.notes.add(brokers.why);
    for (const [name, { records, notes }] of counts) {
      for (const text of notes) present.notes.add(text);
      const shape = shapes.get(name);
      const size = topics[name]?.recordBytes;
      for (const [index, { hour }] of shape ? pieces.entries() : []) {
        const inRecords = records[index] ?? 0;
        const inBytes = brokers.into?.[index]?.get(name) ?? (inRecords === 0 ? 0 : bytesFor(inRecords, size));
        countTopic(open.at(hour), shape as NonNullable<typeof shape>, {
          ...{ inRecords, inBytes },
          outBytes: brokers.out?.[index]?.get(name),
        });
      }
    }
  }

  const log = found.find(({ info }) => info.name === COMMITS && info.internal)?.info;
  const before = positionBefore(last, found);
  const moves = movesOf(before);
  const commits = log
    ? await tried("commits of groups", () => readCommits(streams, log, away ? undefined : last?.commits, moves))
    : undefined;
  const positions = groups
    ? await seeGroups({
        streams,
        open,
        groups,
        found,
        offsets,
        topics,
        moves,
        commits,
        before,
        pieces,
        now,
        last: last?.at,
      })
    : (last?.groups ?? {});
  const look: LastLook = {
    ...{ v: 1, at: now, topics, groups: positions },
    ...(commits && commits.next.length > 0 ? { commits: commits.next } : {}),
    hours: open.all(hourOf(now) - HOUR_MS),
  };
  return { look, hours: open.all(hourOf(last && !away ? last.at : now)) };
}

/** Topics as the next look needs them: ends, first records, and the size of a record. */
async function seenTopics(
  streams: Streams,
  found: readonly TopicFound[],
  last: LastLook | undefined,
  now: Millis,
  note: (text: string) => void,
): Promise<Record<string, SeenTopic>> {
  const known = (name: string, id: string): SeenTopic | undefined => {
    const one = last && Object.hasOwn(last.topics, name) ? last.topics[name] : undefined;
    return one?.id === id ? one : undefined;
  };
  // The first record of a partition is another one only where its log begins elsewhere.
  const firsts: RecordPlace[] = [];
  for (const { info, offsets } of found)
    for (const one of offsets) {
      const before = one && known(info.name, info.id)?.partitions[one.partition];
      if (one && one.logStart < one.stable && (before?.oldest === undefined || before.logStart !== one.logStart))
        firsts.push({ topic: one.topic, partition: one.partition, offset: one.logStart });
    }
  if (firsts.length > MOST_FIRSTS)
    note(`ages of the oldest records: ${MOST_FIRSTS} of ${firsts.length} were read, the others follow`);
  const times = await recordTimes(streams, firsts.slice(0, MOST_FIRSTS)).catch(() => new Map<string, RecordTime>());
  const sizes = await tailSizes(streams, tails(found, last).slice(0, MOST_SIZES)).catch(
    () => new Map<string, number>(),
  );
  const made: [string, SeenTopic][] = [];
  for (const one of found) {
    const { info, offsets } = one;
    const before = known(info.name, info.id);
    const partitions = offsets.map((at, partition): SeenPartition | null => {
      const was = before?.partitions[partition];
      if (!at) return was ?? null;
      const read = times.get(timeKey({ topic: info.name, partition, offset: at.logStart }));
      const oldest = read?.status === "read" ? read.at : was?.logStart === at.logStart ? was.oldest : undefined;
      const isEmpty = at.logStart >= at.end;
      return {
        end: at.end,
        logStart: at.logStart,
        ...(isEmpty || oldest === undefined ? {} : { oldest: Math.min(oldest, now) }),
      };
    });
    const size = recordBytes(one) ?? sizes.get(info.name) ?? before?.recordBytes;
    made.push([info.name, { id: info.id, partitions, ...(size === undefined ? {} : { recordBytes: size }) }]);
  }
  return Object.fromEntries(made);
}

/** Where compacted topics that have grown end: their newest batch tells the size of a record. */
function tails(found: readonly TopicFound[], last: LastLook | undefined): readonly RecordPlace[] {
  return found.flatMap((one) => {
    if (!isCompacted(one)) return [];
    const { name } = one.info;
    const before = last && Object.hasOwn(last.topics, name) ? last.topics[name] : undefined;
    const grown = one.offsets.find(
      (at) => at && at.stable > at.logStart && at.end !== before?.partitions[at.partition]?.end,
    );
    return grown ? [{ topic: name, partition: grown.partition, offset: grown.stable - 1 }] : [];
  });
}

/** Mean of what is kept. Compaction takes records away and leaves their offsets: there the newest batch tells. */
function recordBytes(found: TopicFound): number | undefined {
  const bytes = leaderBytes(found);
  const records = found.offsets.reduce((sum, one) => sum + (one ? one.end - one.logStart : 0), 0);
  if (bytes === undefined || records === 0 || bytes === 0) return undefined;
  return isCompacted(found) ? undefined : bytes / records;
}
