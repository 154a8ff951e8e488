import {
  alertSetsAccess,
  configRead,
  deadLetterAccess,
  deleteAccess,
  dueAccess,
  listAccess,
  ownAlertsAccess,
  parametersAccess,
  queueAccess,
  tableAccess,
} from "./access.ts";
import { linkParameters } from "./alerting-settings.ts";
import { backupsAccess, runbooksAccess, surroundingsRead } from "./backup-access.ts";
import { createBackupBuckets } from "./backup-buckets.ts";
import { backupNetwork, backupWorkers } from "./backup-settings.ts";
import { onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { createWakes, deadLetterQueue } from "./queue.ts";

/** Seconds that one step of a run may take: a cut of many partitions, a manifest of many chunks, a savepoint that is looked at. */
const STEP_TIMEOUT_SECONDS = 300;
/** The most that a function has; a unit that needs more goes on where its receipts end. */
const WORK_TIMEOUT_SECONDS = 900;

/** Timers of runs, the queue of their work, and the buckets of restore points. */
export function createBackups() {
  const wakes = createWakes("Backups", STEP_TIMEOUT_SECONDS);
  const dead = deadLetterQueue("BackupWorkDead");
  const work = new sst.aws.Queue("BackupWork", {
    // Six times the worker's timeout, as the Lambda guide asks for. A worker that died is missed sooner: the run sends its unit again.
    visibilityTimeout: `${6 * WORK_TIMEOUT_SECONDS} seconds`,
    dlq: { queue: dead.arn, retry: 3 },
    transform: {
      queue: (args) => {
        // Longer than a run may last, work that is still waiting belongs to nobody.
        args.messageRetentionSeconds = 24 * 60 * 60;
      },
    },
  });
  new aws.sqs.RedriveAllowPolicy("BackupWorkDeadAllow", {
    queueUrl: dead.url,
    redriveAllowPolicy: $jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [work.arn] }),
  });
  return { ...wakes, work, workDead: dead, buckets: createBackupBuckets() };
}

/** What makes, verifies and drills restore points: looks at runs whose time has come, a tick for what no timer woke, and workers that read. */
export function createBackup(parts: Parts, backups: ReturnType<typeof createBackups>) {
  const { dead } = parts;
  const network = backupNetwork();
  const shared = { environment: environment(parts), ...(network ? { vpc: network } : {}) };
  const run = [
    ...tableAccess(parts),
    ...listAccess(parts),
    ...deleteAccess(parts),
    ...configRead(parts),
    ...backupsAccess(backups),
    ...surroundingsRead(),
    ...ownAlertsAccess(parts),
    ...(parts.flushes ? [...alertSetsAccess(parts), ...parametersAccess(linkParameters())] : []),
  ];

  const step = new sst.aws.Function("Backup", {
    handler: "functions/backup/queue.handler",
    description: "Looks at the backup runs whose time has come: cut, work, sealing, verification, drills",
    timeout: `${STEP_TIMEOUT_SECONDS} seconds`,
    memory: "1024 MB",
    permissions: [...run, ...runbooksAccess(), ...queueAccess(backups.queue)],
    ...shared,
  });
  backups.queue.subscribe(step.arn, {
    batch: { size: 1, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // A plan has one run at a time; more looks at once would only wait for each other's claims.
        mapping.scalingConfig = { maximumConcurrency: 3 };
      },
    },
  });

  const tick = new sst.aws.Function("BackupTick", {
    handler: "functions/backup/schedule.handler",
    description: "Begins the backup runs that are due, and looks at those that no timer woke",
    timeout: `${STEP_TIMEOUT_SECONDS} seconds`,
    memory: "1024 MB",
    concurrency: { reserved: 1 },
    permissions: [...run, ...runbooksAccess(), ...dueAccess(parts), ...deadLetterAccess(dead.arn)],
    ...shared,
    ...asyncFailures(dead.arn, 5 * 60),
  });
  onSchedule("BackupTickEvery", tick, dead, { every: "rate(1 minute)", kind: "backups", maxAgeSeconds: 60 });

  const worker = new sst.aws.Function("BackupWorker", {
    handler: "functions/backup/work-queue.handler",
    description: "Reads the partitions that a message names, packs and writes them; verifies points",
    timeout: `${WORK_TIMEOUT_SECONDS} seconds`,
    // At 1,769 MB a function has one whole core (Lambda Developer Guide, "Configure Lambda function memory").
    memory: "1769 MB",
    permissions: [...run, ...queueAccess(backups.work)],
    ...shared,
  });
  backups.work.subscribe(worker.arn, {
    batch: { size: 1, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        mapping.scalingConfig = { maximumConcurrency: backupWorkers() };
      },
    },
  });

  const [primary, secondary] = backups.buckets;
  return {
    functions: { Backup: step, BackupTick: tick, BackupWorker: worker },
    outputs: {
      ...(primary ? { backupPrimary: primary.name } : {}),
      ...(secondary ? { backupSecondary: secondary.name } : {}),
    },
  };
}
