/** Routes of cost; see later.ts. */
import "../shared-parts.ts";

export { costRoutes } from "../cost/routes.ts";
