import {
  alertSetsAccess,
  alertTargetsAccess,
  configRead,
  deadLetterAccess,
  deleteAccess,
  describeFleetAccess,
  dueAccess,
  listAccess,
  ownAlertsAccess,
  parametersAccess,
  prometheusAccess,
  queueAccess,
  samplesAccess,
  tableAccess,
} from "./access.ts";
import { alertParameters, linkParameters } from "./alerting-settings.ts";
import { backupNetwork } from "./backup-settings.ts";
import { costsAccess, reportsAccess } from "./cost-access.ts";
import { createCostSql } from "./cost-athena.ts";
import { onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { deadLetterQueue } from "./queue.ts";

/** The most that a function has: a month of a large bill, a cluster of thousands of partitions. */
const WORK_TIMEOUT_SECONDS = 900;

/** The queue of the work of cost, and SQL over the export of bills where one was named. */
export function createCosts({ bucket }: Pick<Parts, "bucket">) {
  const dead = deadLetterQueue("CostsDead");
  const queue = new sst.aws.Queue("Costs", {
    // Six times the worker's timeout, as the Lambda guide asks for. A worker that died is missed sooner: the tick asks again when its lease is over.
    visibilityTimeout: `${6 * WORK_TIMEOUT_SECONDS} seconds`,
    dlq: { queue: dead.arn, retry: 3 },
    transform: {
      queue: (args) => {
        // The tick asks for what is still due; older messages are of no use.
        args.messageRetentionSeconds = 24 * 60 * 60;
      },
    },
  });
  new aws.sqs.RedriveAllowPolicy("CostsDeadAllow", {
    queueUrl: dead.url,
    redriveAllowPolicy: $jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
  });
  return { queue, dead, sql: createCostSql({ bucket }) };
}

/** What reads bills, observes usage and makes reports: a tick that says what is due, and a worker that does it. */
export function createCost(parts: Parts, costs: ReturnType<typeof createCosts>) {
  const { dead } = parts;
  const network = backupNetwork();
  const shared = { environment: environment(parts) };

  const tick = new sst.aws.Function("CostTick", {
    handler: "functions/cost/schedule.handler",
    description: "Asks for the work of cost that is due: bills, usage, reports, budgets, guards of changes",
    timeout: "55 seconds",
    memory: "512 MB",
    concurrency: { reserved: 1 },
    permissions: [
      ...tableAccess(parts),
      ...listAccess(parts),
      ...dueAccess(parts),
      ...configRead(parts),
      { actions: ["sqs:SendMessage"], resources: [costs.queue.arn] },
      ...deadLetterAccess(dead.arn),
    ],
    ...shared,
    ...asyncFailures(dead.arn, 10 * 60),
  });
  onSchedule("CostTickEvery", tick, dead, { every: "rate(5 minutes)", kind: "costs", maxAgeSeconds: 5 * 60 });

  const worker = new sst.aws.Function("CostWorker", {
    handler: "functions/cost/queue.handler",
    description: "Reads bills, observes usage, makes and tells reports, watches over changes",
    timeout: `${WORK_TIMEOUT_SECONDS} seconds`,
    // At 1,769 MB a function has one whole core (Lambda Developer Guide, "Configure Lambda function memory").
    memory: "1769 MB",
    permissions: [
      ...tableAccess(parts),
      ...listAccess(parts),
      ...dueAccess(parts),
      ...deleteAccess(parts),
      ...configRead(parts),
      ...costsAccess(parts, costs),
      ...reportsAccess(),
      ...samplesAccess(),
      ...describeFleetAccess(),
      ...prometheusAccess(),
      ...ownAlertsAccess(parts),
      ...(parts.flushes
        ? [
            ...alertSetsAccess(parts),
            ...alertTargetsAccess(),
            ...parametersAccess([...alertParameters(), ...linkParameters()]),
          ]
        : []),
      ...queueAccess(costs.queue),
    ],
    ...shared,
    ...(network ? { vpc: network } : {}),
  });
  costs.queue.subscribe(worker.arn, {
    batch: { size: 1, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // Bills, usage and reports wait for nobody; more at once would only ask the same sources side by side.
        mapping.scalingConfig = { maximumConcurrency: 4 };
      },
    },
  });
  return {
    functions: { CostTick: tick, CostWorker: worker },
    outputs: costs.sql ? { costWorkgroup: costs.sql.workgroup.name, costDatabase: costs.sql.database.name } : {},
  };
}
