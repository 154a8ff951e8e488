// What requests about traffic need, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { trafficCheck } from "../health/traffic-checks.ts";
export { changeByHand } from "./by-hand.ts";
export { historyOf } from "./history.ts";
export { trafficMachine } from "./machine-of.ts";
export { pickView } from "./pick.ts";
export { register } from "./registry.ts";
export { replayView } from "./replay.ts";
export { settingsOf } from "./service-traffic.ts";
export { setVersions } from "./versions-view.ts";
export { trafficServicesView, trafficServiceView } from "./views.ts";
