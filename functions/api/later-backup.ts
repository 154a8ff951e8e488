/** Routes of backup and recovery; see later.ts. */
import "../shared-parts.ts";

export { recoveryRoutes } from "../backup/recovery-routes.ts";
export { backupRoutes } from "../backup/routes.ts";
