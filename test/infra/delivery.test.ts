import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { alarmsTable, deliveryFunctionsTable, deliveryPermissionsTable } from "./document.ts";
import { root } from "./platform.ts";
import { ALARM, byArn, FUNCTION, granted, grantLine, ofType, one, QUEUE, ROLE, roleOf, statements } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const ROLE_ARN = "arn:aws:iam::123456789012:role/orders-task";
const ELB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
const LAMBDA = "arn:aws:lambda:eu-central-1:123456789012:function:orders";
const ON = { HEADGATE_DELIVERY: "on" };
const SAID = {
  ...ON,
  HEADGATE_DELIVERY_ROLES: ROLE_ARN,
  HEADGATE_DELIVERY_CLUSTERS: "data",
  HEADGATE_DELIVERY_LOG_GROUPS: "/shop/orders",
  HEADGATE_DELIVERY_APPLICATIONS: "shop",
  HEADGATE_TRAFFIC_LISTENERS: `${ELB}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2`,
  HEADGATE_TRAFFIC_FUNCTIONS: LAMBDA,
};

const table = "arn:aws:dynamodb:REGION:ACCOUNT:table/<TableTable>";
const MANAGED = 'if {"StringEquals":{"aws:ResourceTag/headgate":["managed"]}}';
const ASKED = 'if {"StringEquals":{"aws:RequestTag/headgate":["managed"]}}';
const STATE = [
  `dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${table}`,
  `dynamodb:Query on ${table}/index/gsi1`,
  `dynamodb:Query on ${table}`,
  "s3:GetObject on arn:aws:s3:::<BucketBucket>/config/*",
  "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<RolloutsQueue>",
  "scheduler:CreateSchedule on arn:aws:scheduler:REGION:ACCOUNT:schedule/<RolloutsGroup>/*",
  'iam:PassRole on arn:aws:iam::ACCOUNT:role/<RolloutsRole> if {"StringEquals":{"iam:PassedToService":["scheduler.amazonaws.com"]}}',
  "cloudwatch:GetMetricData on *",
];
/** What the API gets as well. */
const LOOK = [
  "ecs:DescribeTaskDefinition, elasticloadbalancing:DescribeTargetHealth on *",
  'ecs:ListTasks on * if {"ArnLike":{"ecs:cluster":["arn:aws:ecs:*:ACCOUNT:cluster/*"]}}',
  "ecs:DescribeTasks on arn:aws:ecs:*:ACCOUNT:task/*/*",
  `ecs:RegisterTaskDefinition on * ${ASKED}`,
  `ecs:TagResource on arn:aws:ecs:*:ACCOUNT:service/*/* ${MANAGED}`,
];
const FLEET = [
  "ecs:DescribeServices on arn:aws:ecs:*:ACCOUNT:service/*/*",
  `ecs:UpdateService on arn:aws:ecs:*:ACCOUNT:service/*/* ${MANAGED}`,
];
const made = (resources: string, actions: string) =>
  `ecs:TagResource on ${resources} if {"StringEquals":{"ecs:CreateAction":[${actions}]}}`;
const DEFINITIONS = "arn:aws:ecs:*:ACCOUNT:task-definition/*:*";
const SERVICES = "arn:aws:ecs:*:ACCOUNT:service/data/*";
/** What comes with what is named at deploy. */
const NAMED = [
  "logs:GetLogEvents on arn:aws:logs:*:ACCOUNT:log-group:/shop/orders:log-stream:*",
  `ecs:CreateService on ${SERVICES} ${ASKED}`,
  made(`${DEFINITIONS}, ${SERVICES}`, '"RegisterTaskDefinition","CreateService"'),
  'iam:PassRole on arn:aws:iam::ACCOUNT:role/orders-task if {"StringEquals":{"iam:PassedToService":["ecs-tasks.amazonaws.com"]}}',
];
const WEIGHTS = [
  "elasticloadbalancing:DescribeListeners on *",
  "elasticloadbalancing:ModifyListener on arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2",
  "lambda:GetAlias, lambda:UpdateAlias on arn:aws:lambda:REGION:ACCOUNT:function:orders",
];
const CODEDEPLOY =
  "codedeploy:GetDeployment, codedeploy:ListDeploymentTargets, codedeploy:BatchGetDeploymentTargets, codedeploy:PutLifecycleEventHookExecutionStatus on arn:aws:codedeploy:REGION:ACCOUNT:deploymentgroup:shop/*";
