import { dayOf } from "../../shared/core/cost/day.ts";
import { MEMORY_MS, type UsageFold, usageFold } from "../../shared/core/cost/retention/history.ts";
import type { GroupFacts, TopicFacts, TopicSettings } from "../../shared/core/cost/retention/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { HeldConfig, LogDir, PartitionOffsets, TopicInfo } from "../../shared/core/kernel/streams.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { backupNeeds } from "./backup-needs.ts";
import type { CostWork } from "./context.ts";
import { timeKey } from "./record-times.ts";
import { recordAges, strangersOf, timeLags } from "./time-lags.ts";
import { usageHours } from "./usage-history.ts";

const NO_HISTORY = { hours: 0, wantedHours: 0, readHours: 0, idleHours: 0 };

/** Usage of one cluster over the last month, folded. @throws HeadgateError `objects.unavailable` */
export async function usageMemory(work: CostWork, cluster: string, historyMs: DurationMs): Promise<UsageFold> {
  const now = Math.floor(work.runtime.now());
  const fold = usageFold(now, historyMs);
  for await (const hour of usageHours(work, { from: dayOf(now - MEMORY_MS), to: dayOf(now) }, cluster)) fold.add(hour);
  return fold;
}

function settingsOf(held: readonly HeldConfig[]): TopicSettings {
  const values = new Map(held.map((one) => [one.name, one.value]));
  const number = (name: string): number | undefined => {
    const value = values.get(name);
    return value === undefined || value === "" || !Number.isFinite(Number(value)) ? undefined : Number(value);
  };
  const of = <Name extends string>(name: Name, value: number | undefined) =>
    (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: number };
  const type = values.get("message.timestamp.type");
  return {
    cleanupPolicy: values.get("cleanup.policy") ?? "",
    ...of("retentionMs", number("retention.ms")),
    ...of("retentionBytes", number("retention.bytes")),
    ...of("segmentMs", number("segment.ms")),
    ...of("segmentBytes", number("segment.bytes")),
    remote: values.get("remote.storage.enable") === "true",
    ...of("localRetentionMs", number("local.retention.ms")),
    ...(type === undefined ? {} : { timestampType: type }),
    own: Object.fromEntries(held.filter(({ own }) => own).map(({ name, value }) => [name, value])),
  };
}

/** Log directories of replicas that serve, by topic: a large cluster has a hundred thousand, and each topic is looked up. */
export function dirsByTopic(dirs: readonly LogDir[]): ReadonlyMap<string, readonly LogDir[]> {
  const found = new Map<string, LogDir[]>();
  for (const one of dirs) {
    if (one.future === true) continue;
    const mine = found.get(one.topic);
    if (mine) mine.push(one);
    else found.set(one.topic, [one]);
  }
  return found;
}

/** On the disks of all replicas; undefined: not all of them told. */
function storedOf(topic: TopicInfo, dirs: ReadonlyMap<string, readonly LogDir[]> | undefined): number | undefined {
  if (!dirs) return undefined;
  const mine = dirs.get(topic.name) ?? [];
  const told = new Set(mine.map(({ partition, broker }) => `${partition}/${broker}`));
  const whole = topic.partitions.every(({ partition, replicas }) =>
    replicas.every((broker) => told.has(`${partition}/${broker}`)),
  );
  return whole ? mine.reduce((sum, { bytes }) => sum + bytes, 0) : undefined;
}

async function oldestOf(streams: Streams, offsets: readonly PartitionOffsets[], now: number) {
  const places = offsets
    .filter(({ logStart, end }) => logStart < end)
    .map(({ topic, partition, logStart }) => ({ topic, partition, offset: logStart }));
  const ages = await recordAges(streams, places, now);
  const oldest = new Map<string, number>();
  for (const place of places) {
    const { topic } = place;
    const age = ages.get(timeKey(place));
    if (age && "ms" in age) oldest.set(topic, Math.max(oldest.get(topic) ?? 0, age.ms));
  }
  return oldest;
}

function groupsOf(now: readonly GroupFacts[], seen: ReturnType<UsageFold["topic"]>): readonly GroupFacts[] {
  return now.map((group) => {
    const before = seen?.groups.get(group.group);
    return {
      ...group,
      ...(before ? { worstMs: before.worstMs, worstAt: before.worstAt } : {}),
      ...(before?.liveAt === undefined ? {} : { liveAt: before.liveAt }),
    };
  });
}

export interface FactsAsk {
  readonly cluster: string;
  readonly streams: Streams;
  /** Which topics. */
  readonly wanted: (topic: string) => boolean;
  readonly memory: UsageFold;
}

/**
 * Everything that is known of topics, now and from the last month. What could not be read is absent.
 *
 * @throws HeadgateError `streams.*` where the cluster as a whole does not answer; of store and objects
 */
export async function topicFacts(
  work: CostWork,
  { cluster, streams, wanted, memory }: FactsAsk,
): Promise<readonly TopicFacts[]> {
  const now = Math.floor(work.runtime.now());
  const topics = (await streams.topics()).filter(({ name }) => wanted(name));
  const names = topics.map(({ name }) => name);
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  );
  const [held, offsets, groups, dirs, needs] = await Promise.all([
    streams.heldConfigs(names),
    streams.offsets(places),
    streams.groups(),
    // Some clusters do not tell sizes, and rules may keep them from us: then they are absent.
    streams.logDirs().then(dirsByTopic, (error: unknown) => {
      if (error instanceof HeadgateError && error.code.startsWith("streams.") && !error.retryable) return undefined;
      throw error;
    }),
    backupNeeds(work, cluster),
  ]);
  const lags = await timeLags(streams, groups, offsets, now);
  const unread = new Set(names.filter((name) => memory.topic(name)?.oldestMs === undefined));
  const oldest = await oldestOf(
    streams,
    offsets.filter(({ topic }) => unread.has(topic)),
    now,
  );
  const strangers = strangersOf(groups);
  const knownFrom = memory.knownFrom();
  return topics.flatMap((topic): TopicFacts[] => {
    const configs = held.get(topic.name);
    if (!configs) return [];
    const seen = memory.topic(topic.name, topic.id);
    const storedBytes = storedOf(topic, dirs) ?? seen?.storedBytes;
    const oldestMs = seen?.oldestMs ?? oldest.get(topic.name);
    return [
      {
        cluster,
        topic: topic.name,
        topicId: topic.id,
        internal: topic.internal,
        partitions: topic.partitions.length,
        replicationFactor: topic.partitions[0]?.replicas.length ?? 1,
        settings: settingsOf(configs),
        groups: groupsOf(lags.get(topic.name) ?? [], seen),
        strangers,
        ...(seen?.replay ? { replay: seen.replay } : {}),
        backups: needs(topic.name),
        ...(knownFrom === undefined ? {} : { knownFrom }),
        history: seen?.history ?? NO_HISTORY,
        access: seen?.access ?? "unknown",
        ...(storedBytes === undefined ? {} : { storedBytes }),
        ...(oldestMs === undefined ? {} : { oldestMs }),
      },
    ];
  });
}
