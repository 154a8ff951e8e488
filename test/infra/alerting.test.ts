import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { alarmsTable, alertingFunctionsTable, alertingPermissionsTable } from "./document.ts";
import { matches } from "./event-pattern.ts";
import { root } from "./platform.ts";
import { ALARM, byArn, FUNCTION, granted, grantLine, ofType, one, QUEUE, roleOf } from "./read.ts";
import { violations } from "./rules.ts";
import { alarmEvent, calledFor } from "./rules-edges.ts";
import { type Synth, synth } from "./synth.ts";

const table = "arn:aws:dynamodb:REGION:ACCOUNT:table/<TableTable>";
const GROUPS = [
  `dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${table}`,
  `dynamodb:Query on ${table}/index/gsi1`,
  `dynamodb:Query on ${table}`,
  `dynamodb:DeleteItem on ${table}`,
  "s3:GetObject on arn:aws:s3:::<BucketBucket>/config/*",
];
const SETS = "s3:GetObject, s3:PutObject, s3:DeleteObject on arn:aws:s3:::<BucketBucket>/alerting/*";
const WAKES = [
  "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<FlushesQueue>",
  "scheduler:CreateSchedule on arn:aws:scheduler:REGION:ACCOUNT:schedule/<FlushesGroup>/*",
  'iam:PassRole on arn:aws:iam::ACCOUNT:role/<FlushesRole> if {"StringEquals":{"iam:PassedToService":["scheduler.amazonaws.com"]}}',
];
const DEAD = "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<EventsDeadQueue>";
const SEND = [
  "sns:Publish on arn:aws:sns:REGION:ACCOUNT:pages",
  "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:tickets",
  "events:PutEvents on arn:aws:events:REGION:ACCOUNT:event-bus/ops",
  "ssm:GetParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/headgate/slack",
  "ssm:GetParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/headgate/links",
];

/** What the switch adds, with everything it may do. */
const FUNCTIONS = {
  FlushFunction: {
    handler: "functions/alerting/queue.handler",
    timeout: 90,
    reserved: undefined,
    grants: [
      ...GROUPS,
      SETS,
      ...WAKES,
      ...SEND,
      "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on arn:aws:sqs:REGION:ACCOUNT:<FlushesQueue>",
    ],
  },
  AlertSweepFunction: {
    handler: "functions/alerting/schedule.handler",
    timeout: 55,
    reserved: 1,
    grants: [...GROUPS, SETS, ...WAKES, ...SEND, `dynamodb:Query on ${table}/index/due`, DEAD],
  },
  AlertEventsFunction: {
    handler: "functions/alerting/sources/events.handler",
    timeout: 30,
    reserved: undefined,
    grants: [...GROUPS, SETS, ...WAKES, DEAD],
  },
} as const;

const ON = { HEADGATE_ALERTING: "on" };
const SAID = {
  ...ON,
  HEADGATE_ALERTING_TARGETS: [
    "arn:aws:sns:eu-central-1:123456789012:pages",
    "arn:aws:sqs:eu-central-1:123456789012:tickets",
    "arn:aws:events:eu-central-1:123456789012:event-bus/ops",
  ].join(","),
  HEADGATE_ALERTING_PARAMETERS: "/headgate/slack",
  HEADGATE_ALERTING_LINK_PARAMETER: "/headgate/links",
  HEADGATE_HOOK_TOPICS: "arn:aws:sns:eu-central-1:123456789012:alarms",
  HEADGATE_HOOK_SECRET: "ssm:/headgate/hooks",
  HEADGATE_ALERTING_WATCH_EMAIL: "ops@example.org",
};

let base: Synth;
let plain: Synth;
let said: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  plain = await synth({ stage: "prod", env: ON });
  said = await synth({ stage: "prod", env: SAID });
});

const names = (app: Synth, type: string) => ofType(app, type).map(({ name }) => name);
const added = (app: Synth, type: string) => names(app, type).filter((name) => !names(base, type).includes(name));
const grantsOf = (app: Synth, fn: string) =>
  granted(roleOf(app, one(app, FUNCTION, fn))).map((statement) => grantLine(app, statement));

