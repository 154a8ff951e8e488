// What requests about flags need, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { flagMachine } from "../../shared/core/delivery/flags/machine.ts";
export { changeFlag } from "./flags-change.ts";
export { exposuresView, takeExposures } from "./flags-exposures.ts";
export { evaluationView, flagsView, flagView, snapshotView } from "./flags-views.ts";
export { bulkAnswer, configurationAnswer, singleAnswer } from "./ofrep.ts";
