import { accountId, partition, region } from "./account.ts";

/** Seconds the subscriber may work on a batch. */
export const TIMER_TIMEOUT_SECONDS = 60;
const TWO_WEEKS_SECONDS = 14 * 24 * 60 * 60;

/** The timers of services. */
export const createQueue = () => createWakes("Timers", TIMER_TIMEOUT_SECONDS);

/**
 * Timers: a wake within 15 minutes is a delayed message, a later one is a one-time schedule that sends the message. The
 * queue hands a message over five times before it is put aside for two weeks.
 */
export function createWakes(name: string, subscriberTimeoutSeconds: number) {
  const dead = deadLetterQueue(`${name}Dead`);
  const queue = new sst.aws.Queue(name, {
    // Six times the subscriber's timeout, as the Lambda guide asks for: a slow batch is not handed out twice.
    visibilityTimeout: `${6 * subscriberTimeoutSeconds} seconds`,
    dlq: { queue: dead.arn, retry: 5 },
  });
  new aws.sqs.RedriveAllowPolicy(`${name}DeadAllow`, {
    queueUrl: dead.url,
    redriveAllowPolicy: $jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
  });
  const group = new aws.scheduler.ScheduleGroup(`${name}Group`, {
    name: `${$app.name}-${$app.stage}-${name.toLowerCase()}`,
  });
  const role = new aws.iam.Role(`${name}Role`, {
    description:
      "One-time schedules of Headgate send their wake to their queue or, undeliverable, to its dead letters; nothing else",
    assumeRolePolicy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: "scheduler.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": accountId(), "aws:SourceArn": group.arn } },
        },
      ],
    }),
    inlinePolicies: [
      {
        name: "send",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queue.arn, dead.arn] }],
        }),
      },
    ],
  });
  /** Every schedule of our group. */
  const schedules = $interpolate`arn:${partition()}:scheduler:${region()}:${accountId()}:schedule/${group.name}/*`;
  return { queue, dead, group, role, schedules };
}

/** A queue for what could not be delivered or handled, kept for two weeks. */
export function deadLetterQueue(name: string) {
  return new sst.aws.Queue(name, {
    transform: {
      queue: (queue) => {
        queue.messageRetentionSeconds = TWO_WEEKS_SECONDS;
      },
    },
  });
}
