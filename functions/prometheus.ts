// Loaded together when a Prometheus API is first asked, see lazy-queries.ts.
import "./shared-parts.ts";

export { httpClient } from "../shared/edge/http-client.ts";
export { prometheusQueries } from "../shared/edge/prometheus-queries.ts";
