import { HOUR_MS, type Millis } from "../../kernel/time.ts";
import type { ServiceUsage, UsageHour } from "../usage.ts";

/** Nearest rank: the smallest value that so many percent do not exceed. Undefined: there are none. */
export function percentileOf(values: readonly number[], percent: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** A service over the lookback, hour by hour; percent of what a task is given. */
export interface ServiceSeen {
  readonly service: string;
  readonly cpu?: number;
  readonly memoryMb?: number;
  /** Hours with utilisation of cpu, of each hour its p95, p99 and mean. */
  readonly cpuP95: number[];
  readonly cpuP99: number[];
  readonly cpuAvg: number[];
  readonly memoryPeak: number[];
  readonly memoryAvg: number[];
  /** Requests, of the hours in which they were counted. */
  requests: number;
  requestHours: number;
  cpuMax: number;
  taskSeconds: number;
  /** When it was seen. */
  from: Millis;
  to: Millis;
}

/** Slots of one Flink cluster, of each hour. */
export interface SlotsSeen {
  readonly cluster: string;
  readonly used: number[];
  readonly all: number[];
  from: Millis;
  to: Millis;
}

/** A topic over the lookback. */
export interface TopicSeen {
  readonly cluster: string;
  readonly topic: string;
  readonly topicId?: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly internal?: boolean;
  readonly cleanupPolicy: string;
  hours: number;
  /** Bytes in the busiest hour; absent: not counted in every hour. */
  peakInBytes?: number;
  peakOutBytes?: number;
  /** Hours of which it is not known whether somebody wrote or read. */
  darkHours: number;
  readHours: number;
  writtenHours: number;
  storedBytes?: number;
  from: Millis;
  to: Millis;
}

export interface SizeFold {
  /** Hours of any cluster. */
  add(hour: UsageHour): void;
  services(): readonly ServiceSeen[];
  slots(): readonly SlotsSeen[];
  topics(): readonly TopicSeen[];
}

/** What hours say of services, slots and topics, in memory that grows with their number and not with traffic. */
export function sizeFold(): SizeFold {
  const services = new Map<string, ServiceSeen>();
  const slots = new Map<string, SlotsSeen>();
  const topics = new Map<string, TopicSeen>();

  const addService = (hour: Millis, one: ServiceUsage): void => {
    const known = services.get(one.service);
    // Of another size than before it is another service, as far as sizes go.
    const same = known && known.cpu === one.cpu && known.memoryMb === one.memoryMb;
    const seen: ServiceSeen = same
      ? known
      : {
          service: one.service,
          ...(one.cpu === undefined ? {} : { cpu: one.cpu }),
          ...(one.memoryMb === undefined ? {} : { memoryMb: one.memoryMb }),
          ...{ cpuP95: [], cpuP99: [], cpuAvg: [], memoryPeak: [], memoryAvg: [] },
          ...{ requests: 0, requestHours: 0, cpuMax: 0, taskSeconds: 0, from: hour, to: hour },
        };
    services.set(one.service, seen);
    seen.to = hour + HOUR_MS;
    seen.taskSeconds += one.taskSeconds;
    const peak = one.cpuP99 ?? one.cpuMax;
    if (peak !== undefined && one.cpuAvg !== undefined) {
      seen.cpuAvg.push(one.cpuAvg);
      seen.cpuP95.push(one.cpuP95 ?? peak);
      seen.cpuP99.push(peak);
      seen.cpuMax = Math.max(seen.cpuMax, one.cpuMax ?? peak);
    }
    const memory = one.memoryMax ?? one.memoryP99;
    if (memory !== undefined) seen.memoryPeak.push(memory);
    if (one.memoryAvg !== undefined) seen.memoryAvg.push(one.memoryAvg);
    if (one.requests !== undefined) {
      seen.requests += one.requests;
      seen.requestHours += 1;
    }
  };

  const addSlots = ({ hour, jobs, seenMs }: UsageHour): void => {
    const sums = new Map<string, { used: number; all: number }>();
    for (const { cluster, job, slotSeconds } of jobs) {
      const sum = sums.get(cluster) ?? { used: 0, all: 0 };
      sum.all += slotSeconds;
      if (job !== "") sum.used += slotSeconds;
      sums.set(cluster, sum);
    }
    for (const [cluster, { used, all }] of sums) {
      const seen = slots.get(cluster) ?? { cluster, used: [], all: [], from: hour, to: hour };
      const seconds = Math.max(1, seenMs / 1000);
      seen.used.push(used / seconds);
      seen.all.push(all / seconds);
      seen.to = hour + HOUR_MS;
      slots.set(cluster, seen);
    }
  };

  const addTopics = ({ cluster, hour, topics: all, groups, missing }: UsageHour): void => {
    const readers = new Set(
      groups
        .filter(({ fetchedRecords = 0, fetchedBytes = 0, live }) => live || fetchedRecords + fetchedBytes > 0)
        .map(({ topic }) => topic),
    );
    // Where brokers do not tell what goes out, groups do: what they fetched is no less than that.
    const fetched = new Map<string, number>();
    for (const { topic, fetchedBytes = 0 } of groups) fetched.set(topic, (fetched.get(topic) ?? 0) + fetchedBytes);
    for (const one of all) {
      const key = `${cluster}\u0000${one.topic}\u0000${one.topicId ?? ""}`;
      const known = topics.get(key);
      const seen: TopicSeen = {
        ...(known ?? { hours: 0, darkHours: 0, readHours: 0, writtenHours: 0, from: hour }),
        ...{ cluster, topic: one.topic, partitions: one.partitions, replicationFactor: one.replicationFactor },
        ...{ cleanupPolicy: one.cleanupPolicy, to: hour + HOUR_MS },
        ...(one.topicId === undefined ? {} : { topicId: one.topicId }),
        ...(one.storedBytes === undefined ? {} : { storedBytes: one.storedBytes }),
      };
      seen.hours += 1;
      if (readers.has(one.topic)) seen.readHours += 1;
      const written = one.inRecords ?? one.inBytes;
      if (written === undefined || missing.length > 0) seen.darkHours += 1;
      else if (written > 0) seen.writtenHours += 1;
      if (one.inBytes !== undefined) seen.peakInBytes = Math.max(seen.peakInBytes ?? 0, one.inBytes);
      const outBytes = one.outBytes ?? fetched.get(one.topic);
      if (outBytes !== undefined) seen.peakOutBytes = Math.max(seen.peakOutBytes ?? 0, outBytes);
      topics.set(key, seen);
    }
  };

  return {
    add: (hour) => {
      for (const one of hour.services) addService(hour.hour, one);
      addSlots(hour);
      addTopics(hour);
    },
    services: () => [...services.values()],
    slots: () => [...slots.values()],
    topics: () => [...topics.values()],
  };
}