describe("the app with alerting", () => {
  it("is synthesised whole and breaks no rule, whatever else is said", () => {
    for (const app of [plain, said]) {
      expect(app.errors).toEqual([]);
      expect(violations(app)).toEqual([]);
      expect(added(app, FUNCTION).sort()).toEqual(Object.keys(FUNCTIONS).sort());
    }
  });

  it.each(Object.entries(FUNCTIONS))("gives %s what it needs and nothing else", (name, wanted) => {
    expect(grantsOf(said, name).sort()).toEqual([...wanted.grants].sort());
    const sending: readonly string[] = SEND;
    expect(grantsOf(plain, name).sort(), "nobody may be told where nobody was named").toEqual(
      wanted.grants.filter((line) => !sending.includes(line)).sort(),
    );
  });

  it.each(Object.entries(FUNCTIONS))("builds %s from its handler and runs it within its limits", (name, wanted) => {
    const { inputs } = one(said, FUNCTION, name);
    expect(inputs).toMatchObject({ memorySize: 512, timeout: wanted.timeout });
    expect(inputs["reservedConcurrentExecutions"]).toBe(wanted.reserved);
    const build = said.builds.find(({ functionID }) => `${functionID}Function` === name);
    expect(build).toMatchObject({ handler: wanted.handler, properties: { minify: true, splitting: true } });
  });

  it("gives the API what a POST needs, the secret of its hooks, and nothing that sends", () => {
    const before = grantsOf(base, "ApiHandlerFunction");
    const more = grantsOf(said, "ApiHandlerFunction").filter((line) => !before.includes(line));
    const secrets = ["hooks", "links"].map(
      (name) => `ssm:GetParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/headgate/${name}`,
    );
    expect(more.sort()).toEqual([...WAKES, SETS, ...secrets].sort());
  });

  it("lets the functions whose alerts it routes set timers of groups, and the others not", async () => {
    const both = await synth({ stage: "prod", env: { ...ON, HEADGATE_MONITORING: "on", HEADGATE_SCORING: "on" } });
    expect(violations(both)).toEqual([]);
    const holders = names(both, FUNCTION).filter((fn) => WAKES.every((line) => grantsOf(both, fn).includes(line)));
    expect(holders.sort()).toEqual(
      [...Object.keys(FUNCTIONS), "ApiHandlerFunction", "RuleAlarmFunction", "RulesFunction", "ScorerFunction"].sort(),
    );
  });

  it("tells its functions where timers are and what is taken, and no secret; without it nothing", () => {
    for (const { inputs } of ofType(said, FUNCTION)) {
      const variables = inputs["environment"].variables as Record<string, string>;
      expect(byArn(said, QUEUE, variables["HEADGATE_FLUSH_QUEUE_URL"])?.name).toBe("FlushesQueue");
      expect(byArn(said, QUEUE, variables["HEADGATE_FLUSH_DEAD_ARN"])?.name).toBe("FlushesDeadQueue");
      expect(variables).toMatchObject({
        HEADGATE_ALERTING: "on",
        HEADGATE_HOOK_TOPICS: SAID.HEADGATE_HOOK_TOPICS,
        HEADGATE_HOOK_SECRET: "ssm:/headgate/hooks",
      });
    }
    for (const { inputs } of ofType(base, FUNCTION))
      expect(Object.keys(inputs["environment"].variables).join()).not.toMatch(/ALERTING|FLUSH|HOOK/);
  });

  it("hands flushes out ten at a time and a hundred at the most, five times, and keeps what nobody could flush", () => {
    const mapping = ofType(said, "aws:lambda/eventSourceMapping:EventSourceMapping").find(
      ({ inputs }) => byArn(said, QUEUE, inputs["eventSourceArn"])?.name === "FlushesQueue",
    )?.inputs;
    expect(mapping).toMatchObject({
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 10 },
    });
    const queue = one(said, QUEUE, "FlushesQueue").inputs;
    const { maxReceiveCount, deadLetterTargetArn } = JSON.parse(queue["redrivePolicy"]);
    expect(maxReceiveCount).toBe(5);
    expect(byArn(said, QUEUE, deadLetterTargetArn)?.name).toBe("FlushesDeadQueue");
  });

  it("sweeps each minute", () => {
    const { inputs } = one(said, "aws:scheduler/schedule:Schedule", "AlertSweepEverySchedule");
    expect(inputs["scheduleExpression"]).toBe("rate(1 minute)");
    expect(JSON.parse(inputs["target"].input)).toEqual({ kind: "sweep" });
    expect(byArn(said, FUNCTION, inputs["target"].arn)?.name).toBe("AlertSweepFunction");
  });
});

describe("the dead man's switch", () => {
  it("goes off when flushes are overdue and when nobody says whether they are", () => {
    expect(one(said, ALARM, "FlushesOverdue").inputs).toMatchObject({
      namespace: "Headgate",
      metricName: "FlushesOverdue",
      threshold: 0,
      period: 60,
      datapointsToAlarm: 3,
      treatMissingData: "breaching",
    });
  });

  it("tells of alerting through a topic of its own that goes to people, not through Headgate", () => {
    const alarms = added(said, ALARM).sort();
    expect(alarms).toEqual(["AlertEventsErrors", "AlertSweepErrors", "DeadFlushes", "FlushErrors", "FlushesOverdue"]);
    for (const name of alarms)
      expect(String(one(said, ALARM, name).inputs["alarmActions"])).toMatch(/:headgate-prod-alerting-watch$/);
    const [mail] = ofType(said, "aws:sns/topicSubscription:TopicSubscription");
    expect(mail?.inputs).toMatchObject({ protocol: "email", endpoint: "ops@example.org" });
    expect(String(mail?.inputs["topic"])).toMatch(/alerting-watch$/);
    expect(said.outputs["alertingWatch"]).toMatch(/alerting-watch$/);
  });
});

