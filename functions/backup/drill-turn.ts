import { type DrillFound, drillTopics, judgeDrill, noteOf } from "../../shared/core/backup/drill/judge.ts";
import type { Drill, DrillReport, DrillSavepoint, DrillStep, DrillTurn } from "../../shared/core/backup/drill/types.ts";
import { topicWanted } from "../../shared/core/backup/restore/select.ts";
import type { RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { iso, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { findPoint, type Pick } from "./drill-find.ts";
import { isDead, removeScratch, scratchName, scratchPrefix } from "./drill-scratch.ts";
import type { Place } from "./place.ts";
import { planOf } from "./restore.ts";
import type { OpenedPoint } from "./restore-source.ts";
import { compareTurn, type RestoreKept, restoreTurn } from "./restore-turn.ts";
import type { RestoreContext, RestoreLimits, RestoreProgress } from "./restore-types.ts";
import { putAll } from "./write-all.ts";

/** What a drill needs of the world. */
export interface DrillContext {
  readonly plan: string;
  readonly places: readonly Place[];
  /** Where it restores into, and its name. */
  readonly streams: Streams;
  readonly cluster: string;
  /** Patterns of topics that are restored. */
  readonly topics: readonly string[];
  readonly objective: DrillReport["objective"];
  readonly now: () => Millis;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly open: (plan: string, id: string) => Promise<OpenedPoint>;
  /** Which point it takes when nobody says. */
  readonly pick: Pick;
  /** Looks at the savepoints of a point: starts them where there is a Flink for it, else reads them. */
  readonly savepoints: (point: OpenedPoint, drill: string) => Promise<readonly DrillSavepoint[]>;
  /** Stops jobs that the drill may have left running; what is still there, whole sentences. */
  readonly removeJobs?: (point: OpenedPoint, drill: string) => Promise<readonly string[]>;
  /** Ids of drills of this plan that are over. */
  readonly ended: readonly string[];
  readonly kept: { load(): Promise<DrillKept | undefined>; save(kept: DrillKept): Promise<void> };
}

/** What later turns need of earlier ones. */
export interface DrillKept extends RestoreKept {
  readonly savepoints?: readonly DrillSavepoint[];
}

/** Everything under names of its own, nothing of the cluster's rules, and kept until it is compared however old it is. */
function drillRequest(drill: string, point: OpenedPoint, topics: readonly string[]): RestoreRequest {
  const wanted = topicWanted({ topics });
  const names = (point.parts.kafka?.topics ?? []).map(({ name }) => name).filter(wanted);
  return {
    topics: names,
    rename: names.map((from) => ({ from, to: scratchName(drill, from) })),
    groups: "all",
    groupPrefix: scratchPrefix(drill),
    existing: "continue",
    holdRetention: true,
    acls: false,
    quotas: false,
    schemas: false,
    jobs: false,
  };
}

type Told = Omit<DrillTurn, "steps" | "faults" | "phase">;

/**
 * One turn of a drill: goes on with its phase until the time is over. All instants and lengths come from `now`.
 *
 * @throws HeadgateError those of places and cluster; what was measured until then is lost, and the next turn measures anew
 */
export async function drillTurn(
  context: DrillContext,
  drill: Drill,
  limits: RestoreLimits & { readonly onProgress?: (progress: RestoreProgress) => void },
): Promise<DrillTurn> {
  const now = () => Math.floor(context.now());
  const steps: { [step in DrillStep]?: number } = {};
  let since = now();
  const lap = (step: DrillStep, ms = now() - since): void => {
    steps[step] = (steps[step] ?? 0) + ms;
    since = now();
  };
  const tell = (phase: DrillTurn["phase"], told: Told, faults: readonly string[] = []): DrillTurn => ({
    ...told,
    phase,
    steps,
    faults,
  });

  if (drill.phase === "finding") {
    const point = drill.point ?? (await findPoint(context.places, context.plan, context.pick, context.random));
    await context.open(context.plan, point.id);
    lap("find");
    return tell("restoring", { status: "more", point, why: `${point.id} of ${iso(point.cutAt)} is restored` });
  }
  if (drill.phase === "cleaning") return clean(context, drill, now, steps);
  const { point: of } = drill;
  if (!of) throw new HeadgateError("backup.unknown", "the drill has no point");
  const source = await context.open(context.plan, of.id);
  const restore: RestoreContext = { streams: context.streams, source, now: context.now, sleep: context.sleep };

  if (drill.phase === "restoring") {
    let kept = await context.kept.load();
    if (!kept) {
      const request = drillRequest(drill.id, source, context.topics);
      if (request.topics?.length === 0 && (source.parts.kafka?.topics.length ?? 0) > 0)
        throw new HeadgateError("restore.refused", `${of.id} holds none of the topics ${context.topics.join(", ")}`);
      const plan = await planOf(restore, request);
      kept = { v: 1, request, plan, compared: [] };
      await context.kept.save(kept);
    }
    lap("plan");
    const { kept: after, turn } = await restoreTurn(restore, kept, limits);
    await context.kept.save({ ...kept, ...after });
    const took = after.report?.took ?? {};
    steps.plan = (steps.plan ?? 0) + (took.plan ?? 0);
    if (took.topics !== undefined) steps.create = took.topics;
    if (took.records !== undefined) steps.records = took.records;
    if (took.groups !== undefined) steps.groups = took.groups;
    // What is not told apart counts as setting up.
    const told = Object.values(took).reduce((sum, ms) => sum + ms, 0);
    steps.settings = (took.settings ?? 0) + Math.max(0, now() - since - told);
    if (turn.status === "more" || turn.status === "failed")
      return tell("restoring", { status: "more", ...(turn.why === undefined ? {} : { why: turn.why }) });
    return tell("checking", { status: "more", why: "all is restored; it is compared" }, turn.faults);
  }

  const kept = await context.kept.load();
  if (!kept) throw new HeadgateError("backup.unknown", "what was restored is not known any more");
  const { kept: after, turn } = await compareTurn(restore, kept, limits);
  lap("check");
  if (turn.status === "more") {
    await context.kept.save({ ...kept, ...after });
    return tell("checking", { status: "more" }, turn.faults);
  }
  const savepoints = kept.savepoints ?? (await context.savepoints(source, drill.id));
  await context.kept.save({ ...kept, ...after, savepoints });
  if (savepoints.length > 0) lap("savepoints");
  const bad = savepoints.flatMap(({ job, status, why }) =>
    status === "failed" ? [`savepoint of ${job}: ${why}`] : [],
  );
  return tell("cleaning", { status: "more", provenAt: now(), why: "it is proven; what it made is removed" }, [
    ...turn.faults,
    ...bad,
  ]);
}

async function clean(
  context: DrillContext,
  drill: Drill,
  now: () => Millis,
  steps: DrillTurn["steps"],
): Promise<DrillTurn> {
  const mine = scratchPrefix(drill.id);
  const own = { alive: drill.id, ended: context.ended };
  const at = now();
  const topics = await removeScratch(context.streams, (name) => name.startsWith(mine) || isDead(name, at, own));
  const left = [...topics, ...(await removeStarted(context, drill))];
  const report = judgeDrill(context.plan, drill, await foundOf(context, drill, left), context.objective, now());
  const key = `drills/${context.plan}/${iso(drill.startedAt)
    .replace(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z")}-${drill.id.slice(-6)}.json`;
  const written = await putAll(context.places, key, `${JSON.stringify(report, undefined, 2)}\n`, {
    contentType: "application/json",
  });
  const faults = written.failed.map(
    ({ place, error }) => `the report could not be written to ${place}: ${error.message}`,
  );
  if (written.at.length === 0 && faults[0] !== undefined)
    throw new HeadgateError("objects.unavailable", faults[0], { retryable: true });
  return { status: "over", phase: "cleaning", steps, faults: [], note: noteOf(report) };
}

/** A worker that died between starting a job and stopping it has left it running. */
async function removeStarted(context: DrillContext, { id, point }: Drill): Promise<readonly string[]> {
  if (!context.removeJobs || !point) return [];
  const source = await context.open(context.plan, point.id).catch(() => undefined);
  return source ? context.removeJobs(source, id) : [];
}

async function foundOf(context: DrillContext, drill: Drill, left: readonly string[]): Promise<DrillFound> {
  const kept = await context.kept.load();
  const point = drill.point;
  const base = { cluster: context.cluster, cutAt: point?.cutAt ?? 0, point: point?.id ?? "", left };
  const nothing = { topics: [], groups: { restored: 0, of: 0 }, savepoints: [], records: 0, bytes: 0 };
  if (!kept || !point) return { ...base, ...nothing };
  const differences = new Map<string, number>();
  for (const one of kept.compared) differences.set(one.source, (differences.get(one.source) ?? 0) + one.differences);
  const wanted = new Set(kept.request.topics ?? []);
  // A point that cannot be opened any more is told by its faults.
  const source = await context.open(context.plan, point.id).catch(() => undefined);
  const topics = (source?.parts.kafka?.topics ?? []).filter(({ name }) => wanted.has(name));
  return {
    ...base,
    topics: source ? drillTopics(topics, source.parts.chunks, point.cutAt, drill.startedAt, differences) : [],
    groups: {
      restored: (kept.report?.groups ?? []).filter(({ status }) => status === "set").length,
      of: kept.plan.groups.length,
    },
    savepoints: kept.savepoints ?? [],
    records: kept.compared.reduce((sum, { found }) => sum + found, 0),
    bytes:
      topics.length > 0 && source
        ? bytesOf(
            source,
            topics.map(({ name }) => name),
          )
        : 0,
  };
}

const bytesOf = (source: OpenedPoint, names: readonly string[]): number =>
  (source.parts.kafka?.topics ?? [])
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, partitions }) => partitions.flatMap(({ partition }) => source.parts.chunks(name, partition)))
    .reduce((sum, { raw }) => sum + raw, 0);
