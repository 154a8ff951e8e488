import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { alarmsTable, switchedFunctionsTable, switchedPermissionsTable } from "./document.ts";
import { root } from "./platform.ts";
import { ALARM, byArn, FUNCTION, granted, grantLine, ofType, one, QUEUE, roleOf } from "./read.ts";
import { violations } from "./rules.ts";
import { alarmEvent, calledFor } from "./rules-edges.ts";
import { type Synth, synth } from "./synth.ts";

const WORKSPACE = "arn:aws:aps:eu-central-1:123456789012:workspace/ws-1";
const table = "arn:aws:dynamodb:REGION:ACCOUNT:table/<TableTable>";
const TABLE = [
  `dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${table}`,
  `dynamodb:Query on ${table}/index/gsi1`,
];
const LIST = `dynamodb:Query on ${table}`;
const CONFIG = "s3:GetObject on arn:aws:s3:::<BucketBucket>/config/*";
const PACKS = "s3:GetObject, s3:PutObject, s3:DeleteObject on arn:aws:s3:::<BucketBucket>/anomaly/*";
const DEAD = "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<EventsDeadQueue>";
const READS = [
  "cloudwatch:GetMetricData on *",
  "ecs:DescribeServices on arn:aws:ecs:*:ACCOUNT:service/*/*",
  "aps:QueryMetrics on arn:aws:aps:REGION:ACCOUNT:workspace/ws-1",
];

/** What each switch adds, with everything it may do. */
const FUNCTIONS = {
  RuleAlarmFunction: {
    handler: "functions/monitoring/alarm.handler",
    timeout: 30,
    reserved: undefined,
    grants: [...TABLE, CONFIG, DEAD],
  },
  RulesFunction: {
    handler: "functions/monitoring/schedule.handler",
    timeout: 55,
    reserved: 1,
    grants: [...TABLE, CONFIG, DEAD, LIST, ...READS],
  },
  ScoreFunction: {
    handler: "functions/anomaly/schedule.handler",
    timeout: 55,
    reserved: 1,
    grants: [
      ...TABLE,
      CONFIG,
      DEAD,
      LIST,
      `dynamodb:DeleteItem on ${table}`,
      's3:ListBucket on arn:aws:s3:::<BucketBucket> if {"StringLike":{"s3:prefix":["anomaly/*"]}}',
      "s3:DeleteObject on arn:aws:s3:::<BucketBucket>/anomaly/*",
      "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<ScoresQueue>",
    ],
  },
  ScorerFunction: {
    handler: "functions/anomaly/queue.handler",
    timeout: 120,
    reserved: undefined,
    grants: [
      ...TABLE,
      CONFIG,
      LIST,
      `dynamodb:Query on ${table}/index/due`,
      PACKS,
      ...READS,
      "sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on arn:aws:sqs:REGION:ACCOUNT:<ScoresQueue>",
    ],
  },
} as const;

const ALL = { HEADGATE_MONITORING: "on", HEADGATE_SCORING: "on", HEADGATE_AMP_WORKSPACE_ARN: WORKSPACE };

let base: Synth;
let all: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  all = await synth({ stage: "prod", env: ALL });
});

const names = (app: Synth, type: string) => ofType(app, type).map(({ name }) => name);
/** Logical names that the switches bring. */
const added = (app: Synth, type: string) => names(app, type).filter((name) => !names(base, type).includes(name));
const grantsOf = (app: Synth, fn: string) =>
  granted(roleOf(app, one(app, FUNCTION, fn))).map((statement) => grantLine(app, statement));

