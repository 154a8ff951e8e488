// What other nouns and requests need of backups, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export {
  costOfPlan,
  diffPointsOf,
  holdOf,
  holdsOf,
  pointNamed,
  previewOf,
  pruneOf,
  releaseOf,
  restorePlanOf,
} from "./asks.ts";
export {
  beginVerify,
  drillsView,
  drillView,
  oneRestoreView,
  restoreCommandView,
  restoresView,
  restoreView,
  verificationsOf,
} from "./asks-restore.ts";
export { openPlan } from "./context.ts";
export { backupMachine } from "./machine-of.ts";
export { onePlanView, plansView, pointDetailOf, pointsViewOf } from "./plans-view.ts";
export { healView, startView, stopView } from "./work.ts";
