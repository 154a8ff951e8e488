// Loaded when a service is a job on a Flink cluster, see evaluate.ts.
import "../shared-parts.ts";

export { runJob, wakeOf } from "./flink.ts";
export { listOnce } from "./flink-look.ts";
