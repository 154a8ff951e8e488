import { ALARM, byArn, FUNCTION, granted, ofType, QUEUE, ROLE, roleOf, type Statement, statements } from "./read.ts";
import type { Resource, Synth } from "./synth.ts";

/** Something every deployment of ours must have and this one lacks. */
export interface Violation {
  readonly rule: string;
  /** Logical name. */
  readonly resource: string;
  readonly text: string;
}

const FOURTEEN_DAYS_S = 14 * 24 * 3600;
const BASIC_LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

type Rule = (synth: Synth) => (readonly [resource: string, text: string])[];

/** Where IAM knows nothing narrower, or a name has a pattern on purpose. Everything else is named in full. */
const PATTERNS: { readonly action: RegExp; readonly resource: RegExp; readonly why: string }[] = [
  { action: /^cloudwatch:GetMetricData$/, resource: /^\*$/, why: "IAM has no resources for GetMetricData" },
  {
    action: /^ecs:(DescribeServices|ListTasks|DescribeTasks)$/,
    resource: /^arn:aws:ecs:\*:\d+:(service|task)\/\*\/\*$/,
    why: "any service may be looked at",
  },
  {
    action: /^ecs:UpdateService$/,
    resource: /^arn:aws:ecs:\*:\d+:service\/\*\/\*$/,
    why: "narrowed by a tag, see ecs-tag",
  },
  {
    action: /^cloudwatch:DescribeAlarms$/,
    resource: /^arn:aws:cloudwatch:\*:\d+:alarm:\*$/,
    why: "a search by prefix asks for all",
  },
  { action: /^cloudwatch:\w+$/, resource: /^arn:aws:cloudwatch:\*:\d+:alarm:headgate-\*$/, why: "alarms of services" },
  {
    action: /^scheduler:\w+$/,
    resource: /^arn:aws:scheduler:[\w-]+:\d+:schedule\/[\w-]+\/\*$/,
    why: "schedules of one group",
  },
  { action: /^s3:\w+$/, resource: /^arn:aws:s3:::[\w.-]+\/config\/\*$/, why: "one prefix of one bucket" },
];

const patternAllowed = (action: string, resource: string) =>
  PATTERNS.some((pattern) => pattern.action.test(action) && pattern.resource.test(resource));

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

