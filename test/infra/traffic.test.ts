import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { alarmsTable, trafficFunctionsTable, trafficPermissionsTable } from "./document.ts";
import { root } from "./platform.ts";
import { ALARM, byArn, FUNCTION, granted, grantLine, ofType, one, QUEUE, roleOf } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const table = "arn:aws:dynamodb:REGION:ACCOUNT:table/<TableTable>";
const REGISTRY = [
  `dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${table}`,
  `dynamodb:Query on ${table}/index/gsi1`,
  `dynamodb:Query on ${table}`,
  `dynamodb:DeleteItem on ${table}`,
  "s3:GetObject on arn:aws:s3:::<BucketBucket>/config/*",
];
const DEAD = "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<EventsDeadQueue>";
const SEND = "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<ChecksQueue>";
const ELB = "arn:aws:elasticloadbalancing:REGION:ACCOUNT";
const TASKS = [
  'ecs:ListTasks on * if {"ArnLike":{"ecs:cluster":["arn:aws:ecs:*:ACCOUNT:cluster/*"]}}',
  "ecs:DescribeTasks on arn:aws:ecs:*:ACCOUNT:task/*/*",
];
const NAMED = [
  'servicediscovery:DiscoverInstances on * if {"StringEquals":{"servicediscovery:NamespaceName":["shop","data.internal"]}}',
  "elasticloadbalancing:DescribeRules on *",
  `elasticloadbalancing:ModifyRule on ${ELB}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`,
  "elasticloadbalancing:DescribeListeners on *",
  `elasticloadbalancing:ModifyListener on ${ELB}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2`,
];

/** What the switch adds, with everything it may do. */
const FUNCTIONS = {
  TrafficCheckFunction: {
    handler: "functions/traffic/schedule.handler",
    timeout: 55,
    reserved: 1,
    grants: [...REGISTRY, `dynamodb:Query on ${table}/index/due`, SEND, DEAD],
  },
  TrafficCheckerFunction: {
    handler: "functions/traffic/check-queue.handler",
    timeout: 60,
    reserved: undefined,
    grants: [
      ...REGISTRY,
      SEND,
      "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on arn:aws:sqs:REGION:ACCOUNT:<ChecksQueue>",
    ],
  },
  TrafficSyncFunction: {
    handler: "functions/traffic/sync.handler",
    timeout: 55,
    reserved: 1,
    grants: [...REGISTRY, ...TASKS, ...NAMED, DEAD],
  },
} as const;

const ON = { HEADGATE_TRAFFIC: "on" };
const ARN = ELB.replace("REGION", "eu-central-1").replace("ACCOUNT", "123456789012");
const SAID = {
  ...ON,
  HEADGATE_TRAFFIC_NAMESPACES: "shop, data.internal",
  HEADGATE_TRAFFIC_LISTENERS: [
    `${ARN}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`,
    `${ARN}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2`,
  ].join(","),
};
const NEAR = {
  ...ON,
  HEADGATE_TRAFFIC_SUBNETS: "subnet-0a1,subnet-0b2",
  HEADGATE_TRAFFIC_SECURITY_GROUPS: "sg-0c3",
};

let base: Synth;
let plain: Synth;
let said: Synth;
let near: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  plain = await synth({ stage: "prod", env: ON });
  said = await synth({ stage: "prod", env: SAID });
  near = await synth({ stage: "prod", env: NEAR });
});

const names = (app: Synth, type: string) => ofType(app, type).map(({ name }) => name);
const added = (app: Synth, type: string) => names(app, type).filter((name) => !names(base, type).includes(name));
const grantsOf = (app: Synth, fn: string) =>
  granted(roleOf(app, one(app, FUNCTION, fn))).map((statement) => grantLine(app, statement));
/** By its whole name: one is the beginning of another. */
const fnOf = (app: Synth, name: string) => one(app, FUNCTION, name);

