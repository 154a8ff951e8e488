// Loaded when a Prometheus API that takes signed requests is first asked, see lazy-queries.ts.
import "./shared-parts.ts";

export { sigv4Http } from "../shared/edge/sigv4-http.ts";
