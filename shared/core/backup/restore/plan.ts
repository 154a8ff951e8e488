import { matcher } from "../../kernel/patterns.ts";
import { BYTES_PER_SECOND, MARKERS_PER_SECOND, PADDED_PER_SECOND, TOPIC_MS } from "./constants.ts";
import { planGroups } from "./plan-groups.ts";
import { planJobs } from "./plan-jobs.ts";
import { planTopic, type Refusal } from "./plan-topic.ts";
import { aclsFor, quotasFor, subjectsFor } from "./rules.ts";
import { selectionOf, targetTopic, topicWanted } from "./select.ts";
import type { PointParts, RestorePlan, RestoreRequest, TargetFacts, TopicPlan } from "./types.ts";

/** What is wrong with the request itself, whatever is there. */
function faultsOf(request: RestoreRequest, point: PointParts): readonly Refusal[] {
  const topics = point.kafka?.topics ?? [];
  const wanted = topics.filter(({ name }) => topicWanted(request)(name));
  const refusals: Refusal[] = [];
  for (const pattern of request.topics ?? [])
    if (!topics.some(({ name }) => matcher([pattern])(name)))
      refusals.push({ path: "topics", why: `the point has no topic ${pattern}` });
  const sources = new Map<string, string>();
  for (const { name } of wanted) {
    const target = targetTopic(request, name);
    const other = sources.get(target);
    if (other !== undefined)
      refusals.push({ path: `topics.${name}`, why: `${other} and ${name} would both become ${target}` });
    sources.set(target, name);
    if (!/^[A-Za-z0-9._-]{1,249}$/.test(target) || target === "." || target === "..")
      refusals.push({ path: `topics.${name}`, why: `${target} cannot be the name of a topic` });
    if (target.startsWith("__"))
      refusals.push({ path: `topics.${name}`, why: `${target} would be a topic of Kafka's own` });
  }
  for (const { from } of request.rename ?? [])
    if (!topics.some(({ name }) => name === from))
      refusals.push({ path: "rename", why: `the point has no topic ${from} to rename` });
  for (const { from, to, topic } of request.slices ?? [])
    if (from !== undefined && to !== undefined && to <= from)
      refusals.push({ path: `slices.${topic ?? "*"}`, why: `no offset lies from ${from} to ${to}` });
  const { from, to } = request.time ?? {};
  if (from !== undefined && to !== undefined && to <= from)
    refusals.push({ path: "time", why: "its end is not after its beginning" });
  return refusals;
}

function totalsOf(topics: readonly TopicPlan[]): RestorePlan["totals"] {
  const parts = topics.flatMap((one) => one.parts);
  const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((total, one) => total + of(one), 0);
  const bytes = sum((one) => one.bytes);
  const padded = sum((one) => one.pad);
  const markers = sum((one) => one.markers);
  return {
    topics: topics.length,
    created: topics.filter(({ action }) => action === "create").length,
    partitions: parts.length,
    records: sum((one) => one.records),
    bytes,
    padded,
    markers,
    estimateMs: Math.ceil(
      1000 * (bytes / BYTES_PER_SECOND + padded / PADDED_PER_SECOND + markers / MARKERS_PER_SECOND) +
        topics.length * TOPIC_MS,
    ),
  };
}

/**
 * What a restore would do, and why. Equal arguments give an equal plan, and nothing is done by it; with `refusals` nothing may be.
 */
export function planRestore(request: RestoreRequest, point: PointParts, facts: TargetFacts): RestorePlan {
  const { manifest, kafka } = point;
  const refusals: Refusal[] = [...faultsOf(request, point)];
  const warnings: string[] = [];
  const topics: TopicPlan[] = [];
  const wanted = topicWanted(request);
  for (const topic of kafka?.topics ?? []) {
    if (!wanted(topic.name)) continue;
    const planned = planTopic(request, point, facts, topic);
    refusals.push(...planned.refusals);
    warnings.push(...planned.warnings);
    if (planned.topic && planned.topic.parts.length > 0) topics.push(planned.topic);
    else if (planned.topic) warnings.push(`${topic.name}: nothing of it is asked for`);
  }
  if (topics.length === 0 && refusals.length === 0 && kafka && kafka.topics.length > 0)
    refusals.push({ path: "topics", why: "no topic of the point is asked for" });
  for (const gap of manifest.gaps)
    if (gap.topic === undefined || topics.some(({ source }) => source === gap.topic))
      warnings.push(`the point has a gap: ${gap.why}`);
  const groups = planGroups(request, point, facts, topics);
  for (const { target, refused } of groups)
    if (refused !== undefined) warnings.push(`group ${target} is left as it is: ${refused}`);
  const jobs = request.jobs ? planJobs(point.flink, topics, manifest.cutAt) : [];
  for (const { name, matches, why } of jobs) if (!matches) warnings.push(`job ${name} is not started: ${why}`);
  return {
    v: 1,
    point: { plan: manifest.plan, id: manifest.id, cutAt: manifest.cutAt },
    cluster: facts.cluster,
    selection: selectionOf(request, manifest),
    topics,
    groups,
    jobs,
    acls: aclsFor(request, kafka?.acls ?? [], topics, groups).length,
    quotas: quotasFor(request, kafka?.quotas ?? []).length,
    schemas: (point.schemas?.subjects ?? []).filter(({ subject }) => subjectsFor(request, topics)?.(subject)).length,
    totals: totalsOf(topics),
    warnings,
    refusals,
  };
}
