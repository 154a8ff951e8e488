import { shardOf } from "../../kernel/hash.ts";
import type { PartitionOffsets, TopicConfig, TopicInfo } from "../../kernel/streams.ts";
import { DAY_MS, type DurationMs, formatDuration, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { Gap, KafkaPart, Manifest, PartitionPart, TopicPart } from "../format/types.ts";
import type { PartitionCut, TopicCut } from "./cut.ts";
import { pointTime } from "./point-id.ts";
import type { Stretch } from "./unit.ts";

/** Kafka's own default of `delete.retention.ms`. */
const TOMBSTONES_MS = DAY_MS;
/** Reading takes its time after the cut: a tenth of the time tombstones stay, and no less than this, is kept as a margin. */
const LEAST_MARGIN_MS = 5 * MINUTE_MS;
/**
 * Points that a partition's chain may have before it is read in full again: each is a request more at a restore. Partitions differ by up to a quarter, so that not all
 * of them are read in the same run. Compacted ones sooner: what was superseded stays in the chain.
 */
const LONGEST_CHAIN = 1_000;
const LONGEST_COMPACTED_CHAIN = 168;
const SPREAD = 4;

/** The newest whole point that this run may continue. */
export interface Previous {
  readonly manifest: Manifest;
  readonly kafka: KafkaPart;
}

export interface CutRequest {
  readonly at: Millis;
  /** Chosen already, in order of their names. */
  readonly topics: readonly TopicInfo[];
  readonly configs: ReadonlyMap<string, readonly TopicConfig[]>;
  readonly offsets: readonly PartitionOffsets[];
  readonly previous?: Previous;
  /** The plan's `full`. */
  readonly full: false | DurationMs;
}

export interface CutPlan {
  readonly topics: readonly TopicCut[];
  readonly stretches: readonly (Stretch & { readonly bytes: number })[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly string[];
  readonly kind: "full" | "incremental";
}

/** Where nobody tells how large records are: a guess that only divides the work. */
const GUESSED_RECORD_BYTES = 1_024;

const setting = (configs: readonly TopicConfig[], name: string): string | undefined =>
  configs.find((one) => one.name === name)?.value;

export const isCompacted = (configs: readonly TopicConfig[]): boolean =>
  (setting(configs, "cleanup.policy") ?? "")
    .split(",")
    .map((one) => one.trim())
    .includes("compact");

/** Why everything of a topic is read although a point could be continued; undefined: nothing speaks against an increment. */
function fullBecause({ at, previous, full }: CutRequest, configs: readonly TopicConfig[]): string | undefined {
  if (!previous) return undefined;
  const { manifest } = previous;
  if (full !== false) {
    const began = pointTime(manifest.needs[0]?.id ?? manifest.id) ?? manifest.cutAt;
    if (at - began >= full) return `the plan asks for a full backup each ${formatDuration(full)}`;
  }
  if (!isCompacted(configs)) return undefined;
  const text = setting(configs, "delete.retention.ms");
  const kept = text !== undefined && /^\d+$/.test(text) ? Number(text) : TOMBSTONES_MS;
  const age = at - manifest.cutAt;
  if (age + Math.max(kept / 10, LEAST_MARGIN_MS) < kept) return undefined;
  return `the last cut is ${formatDuration(age)} old, and deletions may be compacted away after ${formatDuration(kept)}`;
}

const longestChain = (topic: string, partition: number, compacted: boolean): number => {
  const most = compacted ? LONGEST_COMPACTED_CHAIN : LONGEST_CHAIN;
  const spread = Math.floor(most / SPREAD);
  return most - shardOf(`${topic}/${partition}`, spread);
};

/** Decides of each partition at the cut what is read and what it continues. Pure. */
export function planCut(request: CutRequest): CutPlan {
  const { topics, configs, offsets, previous } = request;
  const gaps: Gap[] = [];
  const warnings: string[] = [];
  const stretches: (Stretch & { bytes: number })[] = [];
  const seen = new Map(offsets.map((one) => [`${one.partition}/${one.topic}`, one]));
  const earlier = new Map((previous?.kafka.topics ?? []).map((topic) => [topic.name, topic]));
  let continued = 0;
  const planned = topics.map((topic): TopicCut => {
    const settings = configs.get(topic.name) ?? [];
    const was = earlier.get(topic.name);
    const recreated = was !== undefined && was.id !== topic.id;
    if (recreated)
      gaps.push({
        kind: "recreated",
        topic: topic.name,
        why: `${topic.name} was deleted and made again since ${previous?.manifest.id}: it is backed up anew, what it held before is in older points only`,
      });
    const why = recreated ? undefined : fullBecause(request, settings);
    if (was && why !== undefined) warnings.push(`${topic.name} is read in full: ${why}`);
    const compacted = isCompacted(settings);
    const partitions = topic.partitions.map((info): PartitionCut => {
      const { partition } = info;
      const known = recreated ? undefined : partitionOf(was, partition, previous?.manifest);
      const now = seen.get(`${partition}/${topic.name}`);
      if (!now) {
        gaps.push({
          kind: "unread",
          topic: topic.name,
          partition,
          ...(known ? { from: known.end } : {}),
          why: `${topic.name}-${partition} could not be read at the cut: ${info.leader === undefined ? "no broker leads it" : "its broker did not tell its offsets"}`,
        });
        return carried(partition, known, previous);
      }
      const cut = decide(topic.name, now, known, previous, {
        gaps,
        warnings,
        full: why !== undefined,
        longest: longestChain(topic.name, partition, compacted),
      });
      if (cut.before) continued += 1;
      if (cut.from < cut.stable)
        stretches.push({
          topic: topic.name,
          topicId: topic.id,
          partition,
          from: cut.from,
          to: cut.stable,
          bytes: estimate(now, cut.stable - cut.from),
        });
      return cut;
    });
    return {
      name: topic.name,
      id: topic.id,
      replicationFactor: topic.partitions[0]?.replicas.length ?? 1,
      configs: settings,
      partitions: partitions.sort((a, b) => a.partition - b.partition),
    };
  });
  for (const name of earlier.keys())
    if (!topics.some((topic) => topic.name === name))
      warnings.push(`${name} is in ${previous?.manifest.id} and not in this point: it is gone, or not chosen any more`);
  return { topics: planned, stretches, gaps, warnings, kind: continued > 0 ? "incremental" : "full" };
}

/** What the previous point knows of a partition; nothing where it could never be read. */
function partitionOf(
  was: TopicPart | undefined,
  partition: number,
  manifest: Manifest | undefined,
): PartitionPart | undefined {
  const known = was?.partitions.find((one) => one.partition === partition);
  if (!known || known.records > 0 || known.end > 0) return known;
  const neverRead = manifest?.gaps.some(
    (gap) => gap.kind === "unread" && gap.topic === was?.name && gap.partition === partition && gap.from === undefined,
  );
  return neverRead ? undefined : known;
}

/** The chain as it continues from the previous point: points without chunks of their own are skipped. */
const chainOf = (known: PartitionPart, previous: Previous): NonNullable<PartitionCut["before"]> => {
  const base = known.chunks.length > 0 ? previous.manifest.id : known.base;
  return {
    logStart: known.logStart,
    end: known.end,
    depth: known.depth ?? (base === undefined ? 0 : 1),
    ...(base === undefined ? {} : { base }),
  };
};

function carried(partition: number, known: PartitionPart | undefined, previous: Previous | undefined): PartitionCut {
  if (!known || !previous) return { partition, logStart: 0, stable: 0, highWatermark: 0, from: 0 };
  const { logStart, end, highWatermark } = known;
  return { partition, logStart, stable: end, highWatermark, from: end, before: chainOf(known, previous) };
}

function decide(
  topic: string,
  now: PartitionOffsets,
  known: PartitionPart | undefined,
  previous: Previous | undefined,
  { gaps, warnings, full, longest }: { gaps: Gap[]; warnings: string[]; full: boolean; longest: number },
): PartitionCut {
  const { partition, logStart, stable, end } = now;
  const all: PartitionCut = { partition, logStart, stable, highWatermark: end, from: Math.min(logStart, stable) };
  if (!known || !previous) return all;
  if (known.end > stable) {
    gaps.push({
      kind: "truncated",
      topic,
      partition,
      from: stable,
      to: known.end,
      why: `${topic}-${partition} ended at ${known.end} in ${previous.manifest.id} and ends at ${stable} now: what it had lost is in older points only, and it is read in full`,
    });
    return all;
  }
  // Also where everything is read anyway: nobody has these records.
  if (known.end < logStart)
    gaps.push({
      kind: "retention",
      topic,
      partition,
      from: known.end,
      to: logStart,
      why: `offsets ${known.end} to ${logStart - 1} of ${topic}-${partition} were deleted before they could be read`,
    });
  if (full) return all;
  const before = chainOf(known, previous);
  if ((before.depth ?? 0) >= longest) {
    warnings.push(`${topic}-${partition} is read in full: its chain has ${before.depth} points`);
    return all;
  }
  return { ...all, from: Math.max(known.end, logStart), before };
}

/** Bytes of a stretch, by its share of the partition; a guess where the broker does not tell. */
const estimate = ({ bytes, logStart, end }: PartitionOffsets, count: number): number =>
  bytes === undefined || end <= logStart ? count * GUESSED_RECORD_BYTES : Math.ceil((bytes * count) / (end - logStart));
