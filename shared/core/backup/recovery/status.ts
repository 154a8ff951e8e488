import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import type { FlinkPart, KafkaPart } from "../format/types.ts";
import {
  type ConsistencyGap,
  DISRUPTIONS,
  type Disruption,
  type DisruptionState,
  type Measured,
  type Objective,
  type Objectives,
  type RecoveryDrill,
  type RecoveryPoint,
  type RecoveryState,
  type ReplicationLag,
  type Verdict,
} from "./types.ts";

/** A drill that is older proves nothing any more. Readiness asks for a restore in the last 30 days. */
export const DRILL_HOLDS_MS: DurationMs = 30 * 86_400_000;

export interface RecoveryInput {
  readonly plan: string;
  readonly every: DurationMs;
  readonly points: readonly RecoveryPoint[];
  readonly drills: readonly RecoveryDrill[];
  readonly objectives: Objectives;
  readonly replication?: ReplicationLag;
  /** Destinations that outlive the loss of the primary region; absent: not known. */
  readonly away?: readonly string[];
  /** Topics of the newest verified point, to see which of them are replicated. */
  readonly topics?: readonly string[];
  readonly gaps?: readonly ConsistencyGap[];
  /** Default {@link DRILL_HOLDS_MS}. */
  readonly drillHoldsMs?: DurationMs;
}

const worst = (verdicts: readonly (Verdict | undefined)[]): Verdict | undefined =>
  (["breached", "not_proven", "met"] as const).find((one) => verdicts.includes(one));

function held(ms: DurationMs | undefined, objectiveMs: DurationMs | undefined, why: string): Measured {
  return {
    ...(ms === undefined ? {} : { ms }),
    ...(objectiveMs === undefined
      ? {}
      : {
          objectiveMs,
          verdict:
            ms === undefined ? ("not_proven" as const) : ms <= objectiveMs ? ("met" as const) : ("breached" as const),
        }),
    why,
  };
}

const newest = (points: readonly RecoveryPoint[]): RecoveryPoint | undefined =>
  points.reduce<RecoveryPoint | undefined>((best, one) => (best && best.cutAt >= one.cutAt ? best : one), undefined);

/** The longest lag of all that is replicated; undefined where one is not known. */
function lagOf({ topics }: ReplicationLag): DurationMs | undefined {
  return topics.reduce<DurationMs | undefined>(
    (most, { lagMs }) => (most === undefined || lagMs === undefined ? undefined : Math.max(most, lagMs)),
    0,
  );
}

function rpoNow(
  disruption: Disruption,
  point: RecoveryPoint | undefined,
  now: Millis,
  objective: Objective,
  { replication, topics }: RecoveryInput,
): DisruptionState["rpoNow"] {
  const age = point && now - point.cutAt;
  const ofBackup = point
    ? `the newest verified point ${point.id} has its cut ${formatDuration(Math.max(0, now - point.cutAt))} ago`
    : "there is no verified restore point";
  const backup = (why: string) => ({
    ...held(age, objective.rpo, why),
    applies: point ? ("backup" as const) : ("nothing" as const),
  });
  if (disruption !== "region" || !replication)
    return backup(disruption === "region" ? `${ofBackup}, and no replication is watched` : ofBackup);
  const [trouble] = replication.troubles;
  if (trouble !== undefined) return backup(`${ofBackup}; replication does not count: ${trouble}`);
  const lag = lagOf(replication);
  if (lag === undefined) return backup(`${ofBackup}; replication does not count: its lag is not known`);
  const replicated = new Set(replication.topics.map(({ topic }) => topic));
  const rest = topics?.filter((topic) => !replicated.has(topic));
  const ofLag = `${replication.flow} is ${formatDuration(lag)} behind`;
  if (rest && rest.length === 0)
    return { ...held(lag, objective.rpo, `every topic is replicated, and ${ofLag}`), applies: "replication" };
  // What is not replicated is as old as the backup, and that is the worse of the two.
  const both = age === undefined ? undefined : Math.max(age, lag);
  const few = rest
    ? rest.slice(0, 3).join(", ") + (rest.length > 3 ? ` and ${rest.length - 3} more` : "")
    : "what is not replicated";
  return { ...held(both, objective.rpo, `${ofLag}, but ${few} comes from backup only: ${ofBackup}`), applies: "both" };
}

