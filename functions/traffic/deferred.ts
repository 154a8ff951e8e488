// What requests about traffic need, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { historyOf } from "./history.ts";
export { deregister, drain, register } from "./registry.ts";
export { settingsOf } from "./service-traffic.ts";
export { trafficServicesView, trafficServiceView } from "./views.ts";
