import {
  alarmsAccess,
  alertSetsAccess,
  baselinesAccess,
  compositeAlarmsAccess,
  configWrite,
  deleteAccess,
  dueAccess,
  fleetAccess,
  forecastsAccess,
  listAccess,
  managedFlinkAccess,
  parametersAccess,
  prometheusAccess,
  samplesAccess,
  tableAccess,
  timersAccess,
  wakesAccess,
  weightsAccess,
} from "./access.ts";
import { releasesAccess } from "./access-releases.ts";
import { hookParameters, linkParameters } from "./alerting-settings.ts";
import { lagAccess } from "./autoscaling-access.ts";
import { scalingNetwork } from "./autoscaling-settings.ts";
import { backupsAccess, runbooksAccess } from "./backup-access.ts";
import { apiNetwork, backupClusters, restoreClusters } from "./backup-settings.ts";
import { costsAccess } from "./cost-access.ts";
import { environment } from "./functions.ts";
import { joined } from "./joined.ts";
import type { Parts } from "./parts.ts";

/**
 * The HTTP API: one function behind one route; paths, keys and scopes are the app's own business.
 *
 * @param tuning where it is deployed, the function that looks at what `auto` stands for when a person asks
 */
export function createApi(parts: Parts, tuning?: sst.aws.Function) {
  const network = parts.backups || parts.costs || scalingNetwork() ? apiNetwork() : undefined;
  const handler = new sst.aws.Function("ApiHandler", {
    handler: "functions/api/lambda.handler",
    description: "HTTP API",
    // API Gateway gives up after 30 seconds.
    timeout: "29 seconds",
    memory: "512 MB",
    environment: { ...environment(parts), ...(tuning ? { HEADGATE_TUNING_FUNCTION: tuning.name } : {}) },
    ...(network ? { vpc: network } : {}),
    permissions: joined([
      ...tableAccess(parts),
      ...dueAccess(parts),
      ...listAccess(parts),
      ...deleteAccess(parts),
      ...configWrite(parts),
      ...forecastsAccess(parts),
      ...fleetAccess(),
      ...managedFlinkAccess(),
      // A person's "evaluate" reads the lag as the tick does; a role's policies have a limit of size.
      ...lagAccess(parts.backups ? [...backupClusters(), ...restoreClusters()] : []),
      ...samplesAccess(),
      ...timersAccess(parts),
      ...alarmsAccess(),
      // What people do with the parts that are switched on: apply rules, ask and evaluate them, teach the detector.
      ...(parts.monitoring ? [...compositeAlarmsAccess(), ...prometheusAccess()] : []),
      ...(parts.scores ? baselinesAccess(parts) : []),
      // Shares of versions are shifted at once, on the load balancers that were named.
      ...(parts.checks || parts.rollouts ? weightsAccess() : []),
      // A release begins, goes on and goes back at a person's word, at once.
      ...(parts.rollouts ? [...releasesAccess(), ...wakesAccess(parts.rollouts)] : []),
      // Points are listed, held and pruned, runs and restores begin at a person's word.
      ...(parts.backups ? [...backupsAccess(parts.backups), ...runbooksAccess()] : []),
      // Bills are read and imported, changes applied and taken back at a person's word.
      ...(parts.costs ? costsAccess(parts, parts.costs, parts) : []),
      // A look at the policy `auto` of a service takes longer than a request may.
      ...(tuning ? [{ actions: ["lambda:InvokeFunction"], resources: [tuning.arn] }] : []),
      // What is posted there goes into groups, whose timers it sets.
      ...(parts.flushes
        ? [
            ...wakesAccess(parts.flushes),
            ...alertSetsAccess(parts),
            ...parametersAccess([...hookParameters(), ...linkParameters()]),
          ]
        : []),
    ]),
  });
  const gateway = new sst.aws.ApiGatewayV2("Api", {
    cors: false,
    accessLog: { retention: "1 month" },
    transform: {
      stage: (stage) => {
        stage.defaultRouteSettings = { throttlingRateLimit: 50, throttlingBurstLimit: 100 };
      },
    },
  });
  gateway.route("$default", handler.arn);
  return { handler, gateway };
}