describe("the app with traffic", () => {
  it("is synthesised whole and breaks no rule, whatever else is said", () => {
    for (const app of [plain, said, near]) {
      expect(app.errors).toEqual([]);
      expect(violations(app)).toEqual([]);
      expect(added(app, FUNCTION).sort()).toEqual(Object.keys(FUNCTIONS).sort());
    }
  });

  it.each(Object.entries(FUNCTIONS))("gives %s what it needs and nothing else", (name, wanted) => {
    expect(grantsOf(said, name).sort()).toEqual([...wanted.grants].sort());
    const named: readonly string[] = NAMED;
    expect(grantsOf(plain, name).sort(), "nothing is asked or set where nothing was named").toEqual(
      wanted.grants.filter((line) => !named.includes(line)).sort(),
    );
  });

  it.each(Object.entries(FUNCTIONS))("builds %s from its handler and runs it within its limits", (name, wanted) => {
    const { inputs } = fnOf(said, name);
    expect(inputs).toMatchObject({ memorySize: 512, timeout: wanted.timeout });
    expect(inputs["reservedConcurrentExecutions"]).toBe(wanted.reserved);
    const build = said.builds.find(({ functionID }) => `${functionID}Function` === name);
    expect(build).toMatchObject({ handler: wanted.handler, properties: { minify: true, splitting: true } });
  });

  it("gives the API the load balancers that were named, to shift shares at once, and else nothing: all is in its table", () => {
    const before = grantsOf(base, "ApiHandlerFunction");
    const more = (app: Synth) => grantsOf(app, "ApiHandlerFunction").filter((line) => !before.includes(line));
    expect(more(said).sort()).toEqual(NAMED.slice(1).sort());
    expect(more(plain)).toEqual([]);
  });

  it("tells every function of it, and no function of the app without it", () => {
    for (const { inputs } of ofType(plain, FUNCTION)) {
      const variables = inputs["environment"].variables as Record<string, string>;
      expect(variables["HEADGATE_TRAFFIC"]).toBe("on");
      expect(byArn(plain, QUEUE, variables["HEADGATE_CHECKS_URL"])?.name).toBe("ChecksQueue");
    }
    for (const { inputs } of ofType(base, FUNCTION))
      expect(Object.keys(inputs["environment"].variables).join()).not.toMatch(/TRAFFIC|CHECKS/);
  });

  it.each([
    ["TrafficCheckEverySchedule", "check", "TrafficCheckFunction"],
    ["TrafficSyncEverySchedule", "sync", "TrafficSyncFunction"],
  ])("runs %s each minute", (name, kind, fn) => {
    const { inputs } = one(plain, "aws:scheduler/schedule:Schedule", name);
    expect(inputs["scheduleExpression"]).toBe("rate(1 minute)");
    expect(JSON.parse(inputs["target"].input)).toEqual({ kind });
    expect(byArn(plain, FUNCTION, inputs["target"].arn)?.name).toBe(fn);
  });

  it("keeps what cannot be checked for somebody to see, before the message is too old", () => {
    const checks = one(plain, QUEUE, "ChecksQueue").inputs;
    const { maxReceiveCount, deadLetterTargetArn } = JSON.parse(checks["redrivePolicy"]);
    expect(byArn(plain, QUEUE, deadLetterTargetArn)?.name).toBe("ChecksDeadQueue");
    expect(checks["messageRetentionSeconds"]).toBeGreaterThan(maxReceiveCount * checks["visibilityTimeoutSeconds"]);
  });

  it("watches it", () => {
    expect(added(plain, ALARM).sort()).toEqual([
      "DeadChecks",
      "TrafficCheckErrors",
      "TrafficCheckerErrors",
      "TrafficSyncErrors",
    ]);
  });

  it("checks from within subnets where they are named, and only what checks does", () => {
    const inSubnets = ofType(near, FUNCTION).filter(({ inputs }) => inputs["vpcConfig"] !== undefined);
    expect(inSubnets.map(({ name }) => name).sort()).toEqual(["TrafficCheckFunction", "TrafficCheckerFunction"]);
    for (const { inputs } of inSubnets)
      expect(inputs["vpcConfig"]).toMatchObject({
        subnetIds: ["subnet-0a1", "subnet-0b2"],
        securityGroupIds: ["sg-0c3"],
      });
    expect(ofType(plain, FUNCTION).filter(({ inputs }) => inputs["vpcConfig"] !== undefined)).toEqual([]);
  });
});

describe("what cannot be meant at deploy", () => {
  it.each([
    ["HEADGATE_TRAFFIC", "yes"],
    ["HEADGATE_TRAFFIC_NAMESPACES", "*"],
    ["HEADGATE_TRAFFIC_LISTENERS", `${ARN}:listener/app/shop/*`],
    ["HEADGATE_TRAFFIC_SUBNETS", "subnet-0a1"],
    ["HEADGATE_TRAFFIC_SECURITY_GROUPS", "default"],
  ])("%s=%s ends it and is named", async (name, value) => {
    const app = await synth({ stage: "prod", env: { ...ON, [name]: value } });
    expect(app.errors.join("\n")).toContain(name);
  });
});

describe("docs/deploy.md", () => {
  const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
  it.each<[string, () => string]>([
    ["functions", () => trafficFunctionsTable(said)],
    ["permissions", () => trafficPermissionsTable(said, base)],
    ["alarms", () => alarmsTable(said, base)],
  ])("tells the %s of traffic", (_, table) => {
    expect(document).toContain(table());
  });
});