export const RULES: { readonly [rule: string]: Rule } = {
  synthesised: (synth) => synth.errors.map((error) => ["app", error] as const),

  "function-platform": (synth) =>
    ofType(synth, FUNCTION).flatMap(({ name, inputs }) => [
      ...(inputs["runtime"] === "nodejs24.x" ? [] : [[name, `runtime ${inputs["runtime"]}`] as const]),
      ...(inputs["architectures"]?.join() === "arm64"
        ? []
        : [[name, `architecture ${inputs["architectures"]}`] as const]),
    ]),

  "function-logs": (synth) =>
    ofType(synth, FUNCTION).flatMap(({ name, inputs }) => {
      const group = ofType(synth, "aws:cloudwatch/logGroup:LogGroup").find(
        (group) => group.inputs["name"] === inputs["loggingConfig"]?.logGroup,
      );
      return [
        ...(inputs["loggingConfig"]?.logFormat === "JSON" ? [] : [[name, "logs are not JSON"] as const]),
        ...(group?.inputs["retentionInDays"] > 0 ? [] : [[name, "logs are kept for ever"] as const]),
      ];
    }),

  trust: (synth) =>
    ofType(synth, ROLE).flatMap((role) => {
      const principals = statements(role.inputs["assumeRolePolicy"]).flatMap((one) =>
        Object.entries(one.Principal ?? {}),
      );
      const services = principals.flatMap(([kind, who]) => (kind === "Service" ? [who].flat() : [`${kind} ${who}`]));
      const isFunctions = ofType(synth, FUNCTION).some((fn) => roleOf(synth, fn) === role);
      const wanted = isFunctions ? "lambda.amazonaws.com" : "scheduler.amazonaws.com";
      return services.length === 1 && services[0] === wanted
        ? []
        : [[role.name, `may be assumed by ${services}`] as const];
    }),

  wildcard: (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role).flatMap(({ Action, Resource }) =>
        Action.flatMap((action) => [
          ...(action.includes("*") ? [[role.name, `action ${action}`] as const] : []),
          ...Resource.filter((resource) => resource.includes("*") && !patternAllowed(action, resource)).map(
            (resource) => [role.name, `${action} on ${resource}`] as const,
          ),
        ]),
      ),
    ),

  "managed-policy": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      ((role.inputs["managedPolicyArns"] ?? []) as string[])
        .filter((arn) => arn !== BASIC_LOGS)
        .map((arn) => [role.name, arn] as const),
    ),

  "ecs-tag": (synth) =>
    ofType(synth, ROLE).flatMap((role) =>
      granted(role)
        .filter(({ Action }) => Action.some((action) => action.startsWith("ecs:Update")))
        .filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes('"aws:ResourceTag/headgate":["managed"]'))
        .map(() => [role.name, "changes services that carry no tag"] as const),
    ),

  "invoke-source": (synth) =>
    ofType(synth, "aws:lambda/permission:Permission")
      .filter(({ inputs }) => inputs["principal"] === "*" || !inputs["sourceArn"])
      .map(({ name, inputs }) => [name, `anything of ${inputs["principal"]} may invoke`] as const),

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

  alarm: (synth) =>
    ofType(synth, ALARM).flatMap(({ name, inputs }) => [
      ...(String(inputs["name"]).startsWith("headgate-")
        ? [[name, `the name ${inputs["name"]} would wake autoscaling`] as const]
        : []),
      ...(inputs["alarmActions"]?.length > 0 ? [] : [[name, "tells nobody"] as const]),
      ...(inputs["treatMissingData"] ? [] : [[name, "does not say what missing data means"] as const]),
    ]),

  table: (synth) =>
    ofType(synth, "aws:dynamodb/table:Table").flatMap(({ name, inputs }) => [
      ...(inputs["pointInTimeRecovery"]?.enabled === true ? [] : [[name, "no point-in-time recovery"] as const]),
      ...(inputs["ttl"]?.enabled === true ? [] : [[name, "no time to live"] as const]),
      ...(synth.app.protect === true && inputs["deletionProtectionEnabled"] !== true
        ? [[name, "can be deleted in production"] as const]
        : []),
      ...(inputs["billingMode"] === "PAY_PER_REQUEST" ? [] : [[name, "costs money at rest"] as const]),
    ]),

  bucket: (synth) =>
    ofType(synth, "aws:s3/bucket:Bucket").flatMap(({ name, inputs }) => {
      const about = (type: string) =>
        ofType(synth, type).find((one) => one.inputs["bucket"] === inputs["bucket"])?.inputs;
      const block = about("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock") ?? {};
      const policy = about("aws:s3/bucketPolicy:BucketPolicy")?.["policy"];
      const closed = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every(
        (key) => block[key] === true,
      );
      const tls =
        policy &&
        statements(policy).some(
          (one) => one.Effect === "Deny" && JSON.stringify(one.Condition).includes('"aws:SecureTransport":["false"]'),
        );
      return [
        ...(inputs["forceDestroy"] === false ? [] : [[name, "is emptied when the stack is removed"] as const]),
        ...(closed ? [] : [[name, "can be made public"] as const]),
        ...(tls ? [] : [[name, "answers without TLS"] as const]),
        ...(about("aws:s3/bucketVersioning:BucketVersioning")?.["versioningConfiguration"]?.status === "Enabled"
          ? []
          : [[name, "overwrites for good"] as const]),
        ...(about("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")?.["rules"]?.length > 0
          ? []
          : [[name, "no lifecycle"] as const]),
        ...(about("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")
          ? [[name, "answers browsers of any origin"] as const]
          : []),
      ];
    }),

  api: (synth) =>
    ofType(synth, "aws:apigatewayv2/stage:Stage").flatMap(({ name, inputs }) => {
      const group = ofType(synth, "aws:cloudwatch/logGroup:LogGroup").find((group) =>
        String(inputs["accessLogSettings"]?.destinationArn).endsWith(group.inputs["name"]),
      );
      const settings = inputs["defaultRouteSettings"];
      return [
        ...(settings?.throttlingRateLimit > 0 && settings?.throttlingBurstLimit > 0
          ? []
          : [[name, "is not throttled"] as const]),
        ...(group?.inputs["retentionInDays"] > 0 ? [] : [[name, "access logs are kept for ever"] as const]),
      ];
    }),

  "open-url": (synth) =>
    ofType(synth, "aws:lambda/functionUrl:FunctionUrl")
      .filter(({ inputs }) => inputs["authorizationType"] !== "AWS_IAM")
      .map(({ name }) => [name, "a function answers the whole internet without throttling"] as const),
};

export function violations(synth: Synth): readonly Violation[] {
  return Object.entries(RULES).flatMap(([rule, check]) =>
    check(synth).map(([resource, text]) => ({ rule, resource, text })),
  );
}
