import type { PointDiff } from "../../shared/core/backup/compare/types.ts";
import type { DrillNote, DrillReport } from "../../shared/core/backup/drill/types.ts";
import type { Verification } from "../../shared/core/backup/format/verification.ts";
import type { Hold } from "../../shared/core/backup/keep/types.ts";
import type { RestoreJob } from "../../shared/core/backup/restore/state.ts";
import type { RestorePlan, RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import type { BackupRun, EndedRun, PointNote } from "../../shared/core/backup/run/types.ts";
import type { CostView } from "../backup/cost.ts";
import type { Healed } from "../backup/heal.ts";
import type { BackupPlanView as BackupPreview } from "../backup/plan-view.ts";
import type { PruneResult } from "../backup/prune.ts";
import type { RecoveryView } from "../backup/recovery-views.ts";
import type {
  BackupCommandView,
  BackupDrillsView,
  BackupPlanView,
  BackupPointDetailView,
  BackupPointsView,
  BackupPointView,
  BackupRestoreDetailView,
  BackupRestoreStartedView,
  BackupRunView,
  BackupTaskView,
} from "../backup/views.ts";

// What /api/v1/backup answers with, for those who know the API and nothing below it.

export type BackupPlan = BackupPlanView;
export interface BackupPlans {
  readonly plans: readonly BackupPlanView[];
}
export type BackupRunNow = BackupRunView;
export type BackupRunPhase = BackupRun["phase"];
export type BackupRunOver = EndedRun;
export type BackupPointNote = PointNote;
export type BackupPoint = BackupPointView;
export type BackupPoints = BackupPointsView;
export type BackupPointDetail = BackupPointDetailView;
export type BackupGap = BackupPointDetailView["manifest"]["gaps"][number];
export type BackupCoverage = BackupPreview;
export type BackupCost = CostView;
export type BackupPrune = PruneResult;
export type BackupHealed = Healed;
export type BackupHold = Hold;
export type BackupDiff = PointDiff;
export type BackupVerification = Verification;
export type BackupCommand = BackupCommandView;
export type BackupTask = BackupTaskView;
export type BackupDrills = BackupDrillsView;
export type BackupDrill = DrillReport;
export type BackupDrillNote = DrillNote;
export type RestoreWanted = RestoreRequest;
export type RestorePlanned = RestorePlan;
export type RestoreJobView = RestoreJob;
export type RestoreDetail = BackupRestoreDetailView;
export type RestoreStarted = BackupRestoreStartedView;
/** Of /api/v1/recovery. */
export type Recovery = RecoveryView;
export type RecoveryOf = RecoveryView["plans"][number];