function rpoWorst(
  point: RecoveryPoint | undefined,
  every: DurationMs,
  objective: Objective,
): DisruptionState["rpoWorst"] {
  if (!point?.verified) return held(undefined, objective.rpo, "there is no verified restore point to reckon from");
  const parts = {
    intervalMs: every,
    durationMs: point.finishedAt - point.startedAt,
    verificationMs: point.verified.ms,
  };
  const ms = parts.intervalMs + parts.durationMs + parts.verificationMs;
  const why = `a failure just before the next point is verified: interval ${formatDuration(every)} + backup ${formatDuration(parts.durationMs)} + verification ${formatDuration(parts.verificationMs)}`;
  return { ...held(ms, objective.rpo, why), parts };
}

function rto(disruption: Disruption, now: Millis, objective: Objective, input: RecoveryInput): DisruptionState["rto"] {
  const { drills, drillHoldsMs = DRILL_HOLDS_MS } = input;
  const about = drills.filter(({ covers }) => covers.includes(disruption)).sort((a, b) => b.at - a.at);
  const [latest] = about;
  const none = (why: string) => ({ ...held(undefined, objective.rto, why), steps: [] });
  if (!latest) return none(`no drill has shown a recovery from the loss of a ${NAMES[disruption]}`);
  const age = now - latest.at;
  const told = { steps: latest.steps, drillAgeMs: age };
  if (!latest.ok)
    return {
      ...none(`the latest drill, ${formatDuration(age)} ago, failed${latest.text ? `: ${latest.text}` : ""}`),
      ...told,
    };
  const why = `measured by a drill ${formatDuration(age)} ago`;
  const measured = held(latest.rtoMs, objective.rto, why);
  if (age <= drillHoldsMs) return { ...measured, ...told };
  const old = `${why}, which is older than ${formatDuration(drillHoldsMs)} and proves nothing any more`;
  return { ...measured, ...(measured.verdict ? { verdict: "not_proven" as const } : {}), why: old, ...told };
}

const NAMES: Readonly<Record<Disruption, string>> = {
  software: "program, or of data by its fault",
  hardware: "machine",
  zone: "zone",
  region: "region",
};

/**
 * Where recovery stands at an instant, measured. RPO now: the age of the newest VERIFIED point's cut. RPO at worst: interval + duration + verification. RTO: the
 * latest drill. Replication counts for the loss of a region only: it carries deletions and damage along, so it saves nobody from a fault of software.
 */
export function recoveryState(input: RecoveryInput, now: Millis): RecoveryState {
  const { plan, every, points, objectives, replication, away, gaps = [] } = input;
  const verified = points.filter((point) => point.verified?.ok === true);
  const disruptions = DISRUPTIONS.map((disruption): DisruptionState => {
    const objective = objectives[disruption] ?? {};
    // With the region its own destinations are gone.
    const left =
      disruption === "region" && away ? verified.filter(({ at }) => at.some((one) => away.includes(one))) : verified;
    const point = newest(left);
    const three = {
      rpoNow: rpoNow(disruption, point, now, objective, input),
      rpoWorst: rpoWorst(point, every, objective),
      rto: rto(disruption, now, objective, input),
    };
    // Where replication alone answers for a region, the backup's interval does not.
    const counted = three.rpoNow.applies === "replication" ? [three.rpoNow, three.rto] : Object.values(three);
    const verdict = worst(counted.map((one) => one.verdict));
    return { disruption, ...three, ...(verdict === undefined ? {} : { verdict }) };
  });
  const verdict = worst(disruptions.map((one) => one.verdict));
  const [point, latest] = [newest(verified), newest(points)];
  return {
    plan,
    at: now,
    ...(point ? { point } : {}),
    ...(latest ? { newest: latest } : {}),
    disruptions,
    gaps,
    ...(replication ? { replication } : {}),
    ...(verdict === undefined ? {} : { verdict }),
  };
}

/** Where a savepoint and the topics of one point do not meet. */
export function consistencyGaps(kafka: KafkaPart | undefined, flink: FlinkPart | undefined): readonly ConsistencyGap[] {
  const ends = new Map(
    kafka?.topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => [`${name}/${one.partition}`, one.end] as const),
    ),
  );
  return (flink?.jobs ?? []).flatMap(({ name: job, savepoint, offsets }) =>
    savepoint === undefined
      ? []
      : offsets.flatMap(({ topic, partition, committed }) => {
          const end = ends.get(`${topic}/${partition}`);
          if (committed === undefined || end === undefined || committed === end) return [];
          return [{ job, topic, partition, ahead: Math.max(0, committed - end), behind: Math.max(0, end - committed) }];
        }),
  );
}
