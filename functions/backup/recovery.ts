import type { DrillReport } from "../../shared/core/backup/drill/types.ts";
import type { FlinkPart, KafkaPart } from "../../shared/core/backup/format/types.ts";
import { consistencyGaps, type RecoveryInput, recoveryState } from "../../shared/core/backup/recovery/status.ts";
import {
  DISRUPTIONS,
  type Objectives,
  type RecoveryDrill,
  type RecoveryPoint,
  type RecoveryState,
  type ReplicationLag,
} from "../../shared/core/backup/recovery/types.ts";
import { byPoint } from "../../shared/core/backup/run/point-id.ts";
import type { BackupConfig } from "../../shared/core/backup/section.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { shelves } from "./earlier.ts";
import { ahead } from "./list-all.ts";
import { newestJson } from "./newest-json.ts";
import { readManifest, readPart } from "./papers.ts";
import type { Place } from "./place.ts";
import { type NewestVerification, newestVerifications } from "./verified.ts";

/** Points that are looked at, from the newest: four days of an hourly plan. What is older is no answer to any objective. */
const LOOKED_AT = 100;
const DRILLS = 20;
const WIDTH = 8;

const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const asVerified = ({ ok, at, finishedAt = at }: NewestVerification): RecoveryPoint["verified"] =>
  at === undefined || finishedAt === undefined ? undefined : { ok, at: finishedAt, ms: Math.max(0, finishedAt - at) };

/** Points of a plan, the newest first, with what verification found of each. Places that do not answer are left out. */
export async function recoveryPoints(places: readonly Place[], plan: string): Promise<readonly RecoveryPoint[]> {
  const found = await shelves(places, plan);
  const pruned = new Set(found.flatMap((shelf) => [...shelf.pruned]));
  const ids = [...new Set(found.flatMap(({ manifests }) => [...manifests]))].filter((id) => !pruned.has(id));
  const reachable = found.map(({ place }) => place);
  const check = await newestVerifications(reachable, plan);
  const load = async (id: string): Promise<RecoveryPoint | undefined> => {
    const at = found.filter(({ manifests }) => manifests.has(id)).map(({ place }) => place.name);
    const manifest = await readManifest(reachable, plan, id).catch(() => undefined);
    if (!manifest) return undefined;
    const { cutAt, startedAt, finishedAt, destinations } = manifest;
    const verdict = await check(id);
    const verified = verdict && asVerified(verdict);
    const whole = destinations.every((one) => at.includes(one));
    return { plan, id, cutAt, startedAt, finishedAt, whole, at, ...(verified ? { verified } : {}) };
  };
  const points: RecoveryPoint[] = [];
  for await (const point of ahead(ids.sort(byPoint).reverse().slice(0, LOOKED_AT), WIDTH, load))
    if (point) points.push(point);
  return points;
}

/** Drills and rehearsals of a plan, the newest first. One that does not say what it covers has shown all but the loss of a region. */
export async function recoveryDrills(places: readonly Place[], plan: string): Promise<readonly RecoveryDrill[]> {
  return (await newestJson(places, `drills/${plan}/`, DRILLS))
    .flatMap((found): RecoveryDrill[] => {
      const { endedAt, rtoMs, status, steps, faults, covers } = found as Partial<DrillReport> & {
        readonly covers?: unknown;
      };
      if (numberOf(endedAt) === undefined || numberOf(rtoMs) === undefined) return [];
      const named = Array.isArray(covers) ? DISRUPTIONS.filter((kind) => covers.includes(kind)) : undefined;
      return [
        {
          at: endedAt as Millis,
          // One that took too long has shown how long: the objective is held against it here.
          ok: status === "passed" || status === "breached",
          rtoMs: rtoMs as number,
          steps: (steps ?? []).map(({ step, ms }) => ({ name: step, ms })),
          covers: named ?? ["software", "hardware", "zone"],
          ...(faults?.[0] === undefined ? {} : { text: faults[0] }),
        },
      ];
    })
    .sort((a, b) => b.at - a.at);
}

export interface RecoveryAsk {
  readonly plan: string;
  readonly config: Pick<BackupConfig, "every" | "objective">;
  readonly places: readonly Place[];
  readonly now: Millis;
  /** Of a disaster-recovery file; what it does not say is the plan's own objective. */
  readonly objectives?: Objectives;
  readonly replication?: ReplicationLag;
  /** Destinations that outlive the loss of the primary region. */
  readonly away?: readonly string[];
  readonly drills?: readonly RecoveryDrill[];
}

/**
 * Where recovery of a plan stands now, by its points, verifications and drills as they lie at the destinations.
 *
 * @throws HeadgateError `objects.unavailable` where no destination answers
 */
export async function recoveryOf(ask: RecoveryAsk): Promise<RecoveryState> {
  const { plan, config, places, now, replication, away } = ask;
  const points = await recoveryPoints(places, plan);
  const drills = [...(await recoveryDrills(places, plan)), ...(ask.drills ?? [])];
  const objectives: Objectives = Object.fromEntries(
    DISRUPTIONS.map((one) => [one, { ...withoutUndefined(config.objective), ...ask.objectives?.[one] }]),
  );
  const verified = points.find((point) => point.verified?.ok);
  const papers = verified && (await papersOf(places, plan, verified.id));
  const input: RecoveryInput = {
    plan,
    every: config.every,
    points,
    drills,
    objectives,
    gaps: consistencyGaps(papers?.kafka, papers?.flink),
    ...(papers?.kafka ? { topics: papers.kafka.topics.map(({ name }) => name) } : {}),
    ...(replication ? { replication } : {}),
    ...(away ? { away } : {}),
  };
  return recoveryState(input, now);
}

const withoutUndefined = ({ rpo, rto }: BackupConfig["objective"]) => ({
  ...(rpo === undefined ? {} : { rpo }),
  ...(rto === undefined ? {} : { rto }),
});

async function papersOf(places: readonly Place[], plan: string, id: string) {
  const manifest = await readManifest(places, plan, id).catch(() => undefined);
  const read = async (kind: "kafka" | "flink") => {
    const part = manifest?.parts.find((one) => one.kind === kind);
    return part && (await readPart(places, part).catch(() => undefined));
  };
  return {
    kafka: (await read("kafka")) as KafkaPart | undefined,
    flink: (await read("flink")) as FlinkPart | undefined,
  };
}
