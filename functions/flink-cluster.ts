// Loaded together when a Flink cluster is first asked, see lazy-jobs.ts.
import "./shared-parts.ts";

export { flinkJobs } from "../shared/edge/flink-rest.ts";
export { httpClient } from "../shared/edge/http-client.ts";
