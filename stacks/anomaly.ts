import {
  baselinesAccess,
  baselinesTidy,
  configRead,
  deadLetterAccess,
  deleteAccess,
  describeFleetAccess,
  dueAccess,
  listAccess,
  ownAlertsAccess,
  prometheusAccess,
  queueAccess,
  samplesAccess,
  tableAccess,
} from "./access.ts";
import { onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { deadLetterQueue } from "./queue.ts";

/** Seconds a worker may take for a batch of shards of 256 series each. */
const SCORER_TIMEOUT_SECONDS = 120;

/** The queue of the scoring workers: one message is one shard of series up to an instant. */
export function createScores() {
  const dead = deadLetterQueue("ScoresDead");
  const queue = new sst.aws.Queue("Scores", {
    // Six times the worker's timeout, as the Lambda guide asks for: a slow batch is not handed out twice.
    visibilityTimeout: `${6 * SCORER_TIMEOUT_SECONDS} seconds`,
    dlq: { queue: dead.arn, retry: 5 },
    transform: {
      queue: (args) => {
        // The next message reads the same points, so an old one is of no use; five tries take an hour.
        args.messageRetentionSeconds = 2 * 60 * 60;
      },
    },
  });
  new aws.sqs.RedriveAllowPolicy("ScoresDeadAllow", {
    queueUrl: dead.url,
    redriveAllowPolicy: $jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
  });
  return { queue, dead };
}

/** What scores: a schedule that says which shards are due, and the workers of the queue it says so to. */
export function createAnomaly(parts: Parts, { queue }: ReturnType<typeof createScores>) {
  const shared = { memory: "512 MB", environment: environment(parts) } as const;
  const score = new sst.aws.Function("Score", {
    handler: "functions/anomaly/schedule.handler",
    description: "Asks for the shards of series that are due; removes once a day what earlier configurations left",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    permissions: [
      ...tableAccess(parts),
      ...listAccess(parts),
      ...deleteAccess(parts),
      ...configRead(parts),
      ...baselinesTidy(parts),
      { actions: ["sqs:SendMessage"], resources: [queue.arn] },
      ...deadLetterAccess(parts.dead.arn),
    ],
    ...shared,
    ...asyncFailures(parts.dead.arn, 2 * 60),
  });
  onSchedule("ScoreEvery", score, parts.dead, { every: "rate(1 minute)", kind: "score", maxAgeSeconds: 60 });
  onSchedule("TidyEvery", score, parts.dead, { every: "rate(1 day)", kind: "tidy", maxAgeSeconds: 60 * 60 });

  const scorer = new sst.aws.Function("Scorer", {
    handler: "functions/anomaly/queue.handler",
    description: "Scores the series of a shard and keeps their baselines",
    timeout: `${SCORER_TIMEOUT_SECONDS} seconds`,
    permissions: [
      ...tableAccess(parts),
      ...listAccess(parts),
      // What is open is looked for where it is due, to be told of again.
      ...dueAccess(parts),
      ...configRead(parts),
      ...baselinesAccess(parts),
      ...samplesAccess(),
      ...describeFleetAccess(),
      ...prometheusAccess(),
      ...ownAlertsAccess(parts),
      ...queueAccess(queue),
    ],
    ...shared,
  });
  queue.subscribe(scorer.arn, {
    // A shard takes about a second; the worker does two at a time.
    batch: { size: 4, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // 10,000 series are 40 shards a minute: five workers have a minute for eight each.
        mapping.scalingConfig = { maximumConcurrency: 5 };
      },
    },
  });
  return { functions: { Score: score, Scorer: scorer } };
}
