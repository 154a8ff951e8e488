import { planCut } from "../../shared/core/backup/run/plan-cut.ts";
import { unitsOf } from "../../shared/core/backup/run/units.ts";
import type { BackupConfig } from "../../shared/core/backup/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { matcher } from "../../shared/core/kernel/patterns.ts";
import type { PartitionOffsets, TopicConfig, TopicInfo } from "../../shared/core/kernel/streams.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";

/** What a run would take if it began now, and what it would stumble over. Nothing is written anywhere. */
export interface BackupPlanView {
  readonly at: Millis;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: number;
    readonly replicationFactor: number;
    /** Offsets between the start of the log and the last stable offset. */
    readonly offsets: number;
    /** Absent where the broker does not tell. */
    readonly bytes?: number;
  }[];
  /** Topics that the patterns leave out. */
  readonly excluded: readonly string[];
  readonly partitions: number;
  readonly groups?: number;
  /** Absent where some broker does not tell sizes. */
  readonly bytes?: number;
  /** Pieces of work that workers would share. */
  readonly units: number;
  /** What we may not do, or who does not answer: one sentence each, naming operation and resource. */
  readonly missing: readonly Missing[];
  readonly warnings: readonly string[];
}

interface Missing {
  /** What a run does with it; several, where one reason stands in the way of all. */
  readonly need: string;
  readonly code: string;
  readonly why: string;
}

type Wanted = Exclude<NonNullable<BackupConfig["what"]["topics"]>, false>;

/**
 * The cut of a plan, dry: every call a run makes of the cluster is made once, and what fails is told instead of thrown.
 *
 * @param wanted the plan's `what.topics`
 */
export async function planView(
  streams: Streams,
  wanted: Wanted,
  plan: Pick<BackupConfig, "full" | "workers">,
  now: Millis,
): Promise<BackupPlanView> {
  const missing: Missing[] = [];
  let away = false;
  const tried = async <T>(need: string, work: () => Promise<T>): Promise<T | undefined> => {
    // A cluster that did not answer would be waited for with each call, to be told the same.
    if (away) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      missing.push({ need, code: error.code, why: error.message });
      return undefined;
    }
  };
  const listed = await tried("list topics", () => streams.topics());
  away = missing.some(({ code }) => code === "streams.unavailable");
  const all = listed ?? [];
  const chosen = matcher(wanted.include, wanted.exclude);
  const own = all.filter(({ internal }) => !internal);
  const topics = own.filter(({ name }) => chosen(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  );
  const offsets = (await tried("read offsets", () => streams.offsets(places))) ?? [];
  const names = topics.map(({ name }) => name);
  const configs =
    (await tried("read settings of topics", () => streams.topicConfigs(names))) ??
    new Map<string, readonly TopicConfig[]>();
  const groups = await tried("read groups", () => streams.groups());
  if (wanted.acls) await tried("read access rules", () => streams.acls());
  if (wanted.quotas) await tried("read quotas", () => streams.quotas());
  if (!away) missing.push(...(await readable(streams, offsets)));
  const cut = planCut({ at: now, topics, configs, offsets, full: plan.full });
  const takesGroup = matcher(wanted.groups.include, wanted.groups.exclude);
  const bytes = sumOf(offsets);
  return {
    at: now,
    topics: topics.map((topic) => ({
      name: topic.name,
      partitions: topic.partitions.length,
      replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
      ...sizeOf(topic, offsets),
    })),
    excluded: own.filter(({ name }) => !chosen(name)).map(({ name }) => name),
    partitions: places.length,
    ...(groups ? { groups: groups.filter(({ id }) => takesGroup(id)).length } : {}),
    ...(bytes === undefined ? {} : { bytes }),
    units: unitsOf(cut.stretches, plan.workers).length,
    missing: together(missing),
    warnings: [
      ...cut.gaps.map(({ why }) => why),
      ...cut.warnings,
      ...(topics.length === 0 && all.length > 0 ? ["no topic is chosen by the patterns"] : []),
    ],
  };
}

/** What has one reason is told once, with all that is needed. */
function together(missing: readonly Missing[]): readonly Missing[] {
  const by = new Map<string, Missing>();
  for (const one of missing) {
    const key = `${one.code} ${one.why}`;
    const known = by.get(key);
    by.set(key, known ? { ...known, need: `${known.need}, ${one.need}` } : one);
  }
  return [...by.values()];
}

const sumOf = (offsets: readonly PartitionOffsets[]): number | undefined =>
  offsets.reduce<number | undefined>(
    (sum, { bytes }) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
    0,
  );

function sizeOf({ name }: TopicInfo, offsets: readonly PartitionOffsets[]) {
  const mine = offsets.filter(({ topic }) => topic === name);
  const bytes = sumOf(mine);
  return {
    offsets: mine.reduce((sum, { logStart, stable }) => sum + Math.max(0, stable - logStart), 0),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

/** One small read of each topic: describing it is another permission than reading it. */
async function readable(streams: Streams, offsets: readonly PartitionOffsets[]) {
  const first = new Map<string, PartitionOffsets>();
  for (const one of offsets) if (one.stable > one.logStart && !first.has(one.topic)) first.set(one.topic, one);
  const requests = [...first.values()].map(({ topic, partition, logStart }) => ({
    topic,
    partition,
    offset: logStart,
    maxBytes: 1,
  }));
  const missing: Missing[] = [];
  const failed = (topic: string, code: string, why: string) => missing.push({ need: `read ${topic}`, code, why });
  for (let at = 0; at < requests.length; at += 100) {
    const some = requests.slice(at, at + 100);
    try {
      for (const answer of await streams.fetch(some, { waitMs: 0 }))
        if (answer.status === "failed")
          failed(answer.topic, answer.retryable ? "streams.unavailable" : "streams.denied", answer.why);
        else if (answer.status === "unknown")
          failed(answer.topic, "streams.unknown", `${answer.topic} is not there any more`);
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      for (const { topic } of some) failed(topic, error.code, error.message);
    }
  }
  return missing;
}
