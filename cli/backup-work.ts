import type { CostView } from "../functions/backup/cost.ts";
import type { Healed } from "../functions/backup/heal.ts";
import type { BackupPlanView as PreviewView } from "../functions/backup/plan-view.ts";
import type { PruneResult } from "../functions/backup/prune.ts";
import type {
  BackupDrillsView,
  BackupPlanView,
  BackupPointDetailView,
  BackupPointsView,
  BackupRestoreDetailView,
} from "../functions/backup/views.ts";
import type { PointDiff } from "../shared/core/backup/compare/types.ts";
import type { DrillNote, DrillReport } from "../shared/core/backup/drill/types.ts";
import type { Verification } from "../shared/core/backup/format/verification.ts";
import type { Hold } from "../shared/core/backup/keep/types.ts";
import type { RestorePlan, RestoreRequest } from "../shared/core/backup/restore/types.ts";
import type { PointNote } from "../shared/core/backup/run/types.ts";
import type { Progress } from "./progress-bar.ts";

export interface Said {
  readonly by?: string;
  readonly why?: string;
}

export interface RunOutcome {
  readonly plan: string;
  readonly outcome: "sealed" | "failed" | "stopped";
  readonly text: string;
  readonly run: string;
  readonly point?: PointNote;
}

export interface RestoreAsk extends Said {
  readonly point: string;
  readonly request: RestoreRequest;
  readonly into?: string;
  readonly check: boolean;
}

export interface DrillOutcome {
  readonly note: DrillNote;
  /** Absent where the destinations do not have it (any more). */
  readonly report?: DrillReport;
}

type Show = (progress: Progress) => void;

/** What the verbs of backups ask for, of a plan: of the API, or of this very process. */
export interface BackupWork {
  readonly plan: string;
  /** Of the control plane, or of this machine. */
  now(): Promise<number>;
  /** `waitMs`: in this process, how long the cut waits for a cluster that does not answer. */
  run(said: Said, show: Show, limits?: { readonly waitMs?: number }): Promise<RunOutcome>;
  points(): Promise<BackupPointsView>;
  point(id: string): Promise<BackupPointDetailView>;
  verify(id: string, deep: boolean, show: Show): Promise<Verification>;
  diff(from: string, to: string): Promise<PointDiff>;
  planRestore(ask: RestoreAsk): Promise<RestorePlan>;
  restore(ask: RestoreAsk, show: Show): Promise<BackupRestoreDetailView>;
  prune(dryRun: boolean): Promise<PruneResult>;
  heal(): Promise<Healed>;
  drill(point: string | undefined, said: Said, show: Show): Promise<DrillOutcome>;
  drills(): Promise<BackupDrillsView>;
  cost(): Promise<CostView>;
  preview(): Promise<PreviewView>;
  holds(): Promise<readonly Hold[]>;
  hold(id: string, reason: string, by: string | undefined): Promise<Hold>;
  release(id: string): Promise<Hold>;
  /** State of the plan's runs; undefined where nobody keeps one. */
  state(): Promise<BackupPlanView | undefined>;
  close(): Promise<void>;
}
