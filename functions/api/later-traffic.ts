/** Routes of traffic; see later.ts. */
import "../shared-parts.ts";

export { trafficRoutes } from "../traffic/routes.ts";
