import { planRestore } from "../../shared/core/backup/restore/plan.ts";
import { assertPlanned } from "../../shared/core/backup/restore/plan-topic.ts";
import type { RestorePlan, RestoreRequest, TopicPlan } from "../../shared/core/backup/restore/types.ts";
import type { Offset } from "../../shared/core/kernel/streams.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import { bounded } from "../bounded.ts";
import { gatherSkips } from "./gather-skips.ts";
import type { SchemasRestored } from "./parts/restore-schemas.ts";
import { restoreFacts } from "./restore-facts.ts";
import { type GroupDone, restoreGroup } from "./restore-groups.ts";
import { type JobDone, restoreJobs } from "./restore-jobs.ts";
import { restorePartition } from "./restore-partition.ts";
import { keySet } from "./restore-records.ts";
import { restoreRegistry, restoreRules } from "./restore-rules.ts";
import { openTopic, settleTopic } from "./restore-topics.ts";
import type { PartitionDone, RestoreContext, RestoreLimits, RestoreProgress } from "./restore-types.ts";

/** Each has some 12 MB in hand: a chunk, the one read ahead, and a batch on its way. */
const PARALLEL = 3;
const EMPTY = { partitions: [], groups: [], jobs: [], acls: 0, quotas: 0, faults: [] };

export interface RestoreReport {
  /** `more`: it was cut off by its deadline or something that passes; called again it goes on. `partly`: what could be done is done, see the faults. */
  readonly status: "done" | "more" | "partly";
  readonly plan: RestorePlan;
  readonly partitions: readonly PartitionDone[];
  readonly groups: readonly GroupDone[];
  readonly jobs: readonly JobDone[];
  readonly acls: number;
  readonly quotas: number;
  readonly schemas?: SchemasRestored;
  /** Whole sentences: what is not as the plan says. */
  readonly faults: readonly string[];
  readonly records: number;
  readonly bytes: number;
  /** Of this call. */
  readonly startedAt: Millis;
  readonly endedAt: Millis;
  /** What each step of this call took, ms; those it did not come to are absent. */
  readonly took: { readonly [step in RestoreStep]?: DurationMs };
}

type RestoreStep = "plan" | "topics" | "records" | "groups" | "settings";

/**
 * What a restore would do: reads only.
 *
 * @throws HeadgateError those of the cluster and the places
 */
export async function planOf(context: RestoreContext, request: RestoreRequest): Promise<RestorePlan> {
  return planRestore(request, context.source.parts, await restoreFacts(context, request));
}

/** What was decided before counts where it cannot be seen any more: settings are held back by now, and what was made is there. */
function asDecided(now: RestorePlan, before: RestorePlan | undefined): RestorePlan {
  if (!before) return now;
  const topics = now.topics.map((topic): TopicPlan => {
    const was = before.topics.find(({ target }) => target === topic.target);
    return was ? { ...topic, held: was.held, settled: was.settled } : topic;
  });
  return { ...now, topics };
}

/** Old positions of every partition that are wanted in its new offsets, rising. */
function wantedPositions(plan: RestorePlan): ReadonlyMap<string, readonly Offset[]> {
  const wanted = new Map<string, Set<Offset>>();
  for (const { positions } of plan.groups)
    for (const { topic, partition, source, offset } of positions) {
      if (offset !== undefined) continue;
      const key = `${topic}/${partition}`;
      wanted.set(key, (wanted.get(key) ?? new Set()).add(source.offset));
    }
  return new Map([...wanted].map(([key, offsets]) => [key, [...offsets].sort((a, b) => a - b)]));
}

/**
 * Does a restore, or goes on with it. What is there already is looked at first, so that it may be called as often as one likes, also after a crash anywhere: nothing is added
 * twice. `before` is the plan of the first call, where somebody kept it.
 *
 * @throws HeadgateError `restore.refused` with every reason, and nothing was written; those of the cluster where topics cannot be made
 */
