import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { TTL_ATTRIBUTE, tableSchema } from "../../shared/edge/dynamodb-table.ts";
import { alarmsTable, functionsTable, permissionsTable } from "./document.ts";
import { root } from "./platform.ts";
import { ALARM, byArn, FUNCTION, granted, grantLine, ofType, one, QUEUE, ROLE, roleOf, statements } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const STAGES = ["dev", "prod"] as const;
const synths = new Map<string, Synth>();
const of = (stage: string): Synth => synths.get(stage) as Synth;

beforeAll(async () => {
  for (const stage of STAGES) synths.set(stage, await synth({ stage }));
});

const table = "arn:aws:dynamodb:REGION:ACCOUNT:table/<TableTable>";
const TABLE = [
  `dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${table}`,
  `dynamodb:Query on ${table}/index/gsi1`,
];
const DUE = `dynamodb:Query on ${table}/index/due`;
const LIST = `dynamodb:Query on ${table}`;
const FLEET = [
  "ecs:DescribeServices on arn:aws:ecs:*:ACCOUNT:service/*/*",
  'ecs:UpdateService on arn:aws:ecs:*:ACCOUNT:service/*/* if {"StringEquals":{"aws:ResourceTag/headgate":["managed"]}}',
];
const SAMPLES = ["cloudwatch:GetMetricData on *"];
const TIMERS = [
  "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<TimersQueue>",
  "scheduler:CreateSchedule on arn:aws:scheduler:REGION:ACCOUNT:schedule/<TimersGroup>/*",
  'iam:PassRole on arn:aws:iam::ACCOUNT:role/<TimersRole> if {"StringEquals":{"iam:PassedToService":["scheduler.amazonaws.com"]}}',
];
const CONFIG = ["s3:GetObject on arn:aws:s3:::<BucketBucket>/config/*"];
const FORECASTS = ["s3:GetObject, s3:PutObject on arn:aws:s3:::<BucketBucket>/autoscaling/*"];
const DEAD = ["sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<EventsDeadQueue>"];
const DECIDES = [...TABLE, ...CONFIG, ...FORECASTS, ...FLEET, ...SAMPLES, ...TIMERS];

/** Every function there is, with everything it may do. */
const FUNCTIONS = {
  AlarmFunction: {
    handler: "functions/autoscaling/alarm.handler",
    timeout: 30,
    reserved: undefined,
    grants: [...DECIDES, ...DEAD],
  },
  TickFunction: {
    handler: "functions/autoscaling/schedule.handler",
    timeout: 55,
    reserved: 1,
    grants: [...DECIDES, DUE, ...DEAD],
  },
  SweepFunction: {
    handler: "functions/autoscaling/schedule.handler",
    timeout: 300,
    reserved: 1,
    grants: [
      ...DECIDES,
      LIST,
      "s3:PutObject, s3:AbortMultipartUpload on arn:aws:s3:::<BucketBucket>/journal/*",
      ...DEAD,
    ],
  },
  TimerFunction: {
    handler: "functions/autoscaling/queue.handler",
    timeout: 60,
    reserved: undefined,
    grants: [
      ...DECIDES,
      "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on arn:aws:sqs:REGION:ACCOUNT:<TimersQueue>",
    ],
  },
  ApiHandlerFunction: {
    handler: "functions/api/lambda.handler",
    timeout: 29,
    reserved: undefined,
    grants: [
      ...TABLE,
      DUE,
      LIST,
      `dynamodb:DeleteItem on ${table}`,
      "s3:GetObject, s3:PutObject on arn:aws:s3:::<BucketBucket>/config/*",
      ...FORECASTS,
      ...FLEET,
      ...SAMPLES,
      ...TIMERS,
      "cloudwatch:DescribeAlarms on *",
      "cloudwatch:PutMetricAlarm, cloudwatch:DeleteAlarms, cloudwatch:TagResource, cloudwatch:ListTagsForResource on arn:aws:cloudwatch:*:ACCOUNT:alarm:headgate/STAGE/*",
    ],
  },
};