const DEAD = "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<EventsDeadQueue>";
const REVISIONS = "ecs:DescribeServiceRevisions on arn:aws:ecs:*:ACCOUNT:service-revision/*/*/*";
const RELEASE = [...STATE, `dynamodb:DeleteItem on ${table}`, ...FLEET, ...LOOK, ...NAMED, ...WEIGHTS, CODEDEPLOY];

/** What the switch adds, with everything it may do. */
const FUNCTIONS = {
  RolloutFunction: {
    handler: "functions/delivery/queue.handler",
    timeout: 60,
    reserved: undefined,
    grants: [
      ...RELEASE,
      "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on arn:aws:sqs:REGION:ACCOUNT:<RolloutsQueue>",
    ],
  },
  RolloutTickFunction: {
    handler: "functions/delivery/schedule.handler",
    timeout: 55,
    reserved: 1,
    grants: [...RELEASE, `dynamodb:Query on ${table}/index/due`, DEAD],
  },
  EcsHookFunction: {
    handler: "functions/delivery/hooks-ecs.handler",
    timeout: 30,
    reserved: undefined,
    grants: [...STATE, REVISIONS],
  },
  CodeDeployHookFunction: {
    handler: "functions/delivery/hooks-codedeploy.handler",
    timeout: 30,
    reserved: undefined,
    grants: [...STATE, CODEDEPLOY, DEAD],
  },
} as const;

let base: Synth;
let plain: Synth;
let said: Synth;
let all: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  plain = await synth({ stage: "prod", env: ON });
  said = await synth({ stage: "prod", env: SAID });
  all = await synth({
    stage: "prod",
    env: {
      ...SAID,
      HEADGATE_MONITORING: "on",
      HEADGATE_SCORING: "on",
      HEADGATE_ALERTING: "on",
      HEADGATE_TRAFFIC: "on",
      HEADGATE_ALERTING_LINK_PARAMETER: "/headgate/links",
    },
  });
});

const names = (app: Synth, type: string) => ofType(app, type).map(({ name }) => name);
const added = (app: Synth, type: string) => names(app, type).filter((name) => !names(base, type).includes(name));
const grantsOf = (app: Synth, fn: string) =>
  granted(roleOf(app, one(app, FUNCTION, fn))).map((statement) => grantLine(app, statement));
/** Characters that IAM counts of a role's inline policies; 10,240 is the limit. */
const policyLength = (app: Synth, fn: string) =>
  (roleOf(app, one(app, FUNCTION, fn)).inputs["inlinePolicies"] as { policy: string }[]).reduce(
    (sum, { policy }) =>
      sum + (typeof policy === "string" ? policy : JSON.stringify(policy)).replaceAll(/\s/g, "").length,
    0,
  );

