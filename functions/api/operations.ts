import { accessOperations } from "../access/operations.ts";
import { oncallOperations } from "../alerting/oncall-operations.ts";
import { alertingOperations } from "../alerting/operations.ts";
import { anomalyOperations } from "../anomaly/operations.ts";
import { autoscalingOperations } from "../autoscaling/operations.ts";
import { tuneOperations } from "../autoscaling/tune-operations.ts";
import { backupOperations } from "../backup/operations.ts";
import { recoveryOperations } from "../backup/recovery-operations.ts";
import { configOperations } from "../config/operations.ts";
import { costOperations } from "../cost/operations.ts";
import { decisionsOperations } from "../decisions/operations.ts";
import { flagOperations } from "../delivery/flag-operations.ts";
import { gateOperations } from "../delivery/gate-operations.ts";
import { deliveryOperations } from "../delivery/operations.ts";
import { healthOperations } from "../health/operations.ts";
import { hooksOperations } from "../hooks/operations.ts";
import { monitoringOperations } from "../monitoring/operations.ts";
import { servicesOperations } from "../services/operations.ts";
import { breakerOperations } from "../traffic/breaker-operations.ts";
import { trafficOperations } from "../traffic/operations.ts";
import type { Operation } from "./operation.ts";

/** Every operation there is; a test compares the list with the app's routes, both ways. */
export const operations: readonly Operation[] = [
  ...healthOperations,
  ...servicesOperations,
  ...decisionsOperations,
  ...autoscalingOperations,
  ...tuneOperations,
  ...anomalyOperations,
  ...monitoringOperations,
  ...configOperations,
  ...accessOperations,
  ...hooksOperations,
  ...alertingOperations,
  ...oncallOperations,
  ...trafficOperations,
  ...breakerOperations,
  ...gateOperations,
  ...deliveryOperations,
  ...flagOperations,
  ...backupOperations,
  ...recoveryOperations,
  ...costOperations,
];
