/** Routes of traffic; see later.ts. */
import "../shared-parts.ts";

export { breakerRoutes } from "../traffic/breaker-routes.ts";
export { trafficRoutes } from "../traffic/routes.ts";
