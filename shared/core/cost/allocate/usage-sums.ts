import { HOUR_MS } from "../../kernel/time.ts";
import { type Day, dayOf } from "../day.ts";
import type { UsageHour } from "../usage.ts";

/** A topic over some hours; what was never known is absent. */
export interface TopicSum {
  internal?: true;
  /** Hours in which it was there, by how much of each was seen. */
  hours: number;
  /** Partition-hours. */
  partitions: number;
  /** Byte-hours on all replicas, and the hours in which that was known. */
  stored?: number;
  storedHours?: number;
  inBytes?: number;
  inRecords?: number;
  outBytes?: number;
}

export interface GroupSum {
  group: string;
  topic: string;
  bytes?: number;
  records?: number;
}

export interface JobSum {
  cluster: string;
  /** "": slots that nobody used. */
  job: string;
  slotSeconds: number;
}

export interface ServiceSum {
  taskSeconds: number;
  /** vCPU-seconds and MB-seconds, and the task-seconds of which they are known. */
  cpuSeconds?: number;
  memoryMbSeconds?: number;
  sizedSeconds?: number;
  requests?: number;
}

/** What was used of one cluster in some hours (of a day, of a week). */
export interface UsageSum {
  /** Hours that were seen at least in part, and milliseconds of them. */
  hours: number;
  seenMs: number;
  topics: Map<string, TopicSum>;
  /** By group and topic. */
  groups: Map<string, GroupSum>;
  jobs: Map<string, JobSum>;
  services: Map<string, ServiceSum>;
  /** What could not be read, and in how many hours. */
  missing: Map<string, number>;
}

export const emptyUsage = (): UsageSum => ({
  hours: 0,
  seenMs: 0,
  topics: new Map(),
  groups: new Map(),
  jobs: new Map(),
  services: new Map(),
  missing: new Map(),
});

const more = (before: number | undefined, add: number | undefined): number | undefined =>
  add === undefined ? before : (before ?? 0) + add;
const at = <T>(map: Map<string, T>, key: string, make: () => T): T => {
  let one = map.get(key);
  if (one === undefined) map.set(key, (one = make()));
  return one;
};
const set = <T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void => {
  if (value !== undefined) target[key] = value;
};

/** Adds an hour. What is there all the time (bytes, partitions) counts by how much of the hour was seen, what was counted counts as it is. */
export function addHour(sum: UsageSum, hour: UsageHour): void {
  const seen = Math.min(1, Math.max(0, hour.seenMs) / HOUR_MS);
  sum.hours += seen > 0 ? 1 : 0;
  sum.seenMs += hour.seenMs;
  for (const one of hour.missing) sum.missing.set(one, (sum.missing.get(one) ?? 0) + 1);
  for (const topic of hour.topics) {
    const to = at(sum.topics, topic.topic, (): TopicSum => ({ hours: 0, partitions: 0 }));
    if (topic.internal) to.internal = true;
    to.hours += seen;
    to.partitions += topic.partitions * seen;
    if (topic.storedBytes !== undefined) {
      set(to, "stored", more(to.stored, topic.storedBytes * seen));
      set(to, "storedHours", more(to.storedHours, seen));
    }
    set(to, "inBytes", more(to.inBytes, topic.inBytes));
    set(to, "inRecords", more(to.inRecords, topic.inRecords));
    set(to, "outBytes", more(to.outBytes, topic.outBytes));
  }
  for (const { group, topic, fetchedBytes, fetchedRecords } of hour.groups) {
    const to = at(sum.groups, `${group}\u0000${topic}`, (): GroupSum => ({ group, topic }));
    set(to, "bytes", more(to.bytes, fetchedBytes));
    set(to, "records", more(to.records, fetchedRecords));
  }
  for (const { cluster, job, slotSeconds } of hour.jobs)
    at(sum.jobs, `${cluster}\u0000${job}`, (): JobSum => ({ cluster, job, slotSeconds: 0 })).slotSeconds += slotSeconds;
  for (const { service, taskSeconds, cpu, memoryMb, requests } of hour.services) {
    const to = at(sum.services, service, (): ServiceSum => ({ taskSeconds: 0 }));
    to.taskSeconds += taskSeconds;
    if (cpu !== undefined && memoryMb !== undefined) {
      set(to, "cpuSeconds", more(to.cpuSeconds, cpu * taskSeconds));
      set(to, "memoryMbSeconds", more(to.memoryMbSeconds, memoryMb * taskSeconds));
      set(to, "sizedSeconds", more(to.sizedSeconds, taskSeconds));
    }
    set(to, "requests", more(to.requests, requests));
  }
}

/** Adds what was summed before. */
function addUsage(sum: UsageSum, other: UsageSum): void {
  sum.hours += other.hours;
  sum.seenMs += other.seenMs;
  for (const [one, count] of other.missing) sum.missing.set(one, (sum.missing.get(one) ?? 0) + count);
  for (const [name, topic] of other.topics) {
    const to = at(sum.topics, name, (): TopicSum => ({ hours: 0, partitions: 0 }));
    if (topic.internal) to.internal = true;
    to.hours += topic.hours;
    to.partitions += topic.partitions;
    set(to, "stored", more(to.stored, topic.stored));
    set(to, "storedHours", more(to.storedHours, topic.storedHours));
    set(to, "inBytes", more(to.inBytes, topic.inBytes));
    set(to, "inRecords", more(to.inRecords, topic.inRecords));
    set(to, "outBytes", more(to.outBytes, topic.outBytes));
  }
  for (const [key, { group, topic, bytes, records }] of other.groups) {
    const to = at(sum.groups, key, (): GroupSum => ({ group, topic }));
    set(to, "bytes", more(to.bytes, bytes));
    set(to, "records", more(to.records, records));
  }
  for (const [key, { cluster, job, slotSeconds }] of other.jobs)
    at(sum.jobs, key, (): JobSum => ({ cluster, job, slotSeconds: 0 })).slotSeconds += slotSeconds;
  for (const [name, service] of other.services) {
    const to = at(sum.services, name, (): ServiceSum => ({ taskSeconds: 0 }));
    to.taskSeconds += service.taskSeconds;
    set(to, "cpuSeconds", more(to.cpuSeconds, service.cpuSeconds));
    set(to, "memoryMbSeconds", more(to.memoryMbSeconds, service.memoryMbSeconds));
    set(to, "sizedSeconds", more(to.sizedSeconds, service.sizedSeconds));
    set(to, "requests", more(to.requests, service.requests));
  }
}

/** All of it in one; of one day that very day. */
export function wholeUsage(days: Iterable<UsageSum>): UsageSum {
  const [first, ...others] = days;
  if (first === undefined || others.length === 0) return first ?? emptyUsage();
  const all = emptyUsage();
  for (const one of [first, ...others]) addUsage(all, one);
  return all;
}

/** Usage by cluster and day, added up as hours come. */
export function usageByDay() {
  const clusters = new Map<string, Map<Day, UsageSum>>();
  const of = (cluster: string, day: Day): UsageSum =>
    at(
      at(clusters, cluster, () => new Map<Day, UsageSum>()),
      day,
      emptyUsage,
    );
  return {
    add: (hour: UsageHour): void => addHour(of(hour.cluster, dayOf(hour.hour)), hour),
    clusters: clusters as ReadonlyMap<string, ReadonlyMap<Day, UsageSum>>,
  };
}
export type UsageByDay = ReadonlyMap<string, ReadonlyMap<Day, UsageSum>>;
