import type {
  BackupDrill,
  BackupDrillNote,
  BackupPlan,
  BackupPoint,
  BackupPointNote,
  BackupRunNow,
  BackupRunOver,
  BackupRunPhase,
  RecoveryOf,
  RestoreJobView,
} from "../../functions/api/views-backup.ts";
import { duration, number, plural, relative } from "./format.ts";
import type { Standing } from "./traffic-words.ts";

const SIZES = ["B", "kB", "MB", "GB", "TB"] as const;

/** "16.6 kB": decimal, as prices of storage count. */
export function bytes(value: number): string {
  const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)));
  return `${number(value / 1000 ** step)}\u00a0${SIZES[step]}`;
}

/** "307 records". */
export const records = (count: number): string => `${number(count)} ${count === 1 ? "record" : "records"}`;

/** How sound a restore point is: at every place, at some, or not to be used; and whether anybody has looked. */
export function pointStanding({ status, verified }: Pick<BackupPoint, "status" | "verified">): Standing {
  if (status === "damaged") return { tone: "failing", icon: "failing", word: "damaged" };
  const looked = verified === "ok" ? "verified" : "not verified";
  if (status === "degraded") return { tone: "degraded", icon: "degraded", word: `degraded, ${looked}` };
  return verified === "ok"
    ? { tone: "ok", icon: "ok", word: "whole, verified" }
    : { tone: "held", icon: "unknown", word: "whole, not verified" };
}

/** The same of the point a plan made last, by what its run knew. */
export function noteStanding({ verified, missing }: Pick<BackupPointNote, "verified" | "missing">): Standing {
  if (verified === "failed") return pointStanding({ status: "damaged" });
  const looked = verified === "ok" ? ({ verified } as const) : {};
  return pointStanding({ status: missing.length > 0 ? "degraded" : "whole", ...looked });
}

/** A point is late when two intervals went by without one, as the plan's own alert counts. */
export const isLate = ({ newest, everyMs }: Pick<BackupPlan, "newest" | "everyMs">, now: number): boolean =>
  newest !== undefined && now - newest.cutAt > 2 * everyMs;

/** How a plan stands by its newest point. */
export function planStanding(plan: BackupPlan, now: number): Standing {
  const { newest, failures } = plan;
  if (newest === undefined)
    return failures > 0
      ? { tone: "failing", icon: "failing", word: "no point, runs fail" }
      : { tone: "held", icon: "pending", word: "no point yet" };
  const standing = noteStanding(newest);
  if (standing.tone === "failing") return standing;
  if (isLate(plan, now)) return { tone: "failing", icon: "failing", word: "late" };
  return failures > 0 ? { tone: "degraded", icon: "degraded", word: "last run failed" } : standing;
}

const looked = ({ verified, missing }: BackupPointNote): string =>
  [
    verified === "ok" ? "verified" : verified === "failed" ? "damaged" : "not verified",
    ...(missing.length > 0 ? ["degraded"] : []),
  ].join(", ");

/** The plan whose newest point says least well how much could be lost: without one, else the oldest. */
function worst(plans: readonly BackupPlan[]): BackupPlan | undefined {
  return [...plans].sort((a, b) => (a.newest?.cutAt ?? 0) - (b.newest?.cutAt ?? 0))[0];
}

/** What of backups belongs into the first sentence of the overview; of several plans, the one that is furthest behind. */
export function backupParts(plans: readonly BackupPlan[], now: number): readonly string[] {
  const last = worst(plans);
  if (last === undefined) return [];
  const of = plans.length > 1 ? ` of ${last.plan}` : "";
  const running = plans.filter((one) => one.running).length;
  return [
    last.newest
      ? `last backup${of} ${relative(last.newest.cutAt, now)}, ${looked(last.newest)}${isLate(last, now) ? ", late" : ""}`
      : `no backup${of} yet`,
    ...(running > 0 ? [plural(running, "backup under way", "backups under way")] : []),
  ];
}

const JUDGED = { passed: "met its objective", breached: "breached its objective", failed: "failed" } as const;

/** "last drill 3 d ago met its objective". */
export function drillText(drill: Pick<BackupDrillNote, "endedAt" | "status" | "verdict">, now: number): string {
  const { status, verdict, endedAt } = drill;
  const asked = verdict.rpo !== "no_objective" || verdict.rto !== "no_objective";
  const said = status === "passed" && !asked ? "passed" : JUDGED[status];
  return `last drill ${relative(endedAt, now)} ${said}`;
}