describe("the app with delivery", () => {
  it("is synthesised whole and breaks no rule, whatever else is said", () => {
    for (const app of [plain, said, all]) {
      expect(app.errors).toEqual([]);
      expect(violations(app)).toEqual([]);
    }
    expect(added(plain, FUNCTION).sort()).toEqual(Object.keys(FUNCTIONS).sort());
  });

  it.each(Object.entries(FUNCTIONS))("gives %s what it needs and nothing else", (name, wanted) => {
    expect(grantsOf(said, name).sort()).toEqual([...wanted.grants].sort());
    const named: readonly string[] = [...NAMED, ...WEIGHTS, CODEDEPLOY];
    const unnamed = wanted.grants.filter((line) => !named.includes(line));
    const tags = (wanted.grants as readonly string[]).includes(NAMED[2] ?? "");
    const definitions = tags ? [made(DEFINITIONS, '"RegisterTaskDefinition"')] : [];
    expect(grantsOf(plain, name).sort(), "nothing is made, passed or set where nothing was named").toEqual(
      [...unnamed, ...definitions].sort(),
    );
  });

  it.each(Object.entries(FUNCTIONS))("builds %s from its handler and runs it within its limits", (name, wanted) => {
    const { inputs } = one(said, FUNCTION, name);
    expect(inputs).toMatchObject({ memorySize: 512, timeout: wanted.timeout });
    expect(inputs["reservedConcurrentExecutions"]).toBe(wanted.reserved);
    const build = said.builds.find(({ functionID }) => `${functionID}Function` === name);
    expect(build).toMatchObject({ handler: wanted.handler, properties: { minify: true, splitting: true } });
  });

  it("gives the API what a person's word needs at once, and else nothing", () => {
    const before = grantsOf(base, "ApiHandlerFunction");
    const more = grantsOf(said, "ApiHandlerFunction").filter((line) => !before.includes(line));
    const timers = STATE.filter((line) => /Rollouts/.test(line));
    expect(more.sort()).toEqual([...LOOK, ...NAMED, ...WEIGHTS, ...timers].sort());
  });

  it("stays within IAM's limit of a role's policies with everything on and named", () => {
    for (const { name } of ofType(all, FUNCTION)) expect(policyLength(all, name), name).toBeLessThan(10_240);
  });

  it("tells every function of it, and no function of the app without it", () => {
    for (const { inputs } of ofType(plain, FUNCTION)) {
      const variables = inputs["environment"].variables as Record<string, string>;
      expect(variables["HEADGATE_DELIVERY"]).toBe("on");
      expect(byArn(plain, QUEUE, variables["HEADGATE_ROLLOUT_QUEUE_URL"])?.name).toBe("RolloutsQueue");
      expect(byArn(plain, QUEUE, variables["HEADGATE_ROLLOUT_DEAD_ARN"])?.name).toBe("RolloutsDeadQueue");
    }
    for (const { inputs } of ofType(base, FUNCTION))
      expect(Object.keys(inputs["environment"].variables).join()).not.toMatch(/DELIVERY|ROLLOUT/);
  });

  it("runs the tick each minute", () => {
    const { inputs } = one(plain, "aws:scheduler/schedule:Schedule", "RolloutTickEverySchedule");
    expect(inputs["scheduleExpression"]).toBe("rate(1 minute)");
    expect(JSON.parse(inputs["target"].input)).toEqual({ kind: "rollouts" });
    expect(byArn(plain, FUNCTION, inputs["target"].arn)?.name).toBe("RolloutTickFunction");
  });

  it("hands at most three batches of wakes out at once, each message by itself where it fails", () => {
    const mapping = ofType(plain, "aws:lambda/eventSourceMapping:EventSourceMapping").find(
      ({ inputs }) => byArn(plain, QUEUE, inputs["eventSourceArn"])?.name === "RolloutsQueue",
    );
    expect(mapping?.inputs).toMatchObject({
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 3 },
    });
  });

  it("watches it: a tick that does not run is the fault itself", () => {
    expect(added(plain, ALARM).sort()).toEqual([
      "CodeDeployHookErrors",
      "DeadRollouts",
      "EcsHookErrors",
      "RolloutErrors",
      "RolloutTickErrors",
      "RolloutTickSilent",
    ]);
    expect(one(plain, ALARM, "RolloutTickSilent").inputs).toMatchObject({
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      treatMissingData: "breaching",
    });
  });

  it("lets ECS call its hook and nothing else, for this account alone, and says what to name", () => {
    const role = one(said, ROLE, "EcsHookCaller");
    const [trust] = statements(role.inputs["assumeRolePolicy"]);
    expect(trust?.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "123456789012" } });
    const [grant] = granted(role);
    expect(grant?.Action).toEqual(["lambda:InvokeFunction"]);
    expect(byArn(said, FUNCTION, grant?.Resource[0])?.name).toBe("EcsHookFunction");
    expect(said.outputs).toMatchObject({ codeDeployHook: "CodeDeployHook_headgate-prod" });
    expect(byArn(said, FUNCTION, said.outputs["ecsHook"])?.name).toBe("EcsHookFunction");
    expect(base.outputs).not.toHaveProperty("ecsHook");
  });
});

describe("what cannot be meant at deploy", () => {
  it.each([
    ["HEADGATE_DELIVERY", "yes"],
    ["HEADGATE_DELIVERY_ROLES", "arn:aws:iam::123456789012:role/*"],
    ["HEADGATE_DELIVERY_CLUSTERS", "*"],
    ["HEADGATE_DELIVERY_LOG_GROUPS", "/shop/*"],
    ["HEADGATE_DELIVERY_APPLICATIONS", "*"],
    ["HEADGATE_TRAFFIC_FUNCTIONS", `${LAMBDA}:live`],
  ])("%s=%s ends it and is named", async (name, value) => {
    const app = await synth({ stage: "prod", env: { ...ON, [name]: value } });
    expect(app.errors.join("\n")).toContain(name);
  });
});

describe("docs/deploy.md", () => {
  const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
  it.each<[string, () => string]>([
    ["functions", () => deliveryFunctionsTable(said)],
    ["permissions", () => deliveryPermissionsTable(said, base)],
    ["alarms", () => alarmsTable(said, base)],
  ])("tells the %s of delivery", (_, tableOf) => {
    expect(document).toContain(tableOf());
  });
});
