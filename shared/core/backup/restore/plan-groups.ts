import { matcher } from "../../kernel/patterns.ts";
import type { Offset } from "../../kernel/streams.ts";
import { targetGroup } from "./select.ts";
import type { GroupPlan, GroupPosition, PointParts, RestoreRequest, TargetFacts, TopicPlan } from "./types.ts";

type Source = NonNullable<PointParts["kafka"]>["groups"][number];
type Position = Source["offsets"][number];

/** States in which nobody has joined, so that positions can be set (KIP-496). */
const FREE = ["Empty", "Dead"];

function wantedGroups(request: RestoreRequest): (group: Source) => boolean {
  const { groups = "all" } = request;
  if (groups === "none") return () => false;
  if (groups === "all") return () => true;
  const named = matcher(groups);
  return ({ id }) => named(id);
}

/** Where a position of the source lands in what is restored of its partition. */
function landing(topic: TopicPlan, position: Position): GroupPosition {
  const { partition, offset, metadata } = position;
  const base = {
    topic: topic.target,
    partition,
    source: { topic: topic.source, offset },
    ...(metadata === undefined || metadata === "" ? {} : { metadata }),
  };
  const plan = topic.parts.find((one) => one.partition === partition);
  if (!plan) return { ...base, lands: "not", why: "its partition is not restored" };
  if (offset < plan.from && plan.offsets === "kept" && plan.from > plan.logStart)
    return { ...base, lands: "not", why: `records from ${offset} to ${plan.from} are not restored` };
  if (offset > plan.to)
    return {
      ...base,
      lands: "earlier",
      by: offset - plan.to,
      ...(plan.offsets === "kept" ? { offset: plan.to } : {}),
      why: `the restored log ends at ${plan.to}`,
    };
  if (plan.offsets === "translated") return { ...base, lands: "translated", why: plan.why ?? "" };
  // Before the first record there is nothing to read: the same record comes next.
  return { ...base, lands: "exact", offset: Math.max(offset, plan.logStart) };
}

const missing = (offset: Offset, from: Offset): string | undefined =>
  offset < from ? `what lies before ${from} is not restored and was not read yet` : undefined;

function positionsOf(request: RestoreRequest, source: Source, topics: readonly TopicPlan[], there: Position[]) {
  const positions: GroupPosition[] = [];
  for (const position of source.offsets) {
    const topic = topics.find((one) => one.source === position.topic);
    if (!topic) continue;
    // Partitions that nobody asked for are as little a matter of this restore as other topics are.
    const asked = topic.parts.some(({ partition }) => partition === position.partition);
    if (!asked && (request.slices?.length ?? 0) > 0) continue;
    const lands = landing(topic, position);
    const now = there.find((one) => one.topic === topic.target && one.partition === position.partition);
    const plan = topic.parts.find((one) => one.partition === position.partition);
    const lost = plan ? missing(position.offset, plan.from) : undefined;
    if (now && request.existingGroups === "keep" && now.offset !== lands.offset)
      positions.push({ ...lands, lands: "kept", offset: now.offset, why: `it stands at ${now.offset} already` });
    else if (now && lands.offset !== undefined && now.offset !== lands.offset)
      positions.push({ ...lands, why: `it stands at ${now.offset} now${lands.why ? `; ${lands.why}` : ""}` });
    else positions.push(lost !== undefined && lands.why === undefined ? { ...lands, why: lost } : lands);
  }
  return positions;
}

/** Which groups of the point land where. Groups without a position on a restored topic are left out unless they were named. */
export function planGroups(
  request: RestoreRequest,
  point: PointParts,
  facts: TargetFacts,
  topics: readonly TopicPlan[],
): readonly GroupPlan[] {
  const wanted = wantedGroups(request);
  const named = Array.isArray(request.groups);
  return (point.kafka?.groups ?? []).filter(wanted).flatMap((source): readonly GroupPlan[] => {
    const target = targetGroup(request, source.id);
    const now = facts.groups.find(({ id }) => id === target);
    const positions = positionsOf(request, source, topics, [...(now?.offsets ?? [])]);
    if (positions.length === 0)
      return named
        ? [{ source: source.id, target, refused: "it has no position on a topic of this restore", positions }]
        : [];
    if (now && !FREE.includes(now.state))
      return [
        {
          source: source.id,
          target,
          refused: `it has members (${now.state}): stop them, or restore it under another name`,
          positions: positions.map((one) => ({ ...one, lands: "not", why: "the group has members" })),
        },
      ];
    return [{ source: source.id, target, positions }];
  });
}
