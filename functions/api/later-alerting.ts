/** Routes of alerting, those of Alertmanager among them; see later.ts. */
import "../shared-parts.ts";

export { aliveRoutes, gone } from "../alerting/am-plain.ts";
export { amRoutes } from "../alerting/am-routes.ts";
export { linkRoutes } from "../alerting/link-routes.ts";
export { oncallLinkRoutes, oncallRoutes } from "../alerting/oncall-routes.ts";
export { alertingRoutes } from "../alerting/routes.ts";
