import { matches } from "./event-pattern.ts";
import { ALARM, byArn, FUNCTION, granted, ofType, QUEUE, ROLE, roleOf, type Statement, statements } from "./read.ts";
import type { Rules } from "./rules.ts";
import type { Resource, Synth } from "./synth.ts";

const FOURTEEN_DAYS_S = 14 * 24 * 3600;

const mayDo = (list: readonly Statement[], action: string, resource: unknown) =>
  list.some((one) => one.Effect === "Allow" && one.Action.includes(action) && one.Resource.includes(String(resource)));

/** Functions that something invokes without waiting for the answer. */
function awaitedByNobody(synth: Synth): Resource[] {
  const targets = [
    ...ofType(synth, "aws:cloudwatch/eventTarget:EventTarget").map(({ inputs }) => inputs["arn"]),
    ...ofType(synth, "aws:scheduler/schedule:Schedule").map(({ inputs }) => inputs["target"]?.arn),
  ];
  return ofType(synth, FUNCTION).filter((fn) => targets.some((arn) => byArn(synth, FUNCTION, arn) === fn));
}

/** Queues that hold what was given up on. */
function deadLetterQueues(synth: Synth): Resource[] {
  const arns = [
    ...ofType(synth, "aws:cloudwatch/eventTarget:EventTarget").map(({ inputs }) => inputs["deadLetterConfig"]?.arn),
    ...ofType(synth, "aws:scheduler/schedule:Schedule").map(({ inputs }) => inputs["target"]?.deadLetterConfig?.arn),
    ...ofType(synth, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").map(
      ({ inputs }) => inputs["destinationConfig"]?.onFailure?.destination,
    ),
    ...ofType(synth, QUEUE).map(({ inputs }) =>
      inputs["redrivePolicy"] ? JSON.parse(inputs["redrivePolicy"]).deadLetterTargetArn : undefined,
    ),
  ];
  return ofType(synth, QUEUE).filter((queue) => arns.some((arn) => arn && byArn(synth, QUEUE, arn) === queue));
}

const RULE = "aws:cloudwatch/eventRule:EventRule";

/** Alarms of each kind in a stage, and how many functions may be told of them. */
const KINDS = [
  ["a service", "default/rule-x-cpu-out", 1],
  ["a service with a slash in its tenant", "a%2Frule/orders-cpu-out", 1],
  ["a rule", "default/rule/KafkaDown-0123456789abcdef", 1],
  ["a part of a composite alarm", "default/part/KafkaDown-0123456789abcdef-1", 0],
] as const;

/** The event of an alarm as EventBridge delivers it. */
export function alarmEvent(name: string) {
  return {
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    resources: [`arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${name}`],
    detail: { alarmName: name },
  };
}

/** Functions that EventBridge calls for an event. */
export const calledFor = (synth: Synth, event: ReturnType<typeof alarmEvent>): string[] =>
  ofType(synth, RULE)
    .filter(({ inputs }) => matches(JSON.parse(inputs["eventPattern"]), event))
    .flatMap((rule) =>
      ofType(synth, "aws:cloudwatch/eventTarget:EventTarget")
        .filter(({ inputs }) => byArn(synth, RULE, inputs["rule"]) === rule)
        .map(({ inputs }) => byArn(synth, FUNCTION, inputs["arn"])?.name ?? String(inputs["arn"])),
    );