const RULE = "aws:cloudwatch/eventRule:EventRule";
/** Rules of alerting that an event matches. */
const rulesFor = (app: Synth, event: object) =>
  ofType(app, RULE)
    .filter(({ inputs }) => matches(JSON.parse(inputs["eventPattern"]), event as never))
    .map(({ name }) => name)
    .filter((name) => name.startsWith("Alert"));

describe("events that become alerts", () => {
  it.each([
    ["somebody's alarm", "orders-lag", ["AlertEventsFunction"]],
    ["an alarm of a service", "headgate/prod/default/orders-cpu-out", ["AlarmFunction"]],
    ["an alarm of another stage", "headgate/dev/default/orders-cpu-out", []],
    ["an alarm of Application Auto Scaling", "TargetTracking-service/data/orders-AlarmLow-1", []],
    ["an alarm of Headgate on itself", "control-headgate-prod-TickErrors", ["AlertEventsFunction"]],
  ])("%s calls %j", (_, name, functions) => {
    expect(calledFor(plain, alarmEvent(name))).toEqual(functions);
  });

  const task = (stopCode: string, lastStatus = "STOPPED") => ({
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    detail: { lastStatus, stopCode },
  });
  const service = (type: string, eventName: string) => ({
    source: "aws.ecs",
    "detail-type": type,
    detail: { eventName },
  });
  it.each<[string, object, readonly string[]]>([
    ["AWS Health", { source: "aws.health", "detail-type": "AWS Health Event", detail: {} }, ["AlertHealth"]],
    ["a task that ended by itself", task("EssentialContainerExited"), ["AlertTasks"]],
    ["a task somebody stopped", task("UserInitiated"), []],
    ["a task that starts", task("", "PENDING"), []],
    ["a service without room", service("ECS Service Action", "SERVICE_TASK_PLACEMENT_FAILURE"), ["AlertServices"]],
    ["a steady service", service("ECS Service Action", "SERVICE_STEADY_STATE"), ["AlertServices"]],
    ["a service that is scaled", service("ECS Service Action", "SERVICE_DESIRED_COUNT_UPDATED"), []],
    ["a failed deployment", service("ECS Deployment State Change", "SERVICE_DEPLOYMENT_FAILED"), ["AlertServices"]],
    ["a deployment under way", service("ECS Deployment State Change", "SERVICE_DEPLOYMENT_IN_PROGRESS"), []],
  ])("%s", (_, event, rules) => {
    expect(rulesFor(plain, event)).toEqual(rules);
  });

  it("are those that are asked for", async () => {
    const some = await synth({ stage: "prod", env: { ...ON, HEADGATE_ALERTING_EVENTS: "health" } });
    expect(violations(some)).toEqual([]);
    expect(added(some, RULE)).toEqual(["AlertHealth"]);
  });
});

describe("what cannot be meant at deploy", () => {
  it.each([
    ["HEADGATE_ALERTING", "yes"],
    ["HEADGATE_ALERTING_TARGETS", "arn:aws:sns:eu-central-1:123456789012:*"],
    ["HEADGATE_ALERTING_PARAMETERS", "/headgate/*"],
    ["HEADGATE_ALERTING_LINK_PARAMETER", "links"],
    ["HEADGATE_HOOK_SECRET", "correct horse"],
    ["HEADGATE_HOOK_TOPICS", "alarms"],
    ["HEADGATE_ALERTING_EVENTS", "kafka"],
    ["HEADGATE_ALERTING_NO_DATA", "page"],
  ])("%s=%s ends it and is named", async (name, value) => {
    const app = await synth({ stage: "prod", env: { ...ON, [name]: value } });
    expect(app.errors.join("\n")).toContain(name);
    expect(app.errors.join("\n")).not.toContain("correct horse");
  });
});

describe("docs/deploy.md", () => {
  const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
  it.each<[string, () => string]>([
    ["functions", () => alertingFunctionsTable(said)],
    ["permissions", () => alertingPermissionsTable(said, base)],
    ["alarms", () => alarmsTable(said, base)],
  ])("tells the %s of alerting", (_, table) => {
    expect(document).toContain(table());
  });
});