/** All of backups in one line. `drills`: the newest of each plan that has one; absent: not known. */
export function backupsLine(
  plans: readonly BackupPlan[],
  drills: readonly Pick<BackupDrillNote, "endedAt" | "status" | "verdict">[] | undefined,
  now: number,
): string {
  const last = worst(plans);
  if (last === undefined) return "No backup plans";
  const of = plans.length > 1 ? ` of ${last.plan}` : "";
  const drill = [...(drills ?? [])].sort((a, b) => b.endedAt - a.endedAt)[0];
  const running = plans.filter((one) => one.running).length;
  const point = last.newest
    ? `${plans.length > 1 ? "oldest last" : "last"} restore point${of} ${relative(last.newest.cutAt, now)}, ${looked(last.newest)}${isLate(last, now) ? ", late" : ""}`
    : `no restore point${of} yet`;
  const parts = [
    ...(running > 0 ? [plural(running, "run under way", "runs under way")] : []),
    ...(drill ? [drillText(drill, now)] : drills ? ["no drill yet: that a restore works is not proven"] : []),
  ];
  return [plans.length > 1 ? `${plans.length} plans, ${point}` : point, ...parts].join("; ");
}

export const RUN_PHASES: Readonly<Record<BackupRunPhase, string>> = {
  cutting: "reads where every topic ends",
  copying: "copies records",
  collecting: "waits for the other parts",
  folding: "puts together what was read",
  sealing: "writes the manifest",
  verifying: "reads back what was written",
};

/** Between 0 and 1; undefined where it cannot be told. */
export function runShare({ bytes: so, totalBytes, units }: BackupRunNow): number | undefined {
  if (totalBytes !== undefined && totalBytes > 0) return Math.min(1, so / totalBytes);
  return units.total !== undefined && units.total > 0 ? Math.min(1, units.done / units.total) : undefined;
}

/** "12.4 MB of about 80 MB, 24 MB/s, 3 s left". */
export function runText({
  bytes: so,
  totalBytes,
  bytesPerSecond,
  leftMs,
  records: count,
  units,
}: BackupRunNow): string {
  return [
    `${bytes(so)}${totalBytes === undefined ? "" : ` of about ${bytes(totalBytes)}`}`,
    records(count),
    ...(bytesPerSecond === undefined ? [] : [`${bytes(bytesPerSecond)}/s`]),
    ...(leftMs === undefined ? [] : [`${duration(leftMs)} left`]),
    ...(units.lost > 0 ? [`${units.lost} given up`] : []),
  ].join(", ");
}

/** How a run that is over ended. */
export const OUTCOMES: Readonly<Record<BackupRunOver["outcome"], Standing>> = {
  sealed: { tone: "ok", icon: "ok", word: "restore point" },
  failed: { tone: "failing", icon: "failing", word: "failed" },
  stopped: { tone: "held", icon: "held", word: "stopped" },
};

export const DRILLED: Readonly<Record<BackupDrill["status"], Standing>> = {
  passed: { tone: "ok", icon: "ok", word: "passed" },
  breached: { tone: "degraded", icon: "degraded", word: "too slow or too old" },
  failed: { tone: "failing", icon: "failing", word: "failed" },
};

/** What a number of recovery is worth: "not proven" is no kind of "met". */
export type Proof = "met" | "breached" | "not_proven" | "no_objective";

export const PROOFS: Readonly<Record<Proof, Standing>> = {
  met: { tone: "ok", icon: "ok", word: "met" },
  breached: { tone: "failing", icon: "failing", word: "breached" },
  not_proven: { tone: "degraded", icon: "unknown", word: "not proven" },
  no_objective: { tone: "held", icon: "held", word: "no objective" },
};

/** One number of recovery with what it is worth. */
export interface Dial {
  readonly title: string;
  readonly ms?: number;
  readonly objectiveMs?: number;
  readonly proof: Proof;
  /** Where it comes from, or why there is none. */
  readonly why: string;
}

/** What is known of recovery from points and drills alone: no worst case is reckoned from what was not measured. */
export function dialsOf(points: readonly BackupPoint[], drill: BackupDrill | undefined, now: number): readonly Dial[] {
  const proven = points.find(({ status, verified }) => status !== "damaged" && verified === "ok");
  const { rpo, rto } = drill?.objective ?? {};
  const held = (ms: number, objective: number | undefined): Proof =>
    objective === undefined ? "no_objective" : ms <= objective ? "met" : "breached";
  const age = proven && Math.max(0, now - proven.cutAt);
  const objective = (ms: number | undefined) => (ms === undefined ? {} : { objectiveMs: ms });
  const failed = drill?.status === "failed";
  return [
    age === undefined
      ? { title: "RPO now", proof: "not_proven", ...objective(rpo), why: "No restore point has been verified." }
      : {
          ...{ title: "RPO now", ms: age, proof: held(age, rpo), ...objective(rpo) },
          why: `What would be lost now: everything since the cut of ${proven?.id}, the newest verified point.`,
        },
    drill === undefined
      ? { title: "RPO in the last drill", proof: "not_proven", why: "No drill has been held." }
      : {
          ...{ title: "RPO in the last drill", ms: drill.rpoMs, ...objective(rpo) },
          proof: failed ? "not_proven" : held(drill.rpoMs, rpo),
          why: `From the cut of ${drill.point} to the begin of the drill.`,
        },
    drill === undefined
      ? { title: "RTO", proof: "not_proven", why: "No drill has been held: how long a restore takes is not known." }
      : {
          ...{ title: "RTO", ms: drill.rtoMs, ...objective(rto) },
          proof: failed ? "not_proven" : held(drill.rtoMs, rto),
          why: failed
            ? "The last drill failed: that a restore works is not shown."
            : "From the begin of the last drill until every record was compared.",
        },
  ];
}

