import { HeadgateError } from "../../kernel/errors.ts";
import type { ChunkRef, PartitionPart, TopicPart } from "../format/types.ts";
import { heldConfigs, retentionWarning, settledConfigs, settling } from "./configs.ts";
import { planPartition } from "./plan-partition.ts";
import { stretchOf, targetTopic } from "./select.ts";
import type { PartitionPlan, PointParts, RestoreRequest, TargetFacts, TargetTopic, TopicPlan } from "./types.ts";

export interface Refusal {
  readonly path: string;
  readonly why: string;
}

interface PlannedTopic {
  readonly topic?: TopicPlan;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

const list = (numbers: readonly number[]): string => numbers.join(", ");

/** Which partitions of a topic that is there hold records of somebody else, and which nobody can tell about. */
function strangers(there: TargetTopic, parts: readonly PartitionPart[]) {
  const foreign: number[] = [];
  const unsure: number[] = [];
  for (const { partition, tail, end, logStart, origin } of there.partitions) {
    const part = parts.find((one) => one.partition === partition);
    if (tail === "differs") foreign.push(partition);
    else if (tail !== "nothing" || origin !== undefined || end === 0) continue;
    // Markers only, or records that are gone: harmless where they end before ours begin.
    else if (part && end <= (part.first ?? part.end)) continue;
    else if (end > logStart || part === undefined || end > part.end) unsure.push(partition);
  }
  return { foreign, unsure };
}

/** What a topic that is there means for the restore. */
function standing({ name, partitions }: TargetTopic, append: boolean, parts: readonly PartitionPlan[]): string {
  if (append) return `${name} exists and keeps its records and settings; what is restored comes behind them`;
  if (!partitions.some(({ end }) => end > 0)) return `${name} exists and is empty; it is used`;
  return parts.every(({ records, pad, markers }) => records + pad + markers === 0)
    ? `${name} exists and holds all that is asked for; nothing is added`
    : `${name} exists and holds a part of this point; the restore goes on where that ends`;
}

function asExisting(request: RestoreRequest, topic: TopicPart, there: TargetTopic) {
  const { existing = "refuse" } = request;
  const notes: string[] = [];
  const refusals: Refusal[] = [];
  const path = `topics.${topic.name}`;
  const { foreign, unsure } = strangers(there, topic.partitions);
  const wanted = topic.partitions.length;
  const append = existing === "append" && (foreign.length > 0 || unsure.length > 0);
  if (existing === "refuse" && foreign.length > 0)
    refusals.push({
      path,
      why: `${there.name} exists with other records (partitions ${list(foreign)}): rename it, or choose append`,
    });
  if (existing === "continue" && foreign.length > 0)
    refusals.push({
      path,
      why: `${there.name} cannot be continued: at its end (partitions ${list(foreign)}) lie other records than in the point`,
    });
  if (existing === "refuse" && unsure.length > 0)
    refusals.push({
      path,
      why: `${there.name} exists, and what it held of partitions ${list(unsure)} is gone, so nobody can tell whether it was of this point: rename it, or choose continue or append`,
    });
  if (there.partitions.length > wanted)
    notes.push(
      `it has ${there.partitions.length} partitions and had ${wanted}: new records with old keys go elsewhere`,
    );
  if (there.partitions.length < wanted)
    notes.push(`it has ${there.partitions.length} partitions and gets ${wanted}, as it had`);
  return { append, notes, refusals };
}

/** The plan of one topic of the point; `topic` is absent where it is refused. */
export function planTopic(
  request: RestoreRequest,
  point: PointParts,
  facts: TargetFacts,
  topic: TopicPart,
): PlannedTopic {
  const target = targetTopic(request, topic.name);
  const there = facts.topics.find(({ name }) => name === target);
  const { brokers } = facts.cluster;
  const path = `topics.${topic.name}`;
  const replicationFactor = there?.replicationFactor ?? request.replicationFactor ?? topic.replicationFactor;
  const refusals: Refusal[] = [];
  if (!there && replicationFactor > brokers)
    refusals.push({
      path,
      why: `${target} had a replication factor of ${replicationFactor}, and the cluster has ${brokers} ${brokers === 1 ? "broker" : "brokers"}: give a replication factor of at most ${brokers}`,
    });
  const was = there ? asExisting(request, topic, there) : { append: false, notes: [], refusals: [] };
  refusals.push(...was.refusals);
  const parts: PartitionPlan[] = [];
  const chunked: (readonly ChunkRef[])[] = [];
  for (const part of topic.partitions) {
    const stretch = stretchOf(request, topic.name, part);
    if (!stretch) continue;
    const chunks = point.chunks(topic.name, part.partition);
    chunked.push(chunks);
    const before = there?.partitions.find(({ partition }) => partition === part.partition);
    parts.push(planPartition(request, part, stretch, chunks, before, was.append));
  }
  if (refusals.length > 0) return { refusals, warnings: [] };
  const longest = chunked.flat().reduce((most, { raw }) => Math.max(most, raw), 0);
  const held = heldConfigs(longest, was.append, replicationFactor);
  const wanted = was.append
    ? { configs: there?.configs ?? [], notes: [] }
    : settledConfigs(topic.configs, replicationFactor, request.holdRetention === true);
  const late = retentionWarning(target, wanted.configs, chunked, facts.at);
  const other =
    there && there.replicationFactor !== topic.replicationFactor
      ? [`its replication factor is ${there.replicationFactor} and was ${topic.replicationFactor}`]
      : !there && replicationFactor !== topic.replicationFactor
        ? [`its replication factor becomes ${replicationFactor}, as asked; it was ${topic.replicationFactor}`]
        : [];
  return {
    topic: {
      source: topic.name,
      target,
      action: !there ? "create" : was.append ? "append" : "continue",
      partitions: Math.max(topic.partitions.length, there?.partitions.length ?? 0),
      replicationFactor,
      held,
      settled: settling(held, wanted.configs),
      parts,
      notes: [...(there ? [standing(there, was.append, parts)] : []), ...was.notes, ...other, ...wanted.notes],
    },
    refusals: [],
    warnings: late === undefined ? [] : [late],
  };
}

/** @throws HeadgateError `restore.refused` with every reason at once */
export function assertPlanned(plan: { readonly refusals: readonly Refusal[] }): void {
  if (plan.refusals.length === 0) return;
  throw new HeadgateError("restore.refused", plan.refusals.map(({ why }) => why).join("; "), {
    faults: plan.refusals.map(({ path, why }) => ({ path, message: why })),
  });
}
