/** Routes of configuration and keys, which a deployment asks for first; see later.ts. */
import "../shared-parts.ts";

export { accessRoutes } from "../access/routes.ts";
export { configRoutes } from "../config/routes.ts";
