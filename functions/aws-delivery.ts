// Reached through import() only: versions are run and counted by few functions, and no other pays for it.
import "./shared-parts.ts";

export { cloudwatchCounts } from "../shared/edge/cloudwatch-counts.ts";
export { cloudwatchLogs } from "../shared/edge/cloudwatch-logs.ts";
export { ecsReleases } from "../shared/edge/ecs-releases.ts";
export { httpClient } from "../shared/edge/http-client.ts";
export { prometheusCounts } from "../shared/edge/prometheus-counts.ts";
export { sigv4Http } from "../shared/edge/sigv4-http.ts";
