import type { Gap } from "../../shared/core/backup/format/types.ts";
import type { Cut } from "../../shared/core/backup/run/cut.ts";
import { clampGroups } from "../../shared/core/backup/run/groups.ts";
import { planCut } from "../../shared/core/backup/run/plan-cut.ts";
import type { CutNote } from "../../shared/core/backup/run/types.ts";
import { unitsOf } from "../../shared/core/backup/run/units.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { isPattern, matcher } from "../../shared/core/kernel/patterns.ts";
import type { StreamGroup, TopicInfo } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { PlanContext, TopicsPlan } from "./context.ts";
import { keepDocument, workKey } from "./documents.ts";
import { newestWhole } from "./earlier.ts";
import "../shared-parts.ts";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What may be missing without the rest being worth less: it becomes a warning where the cluster does not let us read it. */
async function unless<T>(what: string, read: () => Promise<T>, none: T, warnings: string[]): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.retryable) throw error;
    warnings.push(`${what} are not in this point: ${message(error)}`);
    return none;
  }
}

/** Topics that are named and not there: somebody relies on them being backed up. */
const absent = (topics: readonly TopicInfo[], { include, exclude }: TopicsPlan): readonly Gap[] =>
  include
    .filter((name) => !isPattern(name) && !matcher(exclude)(name) && !topics.some((topic) => topic.name === name))
    .map((topic) => ({
      kind: "unread",
      topic,
      why: `there is no topic ${topic}, or its settings do not let us see it (DESCRIBE)`,
    }));

function chosen(
  topics: readonly TopicInfo[],
  { include, exclude }: TopicsPlan,
  warnings: string[],
): readonly TopicInfo[] {
  const wanted = matcher(include, exclude);
  const found = topics.filter(({ name, internal }) => !internal && wanted(name));
  for (const pattern of include)
    if (isPattern(pattern) && !topics.some(({ name }) => matcher([pattern])(name)))
      warnings.push(`no topic that we may see fits ${JSON.stringify(pattern)}`);
  return found;
}

async function cutOf(context: PlanContext, streams: Streams, plan: TopicsPlan, avoid: readonly string[]) {
  const { places, name, runtime } = context;
  const warnings: string[] = [];
  // What is slow comes first: between the offsets and the groups nothing but the cluster is waited for.
  const [earlier, cluster, listed] = await Promise.all([
    newestWhole(places, name, avoid),
    streams.cluster(),
    streams.topics(),
  ]);
  if (earlier.why !== undefined && !earlier.point) warnings.push(`everything is read in full: ${earlier.why}`);
  else if (earlier.why !== undefined)
    warnings.push(`${earlier.point?.manifest.id} is continued, and no newer point: ${earlier.why}`);
  const elsewhere = earlier.point && earlier.point.manifest.cluster?.id !== cluster.id;
  if (elsewhere) warnings.push(`everything is read in full: ${earlier.point?.manifest.id} is of another cluster`);
  const topics = chosen(listed, plan, warnings);
  const configs = await unless(
    "settings of topics",
    () => streams.topicConfigs(topics.map((topic) => topic.name)),
    new Map(),
    warnings,
  );
  const led = topics.flatMap(({ name: topic, partitions }) =>
    partitions.flatMap(({ partition, leader }) => (leader === undefined ? [] : [{ topic, partition }])),
  );
  // Before the offsets: whatever was written before this moment is in them.
  const at = Math.floor(runtime.now());
  const offsets = led.length > 0 ? await streams.offsets(led) : [];
  const wantedGroup = matcher(plan.groups.include, plan.groups.exclude);
  const groups = await unless<readonly StreamGroup[]>("positions of groups", () => streams.groups(), [], warnings);
  const acls = plan.acls ? await unless("access rules", () => streams.acls(), [], warnings) : [];
  const quotas = plan.quotas ? await unless("quotas", () => streams.quotas(), [], warnings) : [];
  const planned = planCut({
    ...{ at, topics, configs, offsets },
    full: context.plan.full,
    ...(earlier.point && !elsewhere ? { previous: earlier.point } : {}),
  });
  const positions = clampGroups(
    groups.filter(({ id }) => wantedGroup(id)),
    planned.topics,
  );
  const cut: Cut = {
    v: 1,
    at,
    kind: planned.kind,
    cluster: { name: context.cluster?.name ?? "", id: cluster.id, brokers: cluster.brokers.length },
    ...(earlier.point && !elsewhere
      ? {
          previous: {
            id: earlier.point.manifest.id,
            sha256: earlier.point.sha256,
            needs: earlier.point.manifest.needs,
          },
        }
      : {}),
    topics: planned.topics,
    ...{ groups: positions.groups, acls, quotas },
    gaps: [...absent(listed, plan), ...planned.gaps],
    warnings: [...warnings, ...planned.warnings, ...positions.notes],
  };
  return { cut, stretches: planned.stretches };
}

/** The cut of a plan without topics: a moment. */
const bare = (at: number): Cut => ({
  ...{ v: 1, at, kind: "full" as const },
  ...{ topics: [], groups: [], acls: [], quotas: [], gaps: [] as readonly Gap[], warnings: [] },
});

/**
 * Takes the cut of a run, cuts what is to be read into units and leaves both at the destinations, under names that their content gives: of several cuts of one run that
 * one counts which the run's state names.
 *
 * @throws HeadgateError `streams.*`, `objects.*`
 */
export async function takeCut(context: PlanContext, run: string, avoid: readonly string[]): Promise<CutNote> {
  const { name, places, plan, streams, topics, runtime } = context;
  const { cut, stretches } =
    streams && topics
      ? await cutOf(context, streams, topics, avoid)
      : { cut: bare(Math.floor(runtime.now())), stretches: [] };
  const units = unitsOf(stretches, plan.workers);
  const text = JSON.stringify({
    cut,
    units: await keepDocument(places, workKey(name, run, "units-"), JSON.stringify(units)),
  });
  return {
    name: await keepDocument(places, workKey(name, run, "cut-"), text),
    ...{ at: cut.at, kind: cut.kind },
    ...(cut.previous ? { previous: cut.previous.id } : {}),
    units: units.length,
    bytes: stretches.reduce((sum, { bytes }) => sum + bytes, 0),
    topics: cut.topics.length,
    partitions: cut.topics.reduce((sum, { partitions }) => sum + partitions.length, 0),
    gaps: cut.gaps.length,
  };
}
