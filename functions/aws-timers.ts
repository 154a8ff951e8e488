import type { Millis } from "../shared/core/kernel/time.ts";
import type { Timers } from "../shared/core/ports/timers.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";
import { sqsTimers } from "../shared/edge/sqs-timers.ts";
import type { Env } from "../shared/shell/env.ts";

interface Place {
  readonly queueUrl: string | undefined;
  readonly queueArn: string | undefined;
  readonly roleArn: string | undefined;
  readonly group: string | undefined;
  readonly dead: string | undefined;
}

/**
 * Timers of a deployed function. Where alerting or delivery is deployed, wakes of groups of alerts and of rollouts go to queues of their own:
 * a storm of flushes holds up no service, and neither does a rollout. (Where they are not, nobody opens a group or begins a rollout.)
 */
export function awsTimers(env: Env, { sqs, scheduler }: AwsClients, now: () => Millis): Timers {
  const at = ({ queueUrl, queueArn, roleArn, group, dead }: Place): Timers | undefined =>
    queueUrl && queueArn && roleArn && group
      ? sqsTimers({ sqs, scheduler, queueUrl, queueArn, roleArn, group, ...(dead ? { deadLetterArn: dead } : {}), now })
      : undefined;
  const services = sqsTimers({
    sqs,
    scheduler,
    queueUrl: env.HEADGATE_QUEUE_URL,
    queueArn: env.HEADGATE_QUEUE_ARN,
    roleArn: env.HEADGATE_SCHEDULER_ROLE_ARN,
    group: env.HEADGATE_SCHEDULER_GROUP,
    ...(env.HEADGATE_TIMERS_DEAD_ARN === undefined ? {} : { deadLetterArn: env.HEADGATE_TIMERS_DEAD_ARN }),
    now,
  });
  const groups = at({
    queueUrl: env.HEADGATE_FLUSH_QUEUE_URL,
    queueArn: env.HEADGATE_FLUSH_QUEUE_ARN,
    roleArn: env.HEADGATE_FLUSH_SCHEDULER_ROLE_ARN,
    group: env.HEADGATE_FLUSH_SCHEDULER_GROUP,
    dead: env.HEADGATE_FLUSH_DEAD_ARN,
  });
  const rollouts = at({
    queueUrl: env.HEADGATE_ROLLOUT_QUEUE_URL,
    queueArn: env.HEADGATE_ROLLOUT_QUEUE_ARN,
    roleArn: env.HEADGATE_ROLLOUT_SCHEDULER_ROLE_ARN,
    group: env.HEADGATE_ROLLOUT_SCHEDULER_GROUP,
    dead: env.HEADGATE_ROLLOUT_DEAD_ARN,
  });
  const timersOf = (noun: string): Timers => {
    if (noun.startsWith("alerting")) return groups ?? services;
    return noun === "delivery" ? (rollouts ?? services) : services;
  };
  return { wake: (wake) => timersOf(wake.key.noun).wake(wake) };
}