/** Dials of what may happen, told together where they say the same. */
export interface Disrupted {
  readonly names: readonly string[];
  readonly dials: readonly Dial[];
}

/** The same numbers as the API reckons them, for each kind of loss: also at worst, with replication and what drills covered. */
export function disruptedOf({ disruptions }: RecoveryOf): readonly Disrupted[] {
  const all = new Map<string, Disrupted>();
  for (const { disruption, rpoNow, rpoWorst, rto } of disruptions) {
    const dials = (
      [
        ["RPO now", rpoNow],
        ["RPO at worst", rpoWorst],
        ["RTO", rto],
      ] as const
    ).map(([title, { ms, objectiveMs, verdict, why }]): Dial => {
      const proof = verdict ?? (ms === undefined ? "not_proven" : "no_objective");
      return {
        ...{ title, proof, why },
        ...(ms === undefined ? {} : { ms }),
        ...(objectiveMs === undefined ? {} : { objectiveMs }),
      };
    });
    // The age of a point grows between two of them: what is said of it is what counts.
    const key = JSON.stringify(dials.map(({ proof, why, objectiveMs }) => [proof, why, objectiveMs]));
    all.set(key, { names: [...(all.get(key)?.names ?? []), disruption], dials: all.get(key)?.dials ?? dials });
  }
  return [...all.values()];
}

const PHASES: Readonly<Record<RestoreJobView["phase"], Standing>> = {
  approval: { tone: "degraded", icon: "pending", word: "waits for approval" },
  restoring: { tone: "held", icon: "pending", word: "restoring" },
  checking: { tone: "held", icon: "pending", word: "comparing" },
  settling: { tone: "held", icon: "pending", word: "settling" },
  done: { tone: "ok", icon: "ok", word: "restored" },
  partly: { tone: "degraded", icon: "degraded", word: "partly restored" },
  failed: { tone: "failing", icon: "failing", word: "failed" },
  cancelled: { tone: "held", icon: "held", word: "cancelled" },
};
const OVER: ReadonlySet<RestoreJobView["phase"]> = new Set(["done", "partly", "failed", "cancelled"]);

export const restoreStanding = ({ phase }: Pick<RestoreJobView, "phase">): Standing => PHASES[phase];
export const restoreOver = ({ phase }: Pick<RestoreJobView, "phase">): boolean => OVER.has(phase);

/** How far a restore is, and how fast. `speed`: seconds of its clock in a real one. */
export function restoreText(job: RestoreJobView, now: number, speed: number): string {
  const { so, totals, startedAt, approved, endedAt, phase } = job;
  const tookMs = Math.max(0, (endedAt ?? now) - Math.max(startedAt, approved?.at ?? 0)) / speed;
  const rate = phase === "restoring" && tookMs > 1000 && so.bytes > 0 ? so.bytes / (tookMs / 1000) : undefined;
  const left =
    rate === undefined || so.bytes >= totals.bytes || so.records >= totals.records
      ? undefined
      : ((totals.bytes - so.bytes) / rate) * 1000;
  return [
    `${number(so.records)} of ${records(totals.records)}`,
    `${so.partitions} of ${plural(totals.partitions, "partition")}`,
    ...(rate === undefined ? [] : [`${bytes(rate)}/s`]),
    ...(left === undefined ? [] : [`${duration(left)} left`]),
  ].join(", ");
}

/** Where marks of restore points stand on a time line, and where two neighbours are further apart than the plan asks. */
export interface Holed {
  readonly from: number;
  readonly to: number;
}

export function holesOf(cuts: readonly number[], everyMs: number): readonly Holed[] {
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).flatMap((to, index) => {
    const from = sorted[index] ?? to;
    return to - from > 2 * everyMs ? [{ from, to }] : [];
  });
}
