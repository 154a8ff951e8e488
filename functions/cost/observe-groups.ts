import { addGroup, type OpenHours } from "../../shared/core/cost/observe/hours.ts";
import type { LastLook, SeenPositions, SeenTopic } from "../../shared/core/cost/observe/look.ts";
import type { Moves, movesOf } from "../../shared/core/cost/observe/moves.ts";
import { hourOf, type Segment, spread } from "../../shared/core/cost/observe/segments.ts";
import type { PartitionOffsets, StreamGroup } from "../../shared/core/kernel/streams.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { CommitLog } from "./commit-log.ts";
import { type Position, positionAges } from "./observe-lag.ts";
import { recordTimes, timeKey } from "./record-times.ts";
import type { TopicFound } from "./topic-shape.ts";

/** Places that positions went back to, of which the age is read at a look. */
const MOST_REPLAYS = 300;

export type Before = (group: string, topic: string, partition: number) => number | undefined;

/** Undefined where the size of a record is not known. */
export const bytesFor = (records: number, size: number | undefined): number | undefined =>
  size === undefined ? undefined : Math.round(records * size);

/** Positions of the last look; of a topic that was made anew since there are none. */
export function positionBefore(last: LastLook | undefined, found: readonly TopicFound[]): Before {
  const ids = new Map(found.map(({ info }) => [info.name, info.id]));
  return (group, topic, partition) => {
    if (!last || last.topics[topic]?.id !== ids.get(topic) || !Object.hasOwn(last.groups, group)) return undefined;
    return last.groups[group]?.[topic]?.[String(partition)];
  };
}

interface GroupsGiven {
  readonly streams: Streams;
  readonly open: OpenHours;
  readonly groups: readonly StreamGroup[];
  readonly found: readonly TopicFound[];
  readonly offsets: ReadonlyMap<string, PartitionOffsets>;
  readonly topics: Readonly<Record<string, SeenTopic>>;
  readonly moves: ReturnType<typeof movesOf>;
  readonly commits: CommitLog | undefined;
  readonly before: Before;
  readonly pieces: readonly Segment[];
  readonly now: Millis;
  readonly last: Millis | undefined;
}

interface Reread extends Position {
  readonly at: Millis;
  readonly kind: "back" | "began";
}

const MEMBERLESS = new Set(["Empty", "Dead"]);

/** What groups did, into the hours; answers where they are now. */
export async function seeGroups(given: GroupsGiven): Promise<Record<string, SeenPositions>> {
  const { streams, open, groups, offsets, topics, moves, commits, before, pieces, now } = given;
  const present = open.at(hourOf(now));
  if (pieces.length > 0 && !commits?.whole)
    present.notes.add(
      `a position that went back and forward again between two looks is not seen: ${commits?.why ?? "what groups commit cannot be read one by one"}`,
    );
  const positions = groups.flatMap(({ id, offsets: all }) =>
    all.flatMap((one): Position[] =>
      offsets.has(`${one.topic}/${one.partition}`) || topics[one.topic] ? [{ ...one, group: id }] : [],
    ),
  );
  const ages = await positionAges(streams, positions, offsets, now);
  const seen = new Map<string, Map<string, Map<string, number>>>();
  const reread: Reread[] = [];
  const unread = new Set<string>();
  const liveGroups = new Set(groups.filter(({ state }) => !MEMBERLESS.has(state)).map(({ id }) => id));
  for (const [index, position] of positions.entries()) {
    const { group, topic, partition, offset } = position;
    const age = ages[index] ?? {};
    const was = before(group, topic, partition);
    const followed = moves.of(group, topic, partition);
    const compared = comparedMoves(was, offset, now, pieces);
    const moved: Omit<Moves, "at"> = !followed
      ? compared
      : commits?.whole
        ? followed
        : { ...compared, ...(followed.back ? { back: followed.back } : {}) };
    const size = topics[topic]?.recordBytes;
    if (age.why !== undefined) unread.add(`${group} on ${topic}: ${age.why}`);
    // Somebody has moved it since the last look, also in a time that nobody watched.
    const live = liveGroups.has(group) || (given.last !== undefined && was !== offset);
    addGroup(present, { group, topic, live, maxTimeLagMs: age.ageMs, lost: age.lost });
    for (const { hour } of pieces) {
      const records = moved.forward.get(hour) ?? 0;
      const live = records > 0 || moved.back !== undefined;
      const counts = { fetchedRecords: records, fetchedBytes: records === 0 ? 0 : bytesFor(records, size) };
      // What was not seen at the last look was read from somewhere: how much is not known.
      addGroup(open.at(hour), { group, topic, live, ...(was === undefined && records === 0 ? {} : counts) });
    }
    for (const kind of ["back", "began"] as const) {
      const one = moved[kind];
      if (one) reread.push({ ...position, offset: one.offset, at: one.at, kind });
    }
    at(at(seen, group), topic).set(String(partition), moved.offset);
  }
  for (const text of [...unread].slice(0, 20)) present.missing.add(`age at a position: ${text}`);
  for (const { id, state, offsets: all } of groups)
    if (all.length === 0 && !MEMBERLESS.has(state))
      present.missing.add(
        `positions of ${id}: it has members and commits nothing, so what it still needs is not known`,
      );
  await seeReread(given, reread);
  return Object.fromEntries(
    [...seen].map(([group, all]) => [
      group,
      Object.fromEntries([...all].map(([topic, one]) => [topic, Object.fromEntries(one)])),
    ]),
  );
}

function at<Inner>(map: Map<string, Map<string, Inner>>, key: string): Map<string, Inner> {
  let one = map.get(key);
  if (one === undefined) map.set(key, (one = new Map()));
  return one;
}

/** Where commits cannot be read: what can be told from two looks. */
function comparedMoves(
  was: number | undefined,
  offset: number,
  now: Millis,
  pieces: readonly Segment[],
): Omit<Moves, "at"> {
  if (was === undefined || offset === was) return { offset, forward: new Map() };
  if (offset < was) return { offset, forward: new Map(), back: { offset, at: now } };
  const parts = spread(offset - was, pieces);
  return { offset, forward: new Map(pieces.map(({ hour }, index) => [hour, parts[index] ?? 0])) };
}

/** How old the records are that are read again, or where a group began. */
async function seeReread({ streams, open, now, last }: GroupsGiven, places: readonly Reread[]): Promise<void> {
  const present = open.at(hourOf(now));
  const chosen = places.toSorted((a, b) => (a.kind === b.kind ? 0 : a.kind === "back" ? -1 : 1)).slice(0, MOST_REPLAYS);
  const left = places.slice(chosen.length).filter(({ kind }) => kind === "back").length;
  if (left > 0) present.missing.add(`ages of replays: ${left} positions more that went back were not read`);
  const times = await recordTimes(streams, chosen);
  for (const { group, topic, partition, offset, at: told, kind } of chosen) {
    const time = times.get(timeKey({ topic, partition, offset }));
    if (time?.status === "failed") present.missing.add(`age of a replay of ${group} on ${topic}: ${time.why}`);
    if (time?.status !== "read" || time.at === undefined) continue;
    const when = Math.min(now, Math.max(told, last ?? told));
    const ageMs = Math.max(0, when - time.at);
    const hour = open.at(hourOf(when));
    addGroup(hour, {
      ...{ group, topic, live: true, lost: time.lost ? true : undefined },
      ...(kind === "back" ? { replayAgeMs: ageMs } : { maxTimeLagMs: ageMs }),
    });
  }
}
