import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import type { ChunkRef, KafkaPart } from "../format/types.ts";
import {
  DRILL_STEPS,
  type Drill,
  type DrillNote,
  type DrillReport,
  type DrillSavepoint,
  type DrillTopic,
  type Verdict,
} from "./types.ts";

export interface DrillFound {
  readonly cluster: string;
  readonly cutAt: Millis;
  readonly point: string;
  readonly topics: readonly DrillTopic[];
  readonly groups: DrillReport["groups"];
  readonly savepoints: readonly DrillSavepoint[];
  readonly records: number;
  readonly bytes: number;
  readonly left: readonly string[];
}

const verdict = (measured: DurationMs, objective: DurationMs | undefined): Verdict =>
  objective === undefined ? "no_objective" : measured <= objective ? "met" : "breached";

/** What of a point each topic held, and how old it was when the drill began. */
export function drillTopics(
  topics: KafkaPart["topics"],
  chunks: (topic: string, partition: number) => readonly ChunkRef[],
  cutAt: Millis,
  startedAt: Millis,
  differences: ReadonlyMap<string, number>,
): readonly DrillTopic[] {
  return topics.map(({ name, partitions }) => {
    const held = partitions.flatMap(({ partition }) => chunks(name, partition));
    const newest = held.reduce((most, { maxTimestamp }) => Math.max(most, maxTimestamp), -1);
    return {
      topic: name,
      partitions: partitions.length,
      records: held.reduce((sum, one) => sum + one.records, 0),
      bytes: held.reduce((sum, one) => sum + one.raw, 0),
      ...(newest < 0 ? {} : { newestAgeMs: Math.max(0, startedAt - newest) }),
      rpoMs: Math.max(0, startedAt - cutAt),
      differences: differences.get(name) ?? 0,
    };
  });
}

/** The report of a drill: what it measured, held against the objective. Pure: equal arguments give an equal report. */
export function judgeDrill(
  plan: string,
  drill: Drill,
  found: DrillFound,
  objective: DrillReport["objective"],
  endedAt: Millis,
): DrillReport {
  const provenAt = drill.provenAt ?? endedAt;
  const rtoMs = Math.max(0, provenAt - drill.startedAt);
  const rpoMs = Math.max(0, drill.startedAt - found.cutAt);
  const worked = DRILL_STEPS.reduce((sum, step) => sum + (step === "wait" ? 0 : (drill.steps[step] ?? 0)), 0);
  const wait = Math.max(0, rtoMs - worked);
  const steps = DRILL_STEPS.flatMap((step) => {
    const ms = step === "wait" ? wait : drill.steps[step];
    return ms === undefined || (step === "wait" && ms === 0) ? [] : [{ step, ms }];
  });
  const verdicts = { rpo: verdict(rpoMs, objective.rpo), rto: verdict(rtoMs, objective.rto) };
  const failed = drill.faults.length > 0 || drill.provenAt === undefined;
  const breached = verdicts.rpo === "breached" || verdicts.rto === "breached";
  return {
    v: 1,
    id: drill.id,
    plan,
    point: found.point,
    cutAt: found.cutAt,
    cluster: found.cluster,
    by: drill.by,
    why: drill.why,
    startedAt: drill.startedAt,
    endedAt,
    status: failed ? "failed" : breached ? "breached" : "passed",
    rtoMs,
    steps,
    rpoMs,
    objective,
    verdict: verdicts,
    topics: found.topics,
    groups: found.groups,
    savepoints: found.savepoints,
    records: found.records,
    bytes: found.bytes,
    faults: drill.faults,
    left: found.left,
  };
}

const against = (name: string, measured: DurationMs, objective: DurationMs | undefined, is: Verdict): string =>
  `${name} ${formatDuration(measured)}${objective === undefined ? "" : ` (${is === "met" ? "within" : "over"} ${formatDuration(objective)})`}`;

/** A drill in one sentence. */
function drillText(report: DrillReport): string {
  const { status, point, rtoMs, rpoMs, objective, verdict: is, records, faults } = report;
  const measured = `${against("RTO", rtoMs, objective.rto, is.rto)}, ${against("RPO", rpoMs, objective.rpo, is.rpo)}`;
  if (status === "failed") return `${point} could not be proven: ${faults[0] ?? "the check was not reached"}`;
  return `${point} was restored and is the same, ${records} records: ${measured}`;
}

export const noteOf = (report: DrillReport): DrillNote => {
  const { id, point, cutAt, startedAt, endedAt, status, rtoMs, rpoMs, verdict: is, records, bytes, steps } = report;
  return {
    id,
    point,
    cutAt,
    startedAt,
    endedAt,
    status,
    rtoMs,
    rpoMs,
    verdict: is,
    records,
    bytes,
    steps,
    text: drillText(report),
  };
};
