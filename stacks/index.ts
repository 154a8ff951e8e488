import { createAlarms } from "./alarms.ts";
import { createAlerting, createFlushes } from "./alerting.ts";
import { createAnomaly, createScores } from "./anomaly.ts";
import { createApi } from "./api.ts";
import { createAutoscaling } from "./autoscaling.ts";
import { createBackup, createBackups } from "./backup.ts";
import { createBucket } from "./bucket.ts";
import { createCost, createCosts } from "./cost.ts";
import { createDelivery, createRollouts } from "./delivery.ts";
import { letRulesPutAside } from "./events.ts";
import { environment, setFunctionDefaults } from "./functions.ts";
import { createMonitoring } from "./monitoring.ts";
import type { Parts } from "./parts.ts";
import { createQueue, deadLetterQueue } from "./queue.ts";
import { isOn } from "./switches.ts";
import { createTable } from "./table.ts";
import { createChecks, createTraffic } from "./traffic.ts";

/** The whole installation, in the order in which things need each other. */
export function headgate() {
  setFunctionDefaults();
  const scores = isOn("HEADGATE_SCORING") ? createScores() : undefined;
  const bucket = createBucket();
  const parts: Parts = {
    table: createTable(),
    bucket,
    timers: createQueue(),
    dead: deadLetterQueue("EventsDead"),
    monitoring: isOn("HEADGATE_MONITORING"),
    tuning: isOn("HEADGATE_TUNING"),
    ...(scores ? { scores } : {}),
    ...(isOn("HEADGATE_ALERTING") ? { flushes: createFlushes() } : {}),
    ...(isOn("HEADGATE_TRAFFIC") ? { checks: createChecks() } : {}),
    ...(isOn("HEADGATE_DELIVERY") ? { rollouts: createRollouts() } : {}),
    ...(isOn("HEADGATE_BACKUP") ? { backups: createBackups() } : {}),
    ...(isOn("HEADGATE_COST") ? { costs: createCosts({ bucket }) } : {}),
  };
  const autoscaling = createAutoscaling(parts);
  const monitoring = parts.monitoring ? createMonitoring(parts) : undefined;
  const anomaly = scores ? createAnomaly(parts, scores) : undefined;
  const alerting = parts.flushes ? createAlerting(parts, parts.flushes) : undefined;
  const traffic = parts.checks ? createTraffic(parts, parts.checks) : undefined;
  const delivery = parts.rollouts ? createDelivery(parts, parts.rollouts) : undefined;
  const backup = parts.backups ? createBackup(parts, parts.backups) : undefined;
  const cost = parts.costs ? createCost(parts, parts.costs) : undefined;
  letRulesPutAside("EventsDeadPolicy", parts.dead, [
    autoscaling.rule,
    ...(monitoring ? [monitoring.rule] : []),
    ...(alerting ? alerting.rules : []),
  ]);
  const api = createApi(parts, autoscaling.tuning);
  const functions = {
    Api: api.handler,
    ...autoscaling.functions,
    ...monitoring?.functions,
    ...anomaly?.functions,
    ...traffic?.functions,
    ...delivery?.functions,
    ...backup?.functions,
    ...cost?.functions,
  };
  const alarms = createAlarms({ parts, functions });
  return {
    api: api.gateway.url,
    notifications: alarms.topic.arn,
    ...(alerting ? { alertingWatch: alerting.watch.arn } : {}),
    // What the deployments of ECS services and AppSpecs name.
    ...delivery?.outputs,
    // What destinations of a plan name.
    ...backup?.outputs,
    // What `cost.athena` names.
    ...cost?.outputs,
    // What `headgate keys create --table` needs for the first key.
    ...environment(parts),
  };
}
