import {
  configRead,
  deadLetterAccess,
  deleteAccess,
  discoverAccess,
  dueAccess,
  listAccess,
  listTasksAccess,
  queueAccess,
  tableAccess,
  weightsAccess,
} from "./access.ts";
import { onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { deadLetterQueue } from "./queue.ts";
import { checksNetwork } from "./traffic-settings.ts";

/** Seconds a worker may take for its checks: each waits for an answer for five seconds at the most unless a service says otherwise. */
const CHECKS_TIMEOUT_SECONDS = 60;

/** The queue of the health checks: second looks within a minute, and parts of services with many backends. */
export function createChecks() {
  const dead = deadLetterQueue("ChecksDead");
  const queue = new sst.aws.Queue("Checks", {
    // Six times the worker's timeout, as the Lambda guide asks for: a slow batch is not handed out twice.
    visibilityTimeout: `${6 * CHECKS_TIMEOUT_SECONDS} seconds`,
    dlq: { queue: dead.arn, retry: 5 },
    transform: {
      queue: (args) => {
        // The next minute's looks at the same backends, so an old one is of no use; five tries take half an hour.
        args.messageRetentionSeconds = 60 * 60;
      },
    },
  });
  new aws.sqs.RedriveAllowPolicy("ChecksDeadAllow", {
    queueUrl: dead.url,
    redriveAllowPolicy: $jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
  });
  return { queue, dead };
}

/**
 * What looks after backends: one scheduled checker that writes for all callers, workers for what it cannot look at in a minute, and what
 * reads lists of backends and sets weights. Never in the way of a request.
 */
export function createTraffic(parts: Parts, { queue }: ReturnType<typeof createChecks>) {
  const { dead } = parts;
  const shared = { memory: "512 MB", environment: environment(parts) } as const;
  const network = checksNetwork();
  const near = network ? { vpc: network } : {};
  const registry = [...tableAccess(parts), ...listAccess(parts), ...deleteAccess(parts), ...configRead(parts)];
  const send = { actions: ["sqs:SendMessage"], resources: [queue.arn] };

  const check = new sst.aws.Function("TrafficCheck", {
    handler: "functions/traffic/schedule.handler",
    description: "Checks the health of backends, for all callers, and takes out those whose lease has ended",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    // What is due: verdicts that a checker did not live to write.
    permissions: [...registry, ...dueAccess(parts), send, ...deadLetterAccess(dead.arn)],
    ...shared,
    ...near,
    ...asyncFailures(dead.arn, 2 * 60),
  });
  onSchedule("TrafficCheckEvery", check, dead, { every: "rate(1 minute)", kind: "check", maxAgeSeconds: 60 });

  const checker = new sst.aws.Function("TrafficChecker", {
    handler: "functions/traffic/check-queue.handler",
    description: "Checks the health of the backends that a message names",
    timeout: `${CHECKS_TIMEOUT_SECONDS} seconds`,
    permissions: [...registry, send, ...queueAccess(queue)],
    ...shared,
    ...near,
  });
  queue.subscribe(checker.arn, {
    batch: { size: 2, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // 10,000 backends are 20 messages a look: five workers have them done within one.
        mapping.scalingConfig = { maximumConcurrency: 5 };
      },
    },
  });

  const sync = new sst.aws.Function("TrafficSync", {
    handler: "functions/traffic/sync.handler",
    description: "Reads the backends that AWS Cloud Map and ECS list, and sets weights of versions on load balancers",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    permissions: [
      ...registry,
      ...listTasksAccess(),
      ...discoverAccess(),
      ...weightsAccess(),
      ...deadLetterAccess(dead.arn),
    ],
    ...shared,
    ...asyncFailures(dead.arn, 2 * 60),
  });
  onSchedule("TrafficSyncEvery", sync, dead, { every: "rate(1 minute)", kind: "sync", maxAgeSeconds: 60 });
  return { functions: { TrafficCheck: check, TrafficChecker: checker, TrafficSync: sync } };
}
