/** Routes of delivery; see later.ts. */
import "../shared-parts.ts";

export { flagRoutes } from "../delivery/flag-routes.ts";
export { gateRoutes } from "../delivery/gate-routes.ts";
export { argoRoutes, flaggerRoutes, judgeRoutes, kayentaRoutes } from "../delivery/hook-routes.ts";
export { deliveryLinkRoutes } from "../delivery/link-routes.ts";
export { ofrepRoutes } from "../delivery/ofrep-routes.ts";
export { deliveryRoutes } from "../delivery/routes.ts";
