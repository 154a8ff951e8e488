// What requests about rollouts need, in one part that is loaded with the first of them: see functions/deferred.ts.
import "../shared-parts.ts";

export { actPage, askPage } from "./link-page.ts";
export { deliveryMachine } from "./machine-of.ts";
export { planView } from "./plan.ts";
export { deliveryServicesView, deliveryServiceView, rolloutsView } from "./views.ts";
export { commandView, releaseView } from "./work.ts";
