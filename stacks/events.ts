import type { Parts } from "./parts.ts";

/** A rule of EventBridge on alarms that change state, with the function it calls. Told ten times within a quarter of an hour. */
export function onAlarms(name: string, rule: aws.cloudwatch.EventRule, fn: sst.aws.Function, dead: sst.aws.Queue) {
  new aws.cloudwatch.EventTarget(`${name}Target`, {
    rule: rule.name,
    arn: fn.arn,
    retryPolicy: { maximumEventAgeInSeconds: 15 * 60, maximumRetryAttempts: 10 },
    deadLetterConfig: { arn: dead.arn },
  });
  new aws.lambda.Permission(`${name}Invoke`, {
    action: "lambda:InvokeFunction",
    function: fn.name,
    principal: "events.amazonaws.com",
    sourceArn: rule.arn,
  });
}

/** Without it EventBridge could not put an undeliverable event aside. A queue has one policy, so it names all rules. */
export function letRulesPutAside(name: string, dead: sst.aws.Queue, rules: readonly aws.cloudwatch.EventRule[]) {
  new aws.sqs.QueuePolicy(name, {
    queueUrl: dead.url,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sqs:SendMessage",
          Principal: { Service: "events.amazonaws.com" },
          Resource: dead.arn,
          Condition: { ArnEquals: { "aws:SourceArn": rules.map((rule) => rule.arn) } },
        },
      ],
    }),
  });
}

interface Schedule {
  readonly every: `rate(${string})`;
  /** What the function is told. */
  readonly kind: string;
  /** A run that is older than this is left to the next one. */
  readonly maxAgeSeconds: number;
}

/** Calls a function at a rate; tried twice more, then put aside. */
export function onSchedule(name: string, target: sst.aws.Function, dead: Parts["dead"], schedule: Schedule) {
  new sst.aws.CronV2(name, {
    schedule: schedule.every,
    function: target,
    event: { kind: schedule.kind },
    retries: 2,
    dlq: dead.arn,
    transform: {
      schedule: (args) => {
        args.target = $resolve([args.target]).apply(([to]) => ({
          ...to,
          retryPolicy: { ...to.retryPolicy, maximumEventAgeInSeconds: schedule.maxAgeSeconds },
        }));
      },
    },
  });
}