/** Nothing that is handed over without waiting may get lost, and somebody is told. */
export const EDGE_RULES: Rules = {
  "rule-dlq": (synth) =>
    ofType(synth, "aws:cloudwatch/eventTarget:EventTarget").flatMap(({ name, inputs }) => {
      const dead = inputs["deadLetterConfig"]?.arn;
      const policy = ofType(synth, "aws:sqs/queuePolicy:QueuePolicy").some(({ inputs: given }) =>
        statements(given["policy"]).some(
          (one) =>
            one.Principal?.["Service"] === "events.amazonaws.com" && one.Resource.includes(dead) && one.Condition,
        ),
      );
      return [
        ...(dead ? [] : [[name, "no dead-letter queue"] as const]),
        ...(inputs["retryPolicy"]?.maximumRetryAttempts > 0 ? [] : [[name, "no retries"] as const]),
        ...(dead && !policy ? [[name, "EventBridge may not send to the dead-letter queue"] as const] : []),
      ];
    }),

  "schedule-dlq": (synth) =>
    ofType(synth, "aws:scheduler/schedule:Schedule").flatMap(({ name, inputs }) => {
      const { deadLetterConfig, retryPolicy, roleArn } = inputs["target"];
      const role = byArn(synth, ROLE, roleArn);
      const allowed = role && mayDo(granted(role), "sqs:SendMessage", deadLetterConfig?.arn);
      return [
        ...(deadLetterConfig?.arn ? [] : [[name, "no dead-letter queue"] as const]),
        ...(retryPolicy?.maximumRetryAttempts > 0 ? [] : [[name, "no retries"] as const]),
        ...(deadLetterConfig?.arn && !allowed
          ? [[name, "the schedule may not send to its dead-letter queue"] as const]
          : []),
      ];
    }),

  "async-dlq": (synth) =>
    awaitedByNobody(synth).flatMap((fn) => {
      const config = ofType(synth, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").find(
        ({ inputs }) => inputs["functionName"] === fn.inputs["name"],
      );
      const destination = config?.inputs["destinationConfig"]?.onFailure?.destination;
      const allowed = mayDo(granted(roleOf(synth, fn)), "sqs:SendMessage", destination);
      return [
        ...(destination ? [] : [[fn.name, "a failing event is dropped"] as const]),
        ...(config && config.inputs["maximumRetryAttempts"] > 0
          ? []
          : [[fn.name, "a failing event is not tried again"] as const]),
        ...(destination && !allowed ? [[fn.name, "may not send to its dead-letter queue"] as const] : []),
      ];
    }),

  queue: (synth) =>
    ofType(synth, "aws:lambda/eventSourceMapping:EventSourceMapping").flatMap((mapping) => {
      const queue = byArn(synth, QUEUE, mapping.inputs["eventSourceArn"]);
      const fn = byArn(synth, FUNCTION, mapping.inputs["functionName"]);
      const redrive = queue?.inputs["redrivePolicy"] ? JSON.parse(queue.inputs["redrivePolicy"]) : undefined;
      const name = queue?.name ?? mapping.name;
      return [
        ...(redrive?.deadLetterTargetArn && redrive.maxReceiveCount >= 3
          ? []
          : [[name, "no dead-letter queue after three tries"] as const]),
        ...(queue?.inputs["visibilityTimeoutSeconds"] >= 6 * fn?.inputs["timeout"]
          ? []
          : [
              [
                name,
                `visible again after ${queue?.inputs["visibilityTimeoutSeconds"]} s, function ends after ${fn?.inputs["timeout"]} s`,
              ] as const,
            ]),
        ...(mapping.inputs["functionResponseTypes"]?.includes("ReportBatchItemFailures")
          ? []
          : [[name, "one bad message repeats the whole batch"] as const]),
      ];
    }),

  "dead-letters": (synth) =>
    deadLetterQueues(synth).flatMap(({ name, inputs }) => {
      const watched = ofType(synth, ALARM).some(
        (alarm) => alarm.inputs["namespace"] === "AWS/SQS" && alarm.inputs["dimensions"]?.QueueName === inputs["name"],
      );
      return [
        ...(inputs["messageRetentionSeconds"] === FOURTEEN_DAYS_S
          ? []
          : [[name, "keeps messages less than 14 days"] as const]),
        ...(watched ? [] : [[name, "nobody is told when something is in it"] as const]),
      ];
    }),

  "function-alarm": (synth) =>
    ofType(synth, FUNCTION)
      .filter(
        (fn) =>
          !ofType(synth, ALARM).some(
            ({ inputs }) =>
              inputs["namespace"] === "AWS/Lambda" &&
              inputs["metricName"] === "Errors" &&
              inputs["dimensions"]?.FunctionName === fn.inputs["name"],
          ),
      )
      .map(({ name }) => [name, "nobody is told of its errors"] as const),

  "alarm-routes": (synth) =>
    KINDS.flatMap(([kind, name, most]) => {
      const stage = String(synth.app.stage);
      const called = calledFor(synth, alarmEvent(`headgate/${stage}/${name}`));
      return called.length > most ? [["app", `an alarm of ${kind} wakes ${called.sort().join(" and ")}`] as const] : [];
    }),

  alarm: (synth) =>
    ofType(synth, ALARM).flatMap(({ name, inputs }) => [
      ...(String(inputs["name"]).startsWith("headgate/")
        ? [[name, `the name ${inputs["name"]} would wake autoscaling`] as const]
        : []),
      ...(inputs["alarmActions"]?.length > 0 ? [] : [[name, "tells nobody"] as const]),
      ...(inputs["treatMissingData"] ? [] : [[name, "does not say what missing data means"] as const]),
    ]),
};
