// What `import … from "headgate/metrics"` gives. The types beside it are in types.ts.
export { createServiceMetrics } from "./client.ts";
export { formatTraceparent, parseTrace } from "./tracing.ts";
