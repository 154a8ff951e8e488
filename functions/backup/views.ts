import type { Drill, DrillNote, DrillReport } from "../../shared/core/backup/drill/types.ts";
import type { Manifest } from "../../shared/core/backup/format/types.ts";
import type { RestoreJob } from "../../shared/core/backup/restore/state.ts";
import type { RestorePlan } from "../../shared/core/backup/restore/types.ts";
import type { Beside, EndedRun, PointNote, RunPhase } from "../../shared/core/backup/run/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { PartitionCompared } from "./restore-compare.ts";
import type { GroupDone } from "./restore-groups.ts";
import type { PartitionDone } from "./restore-types.ts";

/** How far a part beside the topics is. */
export interface BackupPartView {
  readonly kind: Beside;
  readonly status: "waiting" | "done" | "failed";
  readonly why?: string;
}

/** A run of a plan: the one under way. */
export interface BackupRunView {
  readonly id: string;
  readonly plan: string;
  readonly phase: RunPhase;
  readonly by: string;
  readonly why: string;
  readonly startedAt: Millis;
  readonly deadline: Millis;
  readonly cutAt?: Millis;
  readonly kind?: "full" | "incremental";
  readonly units: { readonly done: number; readonly lost: number; readonly total?: number };
  /** Unpacked bytes and records that were read so far, those of units under way included where this process reads them. */
  readonly bytes: number;
  readonly records: number;
  /** Estimated by the brokers' sizes; absent before the cut. */
  readonly totalBytes?: number;
  /** Since the cut; absent where it cannot be told yet. */
  readonly bytesPerSecond?: number;
  /** Estimated by the rate so far. */
  readonly leftMs?: number;
  readonly parts: readonly BackupPartView[];
  /** What failed last and is being tried again. */
  readonly trouble?: string;
}

export interface BackupPlanView {
  readonly plan: string;
  readonly everyMs: number;
  readonly destinations: readonly string[];
  readonly cluster?: string;
  readonly parts: readonly string[];
  /** When the next run begins; absent: nobody knows yet. */
  readonly nextAt?: Millis;
  readonly failures: number;
  readonly running?: BackupRunView;
  /** The newest point this installation has made. */
  readonly newest?: PointNote;
  /** The newest first. */
  readonly ended: readonly EndedRun[];
}

/** A restore point in a list. */
export interface BackupPointView {
  readonly id: string;
  readonly plan: string;
  readonly kind: "full" | "incremental";
  readonly cutAt: Millis;
  readonly finishedAt: Millis;
  readonly topics: number;
  readonly partitions: number;
  readonly records: number;
  readonly newRecords: number;
  readonly newBytes: number;
  readonly storedBytes: number;
  readonly parts: readonly string[];
  readonly gaps: number;
  readonly warnings: number;
  /** Points it needs. */
  readonly needs: number;
  readonly at: readonly string[];
  readonly missing: readonly string[];
  readonly status: "whole" | "degraded" | "damaged";
  /** Newest verification; absent: nobody has looked. */
  readonly verified?: "ok" | "failed";
  readonly faults: readonly string[];
}

export interface BackupPointsView {
  readonly points: readonly BackupPointView[];
  /** Points of which no manifest can be read. */
  readonly unreadable: readonly { readonly plan: string; readonly id: string; readonly why: string }[];
  readonly unreachable: readonly { readonly place: string; readonly why: string }[];
}

/** One restore point with all it says of itself. */
export interface BackupPointDetailView extends BackupPointView {
  readonly manifest: Manifest;
}

/** What came of somebody's word. */
export interface BackupCommandView {
  readonly plan: string;
  readonly run?: string;
  readonly reason: string;
  readonly text: string;
}

/** Work that was handed out: where to look what became of it. */
export interface BackupTaskView {
  readonly plan: string;
  /** Of the point or the drill. */
  readonly id: string;
  readonly follow: string;
}

export interface BackupRestoreStartedView {
  /** "rst_…" */
  readonly id: string;
  readonly plan: RestorePlan;
  readonly follow: string;
}

export interface BackupRestoreDetailView {
  readonly job: RestoreJob;
  readonly plan?: RestorePlan;
  readonly groups?: readonly GroupDone[];
  readonly partitions?: readonly PartitionDone[];
  readonly faults?: readonly string[];
  readonly compared: readonly PartitionCompared[];
}

export interface BackupDrillsView {
  readonly plan: string;
  readonly current?: Drill;
  readonly nextAt?: Millis;
  /** What this installation remembers, and what lies at the destinations; the newest first. */
  readonly notes: readonly DrillNote[];
  readonly items: readonly DrillReport[];
}
