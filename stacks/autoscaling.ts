import {
  configRead,
  deadLetterAccess,
  dueAccess,
  fleetAccess,
  journalWrite,
  listAccess,
  samplesAccess,
  tableAccess,
  timersAccess,
} from "./access.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { deadLetterQueue, TIMER_TIMEOUT_SECONDS } from "./queue.ts";

/** What wakes autoscaling: a service's alarm, the tick, the sweep, and timers. */
export function createAutoscaling(parts: Parts) {
  const dead = deadLetterQueue("EventsDead");
  const decide = [
    ...tableAccess(parts),
    ...configRead(parts),
    ...fleetAccess(),
    ...samplesAccess(),
    ...timersAccess(parts),
  ];
  const shared = { memory: "512 MB", environment: environment(parts) } as const;
  const aside = deadLetterAccess(dead.arn);

  // Several alarms may act at once, and beside the tick: the claim is conditional, so only one of them wins a service.
  const alarm = new sst.aws.Function("Alarm", {
    handler: "functions/autoscaling/alarm.handler",
    description: "Decides for the service whose alarm changed state",
    timeout: "30 seconds",
    permissions: [...decide, ...aside],
    ...shared,
    ...asyncFailures(dead.arn, 15 * 60),
  });
  const rule = new aws.cloudwatch.EventRule("AlarmChanged", {
    name: `${$app.name}-${$app.stage}-alarm-changed`,
    description: "Alarms that Headgate keeps for the services it controls",
    eventPattern: JSON.stringify({
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      detail: { alarmName: [{ prefix: `headgate/${$app.stage}/` }] },
    }),
  });
  new aws.cloudwatch.EventTarget("AlarmChangedTarget", {
    rule: rule.name,
    arn: alarm.arn,
    retryPolicy: { maximumEventAgeInSeconds: 15 * 60, maximumRetryAttempts: 10 },
    deadLetterConfig: { arn: dead.arn },
  });
  new aws.lambda.Permission("AlarmChangedInvoke", {
    action: "lambda:InvokeFunction",
    function: alarm.name,
    principal: "events.amazonaws.com",
    sourceArn: rule.arn,
  });
  // Without it EventBridge could not put an undeliverable event aside.
  new aws.sqs.QueuePolicy("EventsDeadPolicy", {
    queueUrl: dead.url,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sqs:SendMessage",
          Principal: { Service: "events.amazonaws.com" },
          Resource: dead.arn,
          Condition: { ArnEquals: { "aws:SourceArn": rule.arn } },
        },
      ],
    }),
  });

  // One tick at a time: a second one would only lose every claim to the first.
  const tick = new sst.aws.Function("Tick", {
    handler: "functions/autoscaling/schedule.handler",
    description: "Looks at what is open: in alarm, cooldown ending, action pending",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    permissions: [...decide, ...dueAccess(parts), ...aside],
    ...shared,
    ...asyncFailures(dead.arn, 2 * 60),
  });
  schedule("TickEvery", tick, "rate(1 minute)", "tick", dead.arn, 60);

  const sweep = new sst.aws.Function("Sweep", {
    handler: "functions/autoscaling/schedule.handler",
    description: "Looks at every service and reads those that no alarm watches; exports finished days of the journal",
    timeout: "5 minutes",
    concurrency: { reserved: 1 },
    permissions: [...decide, ...listAccess(parts), ...journalWrite(parts), ...aside],
    ...shared,
    ...asyncFailures(dead.arn, 15 * 60),
  });
  schedule("SweepEvery", sweep, "rate(15 minutes)", "sweep", dead.arn, 15 * 60);

  const timer = new sst.aws.Function("Timer", {
    handler: "functions/autoscaling/queue.handler",
    description: "Decides for the services whose time has come",
    timeout: `${TIMER_TIMEOUT_SECONDS} seconds`,
    ...shared,
    permissions: [
      ...decide,
      {
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        resources: [parts.timers.queue.arn],
      },
    ],
  });
  parts.timers.queue.subscribe(timer.arn, {
    batch: { size: 10, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // The smallest there is: a burst of timers must not take the account's concurrency from the API.
        mapping.scalingConfig = { maximumConcurrency: 2 };
      },
    },
  });
  return { alarm, tick, sweep, timer, dead };
}

function schedule(
  name: string,
  target: sst.aws.Function,
  every: `rate(${string})`,
  kind: "tick" | "sweep",
  deadArn: $util.Input<string>,
  maxAgeSeconds: number,
) {
  new sst.aws.CronV2(name, {
    schedule: every,
    function: target,
    event: { kind },
    retries: 2,
    dlq: deadArn,
    transform: {
      schedule: (args) => {
        args.target = $resolve([args.target]).apply(([to]) => ({
          ...to,
          retryPolicy: { ...to.retryPolicy, maximumEventAgeInSeconds: maxAgeSeconds },
        }));
      },
    },
  });
}
