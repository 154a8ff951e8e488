/** Routes that are not needed for a start: what people look at each minute (services, decisions, health) is not here. See lazy-routes.ts. */
import "../shared-parts.ts";

export { anomalyRoutes } from "../anomaly/routes.ts";
export { autoscalingRoutes } from "../autoscaling/routes.ts";
export { eventRoutes } from "../decisions/events.ts";
export { hookRoutes } from "../hooks/routes.ts";
export { monitoringRoutes } from "../monitoring/routes.ts";
