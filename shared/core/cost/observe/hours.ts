import { HOUR_MS, type Millis } from "../../kernel/time.ts";
import type { GroupUsage, JobUsage, ServiceUsage, TopicUsage, UsageHour } from "../usage.ts";

/** A usage hour while it grows. */
interface OpenHour {
  readonly hour: Millis;
  seenMs: number;
  readonly topics: Map<string, TopicUsage>;
  readonly groups: Map<string, GroupUsage>;
  readonly jobs: Map<string, JobUsage>;
  readonly services: Map<string, ServiceUsage>;
  readonly missing: Set<string>;
  readonly notes: Set<string>;
}

const pair = (a: string, b: string): string => `${a}\u0000${b}`;
export const groupKey = ({ group, topic }: Pick<GroupUsage, "group" | "topic">): string => pair(group, topic);
export const jobKey = ({ cluster, job }: Pick<JobUsage, "cluster" | "job">): string => pair(cluster, job);

/** Hours that may still grow; what is of another hour is left as it was written. */
export function openHours(cluster: string, kept: readonly UsageHour[]) {
  const hours = new Map<Millis, OpenHour>();
  for (const one of kept)
    hours.set(one.hour, {
      hour: one.hour,
      seenMs: one.seenMs,
      topics: new Map(one.topics.map((topic) => [topic.topic, topic])),
      groups: new Map(one.groups.map((group) => [groupKey(group), group])),
      jobs: new Map(one.jobs.map((job) => [jobKey(job), job])),
      services: new Map(one.services.map((service) => [service.service, service])),
      missing: new Set(one.missing),
      notes: new Set(one.notes ?? []),
    });
  const sorted = <T>(map: ReadonlyMap<string, T>): readonly T[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one);
  return {
    at: (hour: Millis): OpenHour => {
      let one = hours.get(hour);
      if (one === undefined) {
        one = {
          ...{ hour, seenMs: 0, topics: new Map(), groups: new Map(), jobs: new Map(), services: new Map() },
          ...{ missing: new Set(), notes: new Set() },
        };
        hours.set(hour, one);
      }
      return one;
    },
    known: (hour: Millis): OpenHour | undefined => hours.get(hour),
    /** From `since` on, the oldest first. */
    all: (since: Millis): readonly UsageHour[] =>
      [...hours.values()]
        .filter(({ hour }) => hour >= since)
        .sort((a, b) => a.hour - b.hour)
        .map(
          ({ hour, seenMs, topics, groups, jobs, services, missing, notes }): UsageHour => ({
            ...{ v: 1, cluster, hour, seenMs, topics: sorted(topics), groups: sorted(groups) },
            ...{ jobs: sorted(jobs), services: sorted(services), missing: [...missing].sort() },
            ...(notes.size > 0 ? { notes: [...notes].sort() } : {}),
          }),
        ),
  };
}
export type OpenHours = ReturnType<typeof openHours>;

const more = (before: number | undefined, add: number | undefined): number | undefined =>
  add === undefined ? before : (before ?? 0) + add;
const most = (before: number | undefined, now: number | undefined): number | undefined =>
  now === undefined ? before : Math.max(before ?? now, now);
const given = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };

type Counted = "inBytes" | "inRecords" | "outBytes";
/** So much more of it was watched; what a first look put in for its instant is not on top. */
export const sawHour = (hour: OpenHour, ms: number): void => {
  hour.seenMs = Math.min(HOUR_MS, hour.seenMs + ms);
};

/** What was seen of a topic now. */
export type TopicSeen = Omit<TopicUsage, Counted>;

/** What it is now takes the place of what it was; what was counted stays. */
export function seeTopic(hour: OpenHour, now: TopicSeen): void {
  const before = hour.topics.get(now.topic);
  const { inBytes, inRecords, outBytes } = before ?? {};
  const known = before && (before.topicId === undefined || before.topicId === now.topicId) ? before : undefined;
  const { storedBytes, oldestAgeMs, retentionMs, retentionBytes } = known ?? {};
  hour.topics.set(now.topic, {
    ...given({ storedBytes, oldestAgeMs, retentionMs, retentionBytes }),
    ...now,
    ...given({ inBytes, inRecords, outBytes }),
  });
}

/** Adds what was counted; nothing where the topic was not seen in that hour: `shape` is then what it was seen as before. */
export function countTopic(
  hour: OpenHour,
  shape: TopicSeen,
  counts: { readonly [One in Counted]?: number | undefined },
): void {
  const before = hour.topics.get(shape.topic) ?? shape;
  const { inBytes, inRecords, outBytes } = before as TopicUsage;
  hour.topics.set(shape.topic, {
    ...before,
    ...given({
      inBytes: more(inBytes, counts.inBytes),
      inRecords: more(inRecords, counts.inRecords),
      outBytes: more(outBytes, counts.outBytes),
    }),
  });
}

/** Adds to what a group did with a topic: counts add up, ages are the largest, live is live once. */
export function addGroup(
  hour: OpenHour,
  now: Pick<GroupUsage, "group" | "topic"> & {
    readonly [One in Exclude<keyof GroupUsage, "group" | "topic">]?: GroupUsage[One] | undefined;
  },
): void {
  const { group, topic } = now;
  const key = groupKey(now);
  const before = hour.groups.get(key);
  hour.groups.set(key, {
    ...{ group, topic, live: (before?.live ?? false) || (now.live ?? false) },
    ...given({
      fetchedRecords: more(before?.fetchedRecords, now.fetchedRecords),
      fetchedBytes: more(before?.fetchedBytes, now.fetchedBytes),
      maxTimeLagMs: most(before?.maxTimeLagMs, now.maxTimeLagMs),
      replayAgeMs: most(before?.replayAgeMs, now.replayAgeMs),
      lost: before?.lost ?? now.lost,
    }),
  });
}
