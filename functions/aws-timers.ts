import { type Millis, SECOND_MS } from "../shared/core/kernel/time.ts";
import type { Timers, Wake } from "../shared/core/ports/timers.ts";
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

/** SQS delays a message by so much at the most. */
const MOST_DELAY_S = 900;

/**
 * Timers of a deployed function. Where alerting, delivery or backup is deployed, wakes of groups of alerts, of rollouts and of backup runs go to queues of
 * their own: a storm of flushes holds up no service, and neither does a rollout or a run. (Where they are not, nobody opens a group or begins a rollout.)
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
  const runs = at({
    queueUrl: env.HEADGATE_BACKUP_QUEUE_URL,
    queueArn: env.HEADGATE_BACKUP_QUEUE_ARN,
    roleArn: env.HEADGATE_BACKUP_SCHEDULER_ROLE_ARN,
    group: env.HEADGATE_BACKUP_SCHEDULER_GROUP,
    dead: env.HEADGATE_BACKUP_DEAD_ARN,
  });
  const wakeCost = async ({ key, at }: Wake): Promise<void> => {
    const delay = Math.max(0, Math.ceil((at - now()) / SECOND_MS));
    // What is due later the tick finds by itself, each five minutes.
    if (env.HEADGATE_COSTS_URL === undefined || delay > MOST_DELAY_S) return;
    const { sendAll } = await import("../shared/edge/sqs-scores.ts");
    const message = { tenant: key.tenant, task: "look", subject: key.subject };
    await sendAll(sqs, env.HEADGATE_COSTS_URL, [JSON.stringify(message)], delay);
  };
  const timersOf = (noun: string): Timers => {
    if (noun.startsWith("alerting")) return groups ?? services;
    if (noun === "backup") return runs ?? services;
    if (noun === "cost") return { wake: wakeCost };
    return noun === "delivery" ? (rollouts ?? services) : services;
  };
  return { wake: (wake) => timersOf(wake.key.noun).wake(wake) };
}