export async function restorePoint(
  context: RestoreContext,
  request: RestoreRequest,
  options: RestoreLimits & {
    readonly before?: RestorePlan;
    /** Stops when records are in: groups and settings are left to a later call. */
    readonly recordsOnly?: boolean;
    /** Of the restore: jobs are started once for each. Default: what is restored and into which cluster. */
    readonly id?: string;
    readonly onPlan?: (plan: RestorePlan) => Promise<void>;
    readonly onProgress?: (progress: RestoreProgress) => void;
  } = {},
): Promise<RestoreReport> {
  const now = () => Math.floor(context.now());
  const startedAt = now();
  const took: { [step in RestoreStep]?: DurationMs } = {};
  let step: RestoreStep = "plan";
  let since = startedAt;
  const enter = (next: RestoreStep): void => {
    took[step] = (took[step] ?? 0) + now() - since;
    since = now();
    step = next;
  };
  const plan = asDecided(await planOf(context, request), options.before);
  assertPlanned(plan);
  await options.onPlan?.(plan);
  const mayGoOn = () =>
    options.signal?.aborted !== true && (options.deadline === undefined || context.now() < options.deadline);
  const so = { records: 0, bytes: 0 };
  const tell = (phase: RestoreProgress["phase"]) =>
    options.onProgress?.({
      phase,
      ...so,
      ofRecords: plan.totals.records,
      ofBytes: plan.totals.bytes,
      at: now(),
    });
  const report = (status: RestoreReport["status"], rest: Partial<RestoreReport>): RestoreReport => {
    enter(step);
    return { ...EMPTY, plan, ...rest, status, ...so, startedAt, endedAt: now(), took };
  };

  enter("topics");
  tell("topics");
  for (const topic of plan.topics) {
    if (!mayGoOn()) return report("more", {});
    await openTopic(context, topic);
  }
  enter("records");
  tell("records");
  const wanted = wantedPositions(plan);
  const { streams } = context;
  const gathered = { ...context, skip: gatherSkips((parts) => streams.skip(parts)) };
  const work = plan.topics.flatMap((topic) => topic.parts.map((part) => ({ topic, part })));
  const { time, keys } = request;
  const partitions = await bounded(work, options.parallel ?? PARALLEL, ({ topic, part }) =>
    restorePartition(gathered, {
      topic,
      part,
      picking: { ...time, ...(keys ? { keys: keySet(keys) } : {}) },
      selection: plan.selection,
      cluster: context.source.parts.manifest.cluster?.id ?? "",
      wanted: wanted.get(`${topic.target}/${part.partition}`) ?? [],
      mayGoOn,
      onRecords: (records, bytes) => {
        so.records += records;
        so.bytes += bytes;
        tell("records");
      },
    }),
  );
  const faults = partitions.flatMap(({ status, why }) => (status === "failed" && why !== undefined ? [why] : []));
  if (partitions.some(({ status }) => status === "more") || !mayGoOn()) return report("more", { partitions, faults });
  if (options.recordsOnly) return report(faults.length === 0 ? "done" : "partly", { partitions, faults });

  enter("groups");
  tell("groups");
  const done = new Map(partitions.map((one) => [`${one.target}/${one.partition}`, one]));
  const groups: GroupDone[] = [];
  for (const group of plan.groups) {
    if (!mayGoOn()) return report("more", { partitions, groups, faults });
    const one = await restoreGroup(context, plan, done, group);
    groups.push(one);
    if (one.status !== "set" && one.why !== undefined) faults.push(`group ${one.target}: ${one.why}`);
  }

  enter("settings");
  tell("settings");
  const rules = await restoreRules(context, plan, request);
  faults.push(...rules.faults);
  const registry = await restoreRegistry(context, plan, request);
  faults.push(...(registry?.faults ?? []));
  for (const topic of plan.topics) {
    if (!mayGoOn()) return report("more", { partitions, groups, faults });
    const fault = await settleTopic(context, topic);
    if (fault !== undefined) faults.push(fault);
  }
  const { acls, quotas } = rules;
  // Last of all: a job reads as soon as it runs.
  const allIn = faults.length === 0 || partitions.every(({ status }) => status === "done");
  const jobs =
    plan.jobs.length === 0
      ? []
      : await restoreJobs(
          context.jobs,
          allIn ? context.source.parts.flink : undefined,
          allIn ? plan.jobs : plan.jobs.map((job) => ({ ...job, matches: false, why: "not every partition is whole" })),
          options.id ?? `${plan.point.id} ${plan.cluster.id}`,
          { mayGoOn },
        );
  // Its time was over before they all came up: the next call looks again.
  if (!mayGoOn() && jobs.some(({ status, why }) => status === "started" && why !== undefined))
    return report("more", { partitions, groups, jobs, faults, acls, quotas });
  for (const { name, status, jobId, why } of jobs)
    if (status !== "started") faults.push(`job ${name} was not started: ${why}`);
    else if (why !== undefined) faults.push(`job ${name} was started as ${jobId}, but ${why}`);
  return report(faults.length === 0 ? "done" : "partly", {
    ...{ partitions, groups, jobs, faults, acls, quotas },
    ...(registry?.done ? { schemas: registry.done } : {}),
  });
}