describe("docs/deploy.md", () => {
  const document = readFileSync(join(root, "docs/deploy.md"), "utf8");

  it.each([
    ["functions", functionsTable],
    ["permissions", permissionsTable],
    ["alarms", alarmsTable],
  ])("tells the %s as they are synthesised for production", (_, table) => {
    expect(document).toContain(table(of("prod")));
  });
});

describe.each(STAGES)("the app in stage %s", (stage) => {
  it("is synthesised whole, without an error", () => {
    expect(of(stage).errors).toEqual([]);
    // A canary for the harness: it must not become quietly blind.
    expect(of(stage).resources.length).toBeGreaterThan(80);
    expect(of(stage).invokes.length).toBeGreaterThan(20);
  });

  it("breaks none of the rules that every deployment keeps", () => {
    expect(violations(of(stage))).toEqual([]);
  });

  it("has exactly these functions", () => {
    const names = ofType(of(stage), FUNCTION).map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(FUNCTIONS).sort());
  });

  it.each(Object.entries(FUNCTIONS))("gives %s what it needs and nothing else", (name, wanted) => {
    const fn = one(of(stage), FUNCTION, name);
    const grants = granted(roleOf(of(stage), fn)).map((statement) => grantLine(of(stage), statement));
    expect(grants.sort()).toEqual([...wanted.grants].sort());
  });

  it.each(Object.entries(FUNCTIONS))("runs %s on arm64 and Node 24 within its limits", (name, wanted) => {
    const { inputs } = one(of(stage), FUNCTION, name);
    expect(inputs).toMatchObject({
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      memorySize: 512,
      timeout: wanted.timeout,
      loggingConfig: { logFormat: "JSON" },
    });
    expect(inputs["reservedConcurrentExecutions"]).toBe(wanted.reserved);
    const group = ofType(of(stage), "aws:cloudwatch/logGroup:LogGroup").find(
      (group) => group.inputs["name"] === inputs["loggingConfig"].logGroup,
    );
    expect(group?.inputs["retentionInDays"]).toBe(30);
  });

  it.each(Object.entries(FUNCTIONS))("builds %s from its handler, split and minified", (name, wanted) => {
    const build = of(stage).builds.find(({ functionID }) => `${functionID}Function` === name);
    expect(build).toMatchObject({
      handler: wanted.handler,
      runtime: "nodejs24.x",
      properties: {
        architecture: "arm64",
        format: "esm",
        minify: true,
        splitting: true,
        esbuild: { target: "node24" },
      },
    });
  });

  it("tells every function where its table, bucket, queue and schedules are, and no secret", () => {
    for (const { inputs } of ofType(of(stage), FUNCTION)) {
      const variables = inputs["environment"].variables as Record<string, string>;
      const ours = Object.keys(variables).filter((name) => !name.startsWith("SST_"));
      expect(ours.sort()).toEqual([
        "HEADGATE_BUCKET",
        "HEADGATE_QUEUE_ARN",
        "HEADGATE_QUEUE_URL",
        "HEADGATE_SCHEDULER_GROUP",
        "HEADGATE_SCHEDULER_ROLE_ARN",
        "HEADGATE_STAGE",
        "HEADGATE_TABLE",
        "HEADGATE_TENANT",
        "HEADGATE_TIMERS_DEAD_ARN",
      ]);
      expect(variables["HEADGATE_TABLE"]).toBe(one(of(stage), "aws:dynamodb/table:Table").inputs["name"]);
      expect(variables["HEADGATE_BUCKET"]).toBe(one(of(stage), "aws:s3/bucket:Bucket").inputs["bucket"]);
      expect(byArn(of(stage), QUEUE, variables["HEADGATE_QUEUE_ARN"])?.name).toBe("TimersQueue");
      expect(byArn(of(stage), QUEUE, variables["HEADGATE_QUEUE_URL"])?.name).toBe("TimersQueue");
      expect(variables).toMatchObject({ HEADGATE_STAGE: stage, HEADGATE_TENANT: "default" });
    }
  });

  it("prints what the first key needs: the environment of the functions, and the address of the API", () => {
    const [fn] = ofType(of(stage), FUNCTION);
    const variables = Object.entries(fn?.inputs["environment"].variables as Record<string, string>);
    expect(of(stage).outputs).toMatchObject(
      Object.fromEntries(variables.filter(([name]) => name.startsWith("HEADGATE_"))),
    );
    expect(of(stage).outputs["api"]).toMatch(/^https:/);
  });

  it("wakes the alarm function for alarms of controlled services and for no others", () => {
    const rule = one(of(stage), "aws:cloudwatch/eventRule:EventRule").inputs;
    const alarms = `arn:aws:cloudwatch:eu-central-1:123456789012:alarm:headgate/${stage}`;
    expect(JSON.parse(rule["eventPattern"])).toEqual({
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      resources: [{ "anything-but": { wildcard: [`${alarms}/*/rule/*`, `${alarms}/*/part/*`] } }],
      detail: { alarmName: [{ prefix: `headgate/${stage}/` }] },
    });
    const target = one(of(stage), "aws:cloudwatch/eventTarget:EventTarget").inputs;
    expect(byArn(of(stage), FUNCTION, target["arn"])?.name).toBe("AlarmFunction");
    expect(target["retryPolicy"]).toEqual({ maximumEventAgeInSeconds: 900, maximumRetryAttempts: 10 });
    const permission = ofType(of(stage), "aws:lambda/permission:Permission").find(
      ({ inputs }) => inputs["principal"] === "events.amazonaws.com",
    );
    expect(permission?.inputs["sourceArn"]).toMatch(/:rule\/headgate-\w+-alarm-changed$/);
  });

  it.each([
    ["TickEverySchedule", "rate(1 minute)", "tick", "TickFunction"],
    ["SweepEverySchedule", "rate(15 minutes)", "sweep", "SweepFunction"],
  ])("runs %s at %s", (name, expression, kind, fn) => {
    const { inputs } = one(of(stage), "aws:scheduler/schedule:Schedule", name);
    expect(inputs["scheduleExpression"]).toBe(expression);
    expect(inputs["state"]).toBe("ENABLED");
    expect(JSON.parse(inputs["target"].input)).toEqual({ kind });
    expect(byArn(of(stage), FUNCTION, inputs["target"].arn)?.name).toBe(fn);
    expect(inputs["target"].retryPolicy.maximumRetryAttempts).toBe(2);
  });

  it("puts aside what was not delivered or handled, for two weeks, and says so", () => {
    const timers = one(of(stage), QUEUE, "TimersQueue").inputs;
    const redrive = JSON.parse(timers["redrivePolicy"]);
    expect(byArn(of(stage), QUEUE, redrive.deadLetterTargetArn)?.name).toBe("TimersDeadQueue");
    expect(redrive.maxReceiveCount).toBe(5);
    const configs = ofType(of(stage), "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");
    expect(configs.map(({ name }) => name).sort()).toEqual([
      "AlarmEventInvokeConfig",
      "SweepEventInvokeConfig",
      "TickEventInvokeConfig",
    ]);
    for (const { inputs } of configs) {
      expect(inputs["maximumRetryAttempts"]).toBe(2);
      expect(byArn(of(stage), QUEUE, inputs["destinationConfig"].onFailure.destination)?.name).toBe("EventsDeadQueue");
    }
  });

  it("lets one-time schedules send to the timer queue or its dead letters and do nothing else", () => {
    const role = one(of(stage), ROLE, "TimersRole");
    expect(granted(role).map((statement) => grantLine(of(stage), statement))).toEqual([
      "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<TimersQueue>",
      "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<TimersDeadQueue>",
    ]);
    const [trust] = statements(role.inputs["assumeRolePolicy"]);
    expect(trust?.Principal).toEqual({ Service: "scheduler.amazonaws.com" });
    expect(JSON.stringify(trust?.Condition)).toContain("aws:SourceArn");
  });

  it("keeps state and journal in one table with the two indexes the adapters use", () => {
    const { inputs } = one(of(stage), "aws:dynamodb/table:Table");
    expect(inputs).toMatchObject({
      hashKey: "pk",
      rangeKey: "sk",
      billingMode: "PAY_PER_REQUEST",
      pointInTimeRecovery: { enabled: true },
      ttl: { attributeName: "ttl", enabled: true },
      deletionProtectionEnabled: stage === "prod",
    });
  });

  it("has the very table that the adapters are tested on", () => {
    const { inputs } = one(of(stage), "aws:dynamodb/table:Table");
    const keys = (hashKey: string, rangeKey: string) => [
      { AttributeName: hashKey, KeyType: "HASH" },
      { AttributeName: rangeKey, KeyType: "RANGE" },
    ];
    const indexes = inputs["globalSecondaryIndexes"] as Record<string, string>[];
    expect({
      BillingMode: inputs["billingMode"],
      AttributeDefinitions: (inputs["attributes"] as { name: string; type: string }[]).map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      KeySchema: keys(inputs["hashKey"], inputs["rangeKey"]),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index["name"],
        KeySchema: keys(index["hashKey"] ?? "", index["rangeKey"] ?? ""),
        Projection: { ProjectionType: index["projectionType"] },
      })),
    }).toEqual(tableSchema);
    expect(inputs["ttl"].attributeName).toBe(TTL_ATTRIBUTE);
  });

  it("keeps old versions and tidies up leftovers in the bucket", () => {
    const { rules } = one(of(stage), "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs as {
      rules: object[];
    };
    expect(rules).toMatchObject([
      { id: "journal", expiration: { days: 400 }, filter: { prefix: "journal/" } },
      { id: "answers", expiration: { days: 1 }, filter: { prefix: "athena/" } },
      { id: "learned", noncurrentVersionExpiration: { noncurrentDays: 1 }, filter: { prefix: "autoscaling/" } },
      {
        id: "leftovers",
        noncurrentVersionExpiration: { noncurrentDays: 90 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ]);
  });

  it("serves the API behind one throttled route without CORS", () => {
    const route = one(of(stage), "aws:apigatewayv2/route:Route").inputs;
    expect(route["routeKey"]).toBe("$default");
    const settings = one(of(stage), "aws:apigatewayv2/stage:Stage").inputs;
    expect(settings["defaultRouteSettings"]).toEqual({ throttlingRateLimit: 50, throttlingBurstLimit: 100 });
    expect(one(of(stage), "aws:apigatewayv2/api:Api").inputs["corsConfiguration"]).toEqual({});
  });

  it("watches itself: dead letters, errors of each function, decisions overdue", () => {
    const alarms = ofType(of(stage), ALARM);
    expect(alarms.map(({ name }) => name).sort()).toEqual([
      "AlarmErrors",
      "ApiErrors",
      "DeadEvents",
      "DeadTimers",
      "DecisionsOverdue",
      "SweepErrors",
      "TickErrors",
      "TimerErrors",
    ]);
    expect(one(of(stage), ALARM, "DecisionsOverdue").inputs).toMatchObject({
      namespace: "Headgate",
      metricName: "DecisionsOverdue",
      treatMissingData: "breaching",
      datapointsToAlarm: 3,
    });
    const topic = one(of(stage), "aws:sns/topic:Topic").inputs["name"];
    for (const { inputs } of alarms) expect(String(inputs["alarmActions"])).toMatch(new RegExp(`:${topic}$`));
  });

  it("removes what holds state only outside production", () => {
    const production = stage === "prod";
    expect(of(stage).app).toMatchObject({ removal: production ? "retain" : "remove", protect: production });
  });
});
