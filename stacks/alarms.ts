import type { Parts } from "./parts.ts";

interface Watched {
  readonly parts: Parts;
  /** By the name that their alarm begins with. */
  readonly functions: Readonly<Record<string, sst.aws.Function>>;
}

/** Headgate's alarms on itself. Those of the controlled services belong to the configuration, not to the stack. */
export function createAlarms({ parts, functions }: Watched) {
  const topic = new aws.sns.Topic("Notifications", { name: `${$app.name}-${$app.stage}-notifications` });
  const email = process.env["HEADGATE_NOTIFY_EMAIL"];
  if (email) {
    new aws.sns.TopicSubscription("NotificationsEmail", { topic: topic.arn, protocol: "email", endpoint: email });
  }
  watch(topic, "DeadTimers", {
    ...deadLetters(parts.timers.dead),
    alarmDescription: "Timers were given up on after five tries and wait in a dead-letter queue (docs/deploy.md)",
  });
  watch(topic, "DeadEvents", {
    ...deadLetters(parts.dead),
    alarmDescription:
      "Alarm changes or runs of a schedule were given up on and wait in a dead-letter queue (docs/deploy.md)",
  });
  if (parts.scores) {
    watch(topic, "DeadScores", {
      ...deadLetters(parts.scores.dead),
      alarmDescription: "Shards could not be scored after five tries and wait in a dead-letter queue (docs/deploy.md)",
    });
  }
  if (parts.checks) {
    watch(topic, "DeadChecks", {
      ...deadLetters(parts.checks.dead),
      alarmDescription:
        "Health checks could not be made after five tries and wait in a dead-letter queue (docs/deploy.md)",
    });
  }
  if (parts.rollouts) {
    watch(topic, "DeadRollouts", {
      ...deadLetters(parts.rollouts.dead),
      alarmDescription:
        "Looks at rollouts were given up on after five tries and wait in a dead-letter queue (docs/deploy.md)",
    });
  }
  if (parts.backups) {
    watch(topic, "DeadBackups", {
      ...deadLetters(parts.backups.dead),
      alarmDescription:
        "Looks at backup runs were given up on after five tries and wait in a dead-letter queue (docs/deploy.md)",
    });
    watch(topic, "DeadBackupWork", {
      ...deadLetters(parts.backups.workDead),
      alarmDescription:
        "Pieces of backup runs could not be read after three tries and wait in a dead-letter queue (docs/deploy.md)",
    });
    watch(topic, "BackupsOverdue", {
      alarmDescription:
        "Plans have no verified restore point younger than twice their interval, or the tick of backups does not run",
      namespace: "Headgate",
      metricName: "BackupsOverdue",
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 15,
      datapointsToAlarm: 10,
      // The tick reports each minute, a zero as well: silence is the fault itself.
      treatMissingData: "breaching",
    });
  }
  if (parts.costs) {
    watch(topic, "DeadCosts", {
      ...deadLetters(parts.costs.dead),
      alarmDescription:
        "Work of cost could not be begun after three tries and waits in a dead-letter queue (docs/deploy.md)",
    });
    watch(topic, "CostsOverdue", {
      alarmDescription: "Bills or usage could not be read for two periods, or the tick of cost does not run",
      namespace: "Headgate",
      metricName: "CostsOverdue",
      statistic: "Maximum",
      period: 900,
      evaluationPeriods: 4,
      datapointsToAlarm: 3,
      // The tick reports each five minutes, a zero as well: silence is the fault itself.
      treatMissingData: "breaching",
    });
  }
  const { RolloutTick } = functions;
  if (RolloutTick) {
    watch(topic, "RolloutTickSilent", {
      alarmDescription: "The tick of rollouts does not run: a rollout whose timer was lost stands still",
      namespace: "AWS/Lambda",
      metricName: "Invocations",
      dimensions: { FunctionName: RolloutTick.name },
      statistic: "Sum",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      // Each minute, so five of them: silence is the fault itself.
      treatMissingData: "breaching",
    });
  }
  for (const [name, fn] of Object.entries(functions)) watch(topic, `${name}Errors`, errors(fn));
  watch(topic, "DecisionsOverdue", {
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

/** What an alarm says beside what all of them do. */
type AlarmArgs = Partial<aws.cloudwatch.MetricAlarmArgs>;

/** An alarm of Headgate on itself, told to a topic when it goes off and when it ends. */
export function watch(topic: aws.sns.Topic, name: string, args: AlarmArgs) {
  new aws.cloudwatch.MetricAlarm(name, {
    // Not `headgate/…`: such names wake autoscaling, and `config apply` tidies them away.
    name: `control-${$app.name}-${$app.stage}-${name}`,
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    period: 300,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
    ...args,
  });
}

/** Something lies in a dead-letter queue. */
export const deadLetters = (queue: sst.aws.Queue): AlarmArgs => ({
  namespace: "AWS/SQS",
  metricName: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: queue.nodes.queue.name },
  statistic: "Maximum",
});

/** Invocations of a function failed. */
export const errors = (fn: sst.aws.Function): AlarmArgs => ({
  alarmDescription: $interpolate`Invocations of ${fn.name} failed; its log group says why`,
  namespace: "AWS/Lambda",
  metricName: "Errors",
  dimensions: { FunctionName: fn.name },
  statistic: "Sum",
});
