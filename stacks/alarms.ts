import type { createApi } from "./api.ts";
import type { createAutoscaling } from "./autoscaling.ts";
import type { Parts } from "./index.ts";

interface Watched {
  readonly timers: Parts["timers"];
  readonly autoscaling: ReturnType<typeof createAutoscaling>;
  readonly api: ReturnType<typeof createApi>;
}

/** Headgate's alarms on itself. Those of the controlled services belong to the configuration, not to the stack. */
export function createAlarms({ timers, autoscaling, api }: Watched) {
  const topic = new aws.sns.Topic("Notifications");
  const email = process.env["HEADGATE_NOTIFY_EMAIL"];
  if (email) new aws.sns.TopicSubscription("NotificationsEmail", { topic: topic.arn, protocol: "email", endpoint: email });

  /** Names must not begin with `headgate-`, or they would wake autoscaling and be tidied away by `config apply`. */
  const alarm = (name: string, slug: string, args: Omit<aws.cloudwatch.MetricAlarmArgs, "name" | "comparisonOperator" | "evaluationPeriods"> & { evaluationPeriods?: number }) =>
    new aws.cloudwatch.MetricAlarm(name, {
      name: `control-${$app.name}-${$app.stage}-${slug}`,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      period: 300,
      evaluationPeriods: 1,
      treatMissingData: "notBreaching",
      alarmActions: [topic.arn],
      okActions: [topic.arn],
      ...args,
    });

  const deadLetters = { timers: timers.dead, events: autoscaling.dead };
  for (const [slug, queue] of Object.entries(deadLetters)) {
    alarm(`DeadLetters${slug}`, `dead-letters-${slug}`, {
      alarmDescription: `Work of Headgate was given up on and waits in a dead-letter queue (${slug}); docs/deploy.md says what to do`,
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue.nodes.queue.name },
      statistic: "Maximum",
    });
  }
  const functions = { api: api.handler, alarm: autoscaling.alarm, tick: autoscaling.tick, sweep: autoscaling.sweep, timer: autoscaling.timer };
  for (const [slug, fn] of Object.entries(functions)) {
    alarm(`Errors${slug}`, `errors-${slug}`, {
      alarmDescription: `The function "${slug}" of Headgate failed`,
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: fn.name },
      statistic: "Sum",
    });
  }
  alarm("DecisionsOverdue", "decisions-overdue", {
    alarmDescription: "Decisions are due and nobody makes them, or the tick does not run",
    namespace: "Headgate",
    metricName: "DecisionsOverdue",
    statistic: "Maximum",
    period: 60,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    // The tick reports each minute, a zero as well: silence is the fault itself.
    treatMissingData: "breaching",
  });
  return { topic };
}
