// What comparing, tuning and the policy lab need, in one part: see functions/deferred.ts.
import "../shared-parts.ts";

export { runCompareGently, runLab, runTuneGently } from "./lab.ts";
export { recordedLoad } from "./recorded.ts";
export { regretView } from "./regret.ts";
export { runTuning } from "./tuning.ts";
export { tuningCommandView, tuningLaterView, tuningView } from "./tuning-view.ts";
