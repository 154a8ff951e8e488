import { DAY_MS, type DurationMs, HOUR_MS, type Millis } from "../../kernel/time.ts";
import { GROUPS_UNREAD, type GroupUsage, type UsageHour } from "../usage.ts";
import type { AccessPattern, Replay, TopicHistory } from "./types.ts";

/** Longest replay counts for so long, and so does the largest lag. */
export const MEMORY_MS = 30 * DAY_MS;
const WEEK_MS = 7 * DAY_MS;
/** Below this share of hours with a read, a topic is read infrequently. */
const SELDOM = 0.1;

export interface SeenGroup {
  readonly worstMs: DurationMs;
  readonly worstAt: Millis;
  readonly liveAt?: Millis;
}

export interface SeenTopic {
  readonly history: TopicHistory;
  readonly access: AccessPattern;
  readonly replay?: Replay;
  readonly groups: ReadonlyMap<string, SeenGroup>;
  readonly storedBytes?: number;
  readonly oldestMs?: DurationMs;
}

interface GroupFold {
  /** Last lag that was read, and the end of that hour. */
  lagMs?: DurationMs;
  at: Millis;
  worstMs: DurationMs;
  worstAt: Millis;
  liveAt?: Millis;
}

interface TopicFold {
  id?: string;
  from: Millis;
  hours: number;
  readHours: number;
  idleHours: number;
  /** Hours with groups of whose reading nothing is known. */
  darkHours: number;
  replay?: Replay;
  readonly groups: Map<string, GroupFold>;
  storedBytes?: number;
  oldestMs?: DurationMs;
}

export interface UsageFold {
  /** Hours of one cluster, the oldest first. */
  add(hour: UsageHour): void;
  /** From when on the cluster is known; undefined: never seen. */
  knownFrom(): Millis | undefined;
  /** `id`: undefined where what was seen is another topic of the same name. */
  topic(name: string, id?: string): SeenTopic | undefined;
}

const fresh = (from: Millis, id?: string): TopicFold => ({
  ...(id === undefined ? {} : { id }),
  from,
  hours: 0,
  readHours: 0,
  idleHours: 0,
  darkHours: 0,
  groups: new Map(),
});

/**
 * What a month of hours says of each topic, folded hour by hour. Where a group's lag was not read, or nobody watched, it counts as if the group had
 * stood still: time lag grows no faster than time goes by.
 */
export function usageFold(now: Millis, historyMs: DurationMs): UsageFold {
  let first: Millis | undefined;
  const topics = new Map<string, TopicFold>();

  const topicIn = (name: string, id: string | undefined, hour: Millis): TopicFold => {
    const known = topics.get(name);
    // A topic of the same name that was made anew is another one.
    const same = known && (known.id === undefined || id === undefined || known.id === id);
    if (known && same) {
      if (id !== undefined) known.id = id;
      return known;
    }
    const made = fresh(hour, id);
    topics.set(name, made);
    return made;
  };

  const addGroup = (fold: TopicFold, hour: Millis, one: GroupUsage): void => {
    const end = hour + HOUR_MS;
    const before = fold.groups.get(one.group);
    const group = before ?? { at: end, worstMs: 0, worstAt: end };
    // Between two readings it may have stood still all the time.
    const still = group.lagMs === undefined ? undefined : group.lagMs + Math.max(0, hour - group.at);
    const lag = one.maxTimeLagMs;
    const atMost = Math.max(lag ?? 0, hour > group.at ? (still ?? 0) : 0);
    const worst = lag === undefined && group.lagMs !== undefined ? group.lagMs + (end - group.at) : atMost;
    if (worst >= group.worstMs) {
      group.worstMs = worst;
      group.worstAt = end;
    }
    if (lag !== undefined) {
      group.lagMs = lag;
      group.at = end;
    }
    if (one.live) group.liveAt = end;
    if (one.replayAgeMs !== undefined && (fold.replay === undefined || one.replayAgeMs >= fold.replay.ms))
      fold.replay = { group: one.group, ms: one.replayAgeMs, at: end };
    fold.groups.set(one.group, group);
  };

  return {
    add: (hour) => {
      if (hour.hour + HOUR_MS <= now - MEMORY_MS || hour.hour > now) return;
      first ??= hour.hour;
      const groups = new Map<string, GroupUsage[]>();
      for (const one of hour.groups) groups.set(one.topic, [...(groups.get(one.topic) ?? []), one]);
      // Nobody saw who read in such an hour: it may have had a replay.
      const unread = hour.missing.some((one) => one.startsWith(`${GROUPS_UNREAD}:`));
      for (const topic of hour.topics) {
        const fold = topicIn(topic.topic, topic.topicId, hour.hour);
        if (hour.hour >= now - historyMs && !unread) fold.hours += 1;
        if (topic.storedBytes !== undefined) fold.storedBytes = topic.storedBytes;
        if (topic.oldestAgeMs !== undefined) fold.oldestMs = topic.oldestAgeMs;
        const mine = groups.get(topic.topic) ?? [];
        if (hour.hour >= now - WEEK_MS) {
          const read = mine.some(({ fetchedRecords = 0, fetchedBytes = 0 }) => fetchedRecords + fetchedBytes > 0);
          const dark =
            unread ||
            mine.some((one) => one.live && one.fetchedRecords === undefined && one.fetchedBytes === undefined);
          if (read) fold.readHours += 1;
          else if (dark) fold.darkHours += 1;
          else fold.idleHours += 1;
        }
        for (const one of mine) addGroup(fold, hour.hour, one);
        // Whoever is not told of an hour that was read whole was not there: what it had is no position any more.
        if (hour.missing.length > 0) continue;
        const there = new Set(mine.map(({ group }) => group));
        for (const [name, group] of fold.groups) if (!there.has(name)) delete group.lagMs;
      }
    },
    knownFrom: () => first,
    topic: (name, id) => {
      const fold = topics.get(name);
      if (!fold || (id !== undefined && fold.id !== undefined && fold.id !== id)) return undefined;
      const { from, hours, readHours, idleHours, darkHours, replay, storedBytes, oldestMs } = fold;
      const told = readHours + idleHours;
      const access =
        told === 0 || darkHours > told
          ? "unknown"
          : readHours === 0
            ? "never"
            : readHours / told < SELDOM
              ? "infrequent"
              : "frequent";
      return {
        history: { from, hours, wantedHours: Math.floor(historyMs / HOUR_MS), readHours, idleHours },
        access,
        ...(replay ? { replay } : {}),
        ...(storedBytes === undefined ? {} : { storedBytes }),
        ...(oldestMs === undefined ? {} : { oldestMs }),
        groups: new Map(
          [...fold.groups].map(([group, { worstMs, worstAt, liveAt }]) => [
            group,
            { worstMs, worstAt, ...(liveAt === undefined ? {} : { liveAt }) },
          ]),
        ),
      };
    },
  };
}
