import type { Millis } from "../shared/core/kernel/time.ts";
import type { Timers } from "../shared/core/ports/timers.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";
import { sqsTimers } from "../shared/edge/sqs-timers.ts";
import type { Env } from "../shared/shell/env.ts";

/**
 * Timers of a deployed function. Where alerting is deployed, wakes of groups of alerts go to a queue of their own, so that a storm of
 * flushes holds up no service. (Where it is not, nobody opens a group.)
 */
export function awsTimers(env: Env, { sqs, scheduler }: AwsClients, now: () => Millis): Timers {
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
  const groups = flushTimers(env, { sqs, scheduler }, now);
  return groups ? { wake: (wake) => (wake.key.noun.startsWith("alerting") ? groups : services).wake(wake) } : services;
}

function flushTimers(env: Env, clients: Pick<AwsClients, "sqs" | "scheduler">, now: () => Millis): Timers | undefined {
  const { HEADGATE_FLUSH_QUEUE_URL: queueUrl, HEADGATE_FLUSH_QUEUE_ARN: queueArn } = env;
  const { HEADGATE_FLUSH_SCHEDULER_ROLE_ARN: roleArn, HEADGATE_FLUSH_SCHEDULER_GROUP: group } = env;
  if (!queueUrl || !queueArn || !roleArn || !group) return undefined;
  const dead = env.HEADGATE_FLUSH_DEAD_ARN;
  return sqsTimers({
    ...clients,
    queueUrl,
    queueArn,
    roleArn,
    group,
    ...(dead === undefined ? {} : { deadLetterArn: dead }),
    now,
  });
}
