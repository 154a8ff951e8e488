// Loaded when a service on Managed Flink is first looked at, see runtime.ts.
export { managedFlinkFleet } from "../shared/edge/managed-flink.ts";