describe("the app with all its parts", () => {
  it("is synthesised whole and breaks no rule", () => {
    expect(all.errors).toEqual([]);
    expect(violations(all)).toEqual([]);
  });

  it("has these functions more", () => {
    expect(added(all, FUNCTION).sort()).toEqual(Object.keys(FUNCTIONS).sort());
  });

  it.each(Object.entries(FUNCTIONS))("gives %s what it needs and nothing else", (name, wanted) => {
    expect(grantsOf(all, name).sort()).toEqual([...wanted.grants].sort());
  });

  it.each(Object.entries(FUNCTIONS))("builds %s from its handler and runs it within its limits", (name, wanted) => {
    const { inputs } = one(all, FUNCTION, name);
    expect(inputs).toMatchObject({ memorySize: 512, timeout: wanted.timeout });
    expect(inputs["reservedConcurrentExecutions"]).toBe(wanted.reserved);
    const build = all.builds.find(({ functionID }) => `${functionID}Function` === name);
    expect(build).toMatchObject({ handler: wanted.handler, properties: { minify: true, splitting: true } });
  });

  it("gives the API what people do with them, and nothing else", () => {
    const more = grantsOf(all, "ApiHandlerFunction").filter(
      (line) => !grantsOf(base, "ApiHandlerFunction").includes(line),
    );
    expect(more.sort()).toEqual([READS[2], "cloudwatch:PutCompositeAlarm on *", PACKS].sort());
  });

  it("tells every function of them, and no function of the app without them", () => {
    for (const { inputs } of ofType(all, FUNCTION)) {
      const variables = inputs["environment"].variables as Record<string, string>;
      expect(variables["HEADGATE_MONITORING"]).toBe("on");
      expect(byArn(all, QUEUE, variables["HEADGATE_SCORES_URL"])?.name).toBe("ScoresQueue");
    }
    for (const { inputs } of ofType(base, FUNCTION)) {
      const variables = Object.keys(inputs["environment"].variables);
      expect(variables).not.toContain("HEADGATE_MONITORING");
      expect(variables).not.toContain("HEADGATE_SCORES_URL");
    }
  });

  it.each([
    ["a service", "default/orders-cpu-out", ["AlarmFunction"]],
    ["a service called rule-x", "default/rule-x-cpu-out", ["AlarmFunction"]],
    ["a service of a tenant called rule", "rule/orders-cpu-out", ["AlarmFunction"]],
    ["a rule", "default/rule/KafkaDown-0123456789abcdef", ["RuleAlarmFunction"]],
    ["a part of a composite alarm", "default/part/KafkaDown-0123456789abcdef-1", []],
  ])("an alarm of %s calls %s: %j", (_, name, functions) => {
    expect(calledFor(all, alarmEvent(`headgate/prod/${name}`))).toEqual(functions);
    expect(calledFor(all, alarmEvent(`headgate/dev/${name}`))).toEqual([]);
  });

  it("an alarm that another region's bus forwards calls autoscaling", () => {
    const event = alarmEvent("headgate/prod/default/orders-cpu-out");
    const resources = ["arn:aws:cloudwatch:us-west-2:123456789012:alarm:headgate/prod/default/orders-cpu-out"];
    expect(calledFor(all, { ...event, resources })).toEqual(["AlarmFunction"]);
  });

  it.each([
    ["RulesEverySchedule", "rate(1 minute)", "minute", "RulesFunction"],
    ["ScoreEverySchedule", "rate(1 minute)", "score", "ScoreFunction"],
    ["TidyEverySchedule", "rate(1 day)", "tidy", "ScoreFunction"],
  ])("runs %s at %s", (name, expression, kind, fn) => {
    const { inputs } = one(all, "aws:scheduler/schedule:Schedule", name);
    expect(inputs["scheduleExpression"]).toBe(expression);
    expect(JSON.parse(inputs["target"].input)).toEqual({ kind });
    expect(byArn(all, FUNCTION, inputs["target"].arn)?.name).toBe(fn);
  });

  it("keeps what cannot be scored for somebody to see, before the message is too old", () => {
    const scores = one(all, QUEUE, "ScoresQueue").inputs;
    const { maxReceiveCount, deadLetterTargetArn } = JSON.parse(scores["redrivePolicy"]);
    expect(byArn(all, QUEUE, deadLetterTargetArn)?.name).toBe("ScoresDeadQueue");
    expect(scores["messageRetentionSeconds"]).toBeGreaterThan(maxReceiveCount * scores["visibilityTimeoutSeconds"]);
  });

  it("watches them", () => {
    expect(added(all, ALARM).sort()).toEqual([
      "DeadScores",
      "RuleAlarmErrors",
      "RulesErrors",
      "ScoreErrors",
      "ScorerErrors",
    ]);
  });
});

describe("one part alone", () => {
  it.each([
    ["HEADGATE_MONITORING", ["RuleAlarmFunction", "RulesFunction"], ["cloudwatch:PutCompositeAlarm on *"]],
    ["HEADGATE_SCORING", ["ScoreFunction", "ScorerFunction"], [PACKS]],
  ])("%s brings its functions only, and no Prometheus workspace", async (name, functions, grants) => {
    const app = await synth({ stage: "prod", env: { [name]: "on" } });
    expect(violations(app)).toEqual([]);
    expect(added(app, FUNCTION).sort()).toEqual(functions);
    const more = grantsOf(app, "ApiHandlerFunction").filter(
      (line) => !grantsOf(base, "ApiHandlerFunction").includes(line),
    );
    expect(more).toEqual(grants);
    for (const fn of names(app, FUNCTION)) expect(grantsOf(app, fn).join()).not.toContain("aps:");
  });
});

describe("docs/deploy.md", () => {
  const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
  it.each<[string, () => string]>([
    ["functions", () => switchedFunctionsTable(all)],
    ["permissions", () => switchedPermissionsTable(all, base)],
    ["alarms", () => alarmsTable(all, base)],
  ])("tells the %s of the parts that are switched on", (_, table) => {
    expect(document).toContain(table());
  });
});
