import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { chargesSql } from "../../shared/core/cost/sql/charges.ts";
import { COST_EXPORT } from "../../shared/core/cost/sql/shapes.ts";
import type { ColumnKind } from "../../shared/core/cost/sql/table.ts";
import { alarmsTable, costFunctionsTable, costPermissionsTable } from "./document.ts";
import { root } from "./platform.ts";
import { ALARM, byArn, FUNCTION, granted, grantLine, ofType, one, QUEUE, roleOf } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const MSK = "arn:aws:kafka:eu-central-1:123456789012:cluster";
const MAIN = `${MSK}/main/6f1c-11`;
const ON = { HEADGATE_COST: "on" };
const SAID = {
  ...ON,
  HEADGATE_COST_EXPORTS: "s3://company-bills/exports/focus,s3://company-bills/exports/cur",
  HEADGATE_COST_CLUSTERS: `${MAIN},${MSK}/other/7a2d-12`,
  HEADGATE_COST_RETENTION_CLUSTERS: MAIN,
  HEADGATE_COST_REPORTS: "company-reports",
  HEADGATE_COST_SCAN_GB: "2.5",
  HEADGATE_VPC_SUBNETS: "subnet-0a1,subnet-0b2",
  HEADGATE_VPC_SECURITY_GROUPS: "sg-0c3",
};
const EVERYTHING = {
  ...SAID,
  ...{ HEADGATE_MONITORING: "on", HEADGATE_SCORING: "on", HEADGATE_ALERTING: "on", HEADGATE_TRAFFIC: "on" },
  ...{ HEADGATE_DELIVERY: "on", HEADGATE_BACKUP: "on" },
  HEADGATE_BACKUP_REGION: "us-west-2",
  HEADGATE_BACKUP_CLUSTERS: MAIN,
  HEADGATE_BACKUP_RESTORE_CLUSTERS: `${MSK}/scratch/77aa-22`,
  HEADGATE_BACKUP_SAVEPOINTS: "flink-savepoints",
  HEADGATE_BACKUP_PARAMETERS: "/prod/orders",
  HEADGATE_BACKUP_SECRETS: "prod/orders",
  HEADGATE_BACKUP_FAILOVER_PARAMETERS: "/platform/kafka-endpoint,/platform/active-region",
  HEADGATE_BACKUP_ECS_CLUSTERS: "data",
  HEADGATE_ALERTING_LINK_PARAMETER: "/headgate/links",
  HEADGATE_ALERTING_TARGETS: "arn:aws:sns:eu-central-1:123456789012:reports",
  HEADGATE_ALERTING_PARAMETERS: "/headgate/slack",
};

let base: Synth;
let plain: Synth;
let said: Synth;
let all: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  plain = await synth({ stage: "prod", env: ON });
  said = await synth({ stage: "prod", env: SAID });
  all = await synth({ stage: "prod", env: EVERYTHING });
});

const names = (app: Synth, type: string) => ofType(app, type).map(({ name }) => name);
const added = (app: Synth, type: string) => names(app, type).filter((name) => !names(base, type).includes(name));
const actionsOf = (app: Synth, fn: string) =>
  granted(roleOf(app, one(app, FUNCTION, fn))).flatMap(({ Action }) => Action);
const grantsOf = (app: Synth, fn: string) =>
  granted(roleOf(app, one(app, FUNCTION, fn))).map((statement) => grantLine(app, statement));

describe("the app with cost", () => {
  it("is synthesised whole and breaks no rule, whatever else is said", () => {
    for (const app of [plain, said, all]) {
      expect(app.errors).toEqual([]);
      expect(violations(app)).toEqual([]);
    }
    expect(added(plain, FUNCTION).sort()).toEqual(["CostTickFunction", "CostWorkerFunction"]);
  });

  it("without it nothing of it is there: no function, queue, alarm, workgroup or variable", () => {
    for (const type of [FUNCTION, QUEUE, ALARM, "aws:athena/workgroup:Workgroup"])
      expect(names(base, type).filter((name) => /^(Dead)?Costs?/.test(name))).toEqual([]);
    for (const { inputs } of ofType(base, FUNCTION))
      expect(Object.keys(inputs["environment"].variables).join()).not.toMatch(/COST/);
  });

  it.each([
    ["CostTickFunction", "functions/cost/schedule.handler", 55, 512, 1],
    ["CostWorkerFunction", "functions/cost/queue.handler", 900, 1769, undefined],
  ] as const)("builds %s from %s and ends it in time", (name, handler, timeout, memorySize, reserved) => {
    const { inputs } = one(said, FUNCTION, name);
    expect(inputs).toMatchObject({ timeout, memorySize });
    expect(inputs["reservedConcurrentExecutions"]).toBe(reserved);
    const build = said.builds.find(({ functionID }) => `${functionID}Function` === name);
    expect(build).toMatchObject({ handler, properties: { minify: true, splitting: true } });
  });

  it("the tick only asks: it reads the table and sends to its queue", () => {
    expect([...new Set(actionsOf(said, "CostTickFunction"))].sort()).toEqual([
      ...["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
      ...["s3:GetObject", "sqs:SendMessage"],
    ]);
  });

  it("reads bills and what was named, and nothing of either where nothing was named", () => {
    const lines = grantsOf(said, "CostWorkerFunction");
    expect(lines).toContain("ce:GetCostAndUsage on *");
    expect(lines).toContain(
      "s3:GetObject on arn:aws:s3:::company-bills/exports/focus/*, arn:aws:s3:::company-bills/exports/cur/*",
    );
    expect(lines).toContain(
      's3:ListBucket on arn:aws:s3:::company-bills if {"StringLike":{"s3:prefix":["exports/focus/*","exports/cur/*"]}}',
    );
    expect(lines).toContain("s3:PutObject on arn:aws:s3:::company-reports/*cost/reports/*");
    const alone = grantsOf(plain, "CostWorkerFunction").join("\n");
    for (const word of ["athena:", "glue:", "kafka", "company-"]) expect(alone).not.toContain(word);
  });

  it("changes settings of topics in the clusters that were named for it, and nowhere else", () => {
    const alters = grantsOf(said, "CostWorkerFunction").filter((line) => line.includes("Alter"));
    expect(alters).toEqual([
      "kafka-cluster:AlterTopicDynamicConfiguration on arn:aws:kafka:REGION:ACCOUNT:topic/main/6f1c-11/*",
    ]);
    for (const line of grantsOf(all, "CostWorkerFunction"))
      expect(line).not.toMatch(/kafka-cluster:(Write|Delete|Create)/);
  });

  it("asks Athena in its own workgroup, which refuses what reads too much and keeps no metric", () => {
    const { inputs } = one(said, "aws:athena/workgroup:Workgroup", "CostWorkgroup");
    expect(inputs["configuration"]).toMatchObject({
      enforceWorkgroupConfiguration: true,
      bytesScannedCutoffPerQuery: 2_500_000_000,
      publishCloudwatchMetricsEnabled: false,
      resultConfiguration: { encryptionConfiguration: { encryptionOption: "SSE_S3" } },
    });
    expect(inputs["configuration"].resultConfiguration.outputLocation).toMatch(/^s3:\/\/[\w.-]+\/athena\/$/);
    expect(said.outputs).toMatchObject({ costWorkgroup: inputs["name"] });
    const actions = actionsOf(said, "CostWorkerFunction").filter((action) => /^(athena|glue):/.test(action));
    expect(actions.filter((action) => !/:(Get|StartQuery|StopQuery)/.test(action))).toEqual([]);
    const rules = ofType(said, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").flatMap(
      ({ inputs: given }) => given["rules"] as { id?: string; expiration?: { days: number } }[],
    );
    expect(rules.find(({ id }) => id === "answers")).toMatchObject({ expiration: { days: 1 } });
  });

  it("has a table with the columns that statements ask for, whose months Athena finds by itself", () => {
    const { inputs } = one(said, "aws:glue/catalogTable:CatalogTable", "CostExport");
    const types: Readonly<Record<ColumnKind, string>> = {
      ...{ text: "string", decimal: "double", time: "timestamp", tags: "map<string,string>" },
    };
    expect(inputs["name"]).toBe(COST_EXPORT.name);
    const { columns } = inputs["storageDescriptor"];
    expect(columns).toEqual([
      ...COST_EXPORT.columns.map(({ name, kind }) => ({ name: name.toLowerCase(), type: types[kind] })),
      // What charges are counted by, where files are read as well.
      { name: "pricingquantity", type: "double" },
      { name: "pricingunit", type: "string" },
    ]);
    expect(chargesSql({ columns, table: "cost_export", paths: ["s3://bills/a.parquet"] })).toContain(
      'SUM(CAST(CAST("pricingquantity" AS VARCHAR)',
    );
    expect(inputs["parameters"]).toMatchObject({
      "projection.enabled": "true",
      "projection.billing_period.range": "2023-01,NOW",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own placeholder
      "storage.location.template": "s3://company-bills/exports/focus/data/BILLING_PERIOD=${billing_period}",
    });
    expect(ofType(plain, "aws:glue/catalogTable:CatalogTable")).toEqual([]);
  });

  it("puts the worker where the brokers are, and leaves the tick outside", () => {
    expect(one(said, FUNCTION, "CostWorkerFunction").inputs["vpcConfig"]).toMatchObject({
      securityGroupIds: ["sg-0c3"],
    });
    expect(one(said, FUNCTION, "CostTickFunction").inputs["vpcConfig"]).toBeUndefined();
  });

  it("hands out one message at a time, and puts aside what could not be begun", () => {
    const mapping = ofType(said, "aws:lambda/eventSourceMapping:EventSourceMapping").find(
      ({ inputs }) => byArn(said, QUEUE, inputs["eventSourceArn"])?.name === "CostsQueue",
    )?.inputs;
    expect(mapping).toMatchObject({
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 4 },
    });
    const { inputs } = one(said, QUEUE, "CostsQueue");
    expect(inputs["visibilityTimeoutSeconds"]).toBe(6 * 900);
    expect(byArn(said, QUEUE, JSON.parse(inputs["redrivePolicy"]).deadLetterTargetArn)?.name).toBe("CostsDeadQueue");
  });

  it("runs the tick each five minutes", () => {
    const { inputs } = one(plain, "aws:scheduler/schedule:Schedule", "CostTickEverySchedule");
    expect(inputs["scheduleExpression"]).toBe("rate(5 minutes)");
    expect(JSON.parse(inputs["target"].input)).toEqual({ kind: "costs" });
    expect(byArn(plain, FUNCTION, inputs["target"].arn)?.name).toBe("CostTickFunction");
  });

  it("watches it: what is overdue, dead letters, errors of each function", () => {
    expect(added(plain, ALARM).sort()).toEqual(["CostTickErrors", "CostWorkerErrors", "CostsOverdue", "DeadCosts"]);
    expect(one(plain, ALARM, "CostsOverdue").inputs).toMatchObject({
      ...{ namespace: "Headgate", metricName: "CostsOverdue", treatMissingData: "breaching" },
    });
  });

  it("gives every function the switch and the queue, so that each keeps what it has counted", () => {
    for (const { inputs } of ofType(plain, FUNCTION)) {
      const variables = inputs["environment"].variables as Record<string, string>;
      expect(variables["HEADGATE_COST"]).toBe("on");
      expect(byArn(plain, QUEUE, variables["HEADGATE_COSTS_URL"])?.name).toBe("CostsQueue");
    }
  });

  it("stays within IAM's limit of a role's policies with everything on and named", () => {
    for (const resource of ofType(all, FUNCTION)) {
      const role = roleOf(all, resource);
      const length = (role.inputs["inlinePolicies"] as { policy: string }[]).reduce(
        (sum, { policy }) =>
          sum + (typeof policy === "string" ? policy : JSON.stringify(policy)).replaceAll(/\s/g, "").length,
        0,
      );
      expect(length, resource.name).toBeLessThan(10_240);
    }
  });
});

describe("what cannot be meant at deploy", () => {
  it.each([
    ["HEADGATE_COST", "yes"],
    ["HEADGATE_COST_EXPORTS", "company-bills"],
    ["HEADGATE_COST_EXPORTS", "s3://company-bills"],
    ["HEADGATE_COST_EXPORTS", "s3://company-bills/*"],
    ["HEADGATE_COST_CLUSTERS", `${MSK}/*`],
    ["HEADGATE_COST_RETENTION_CLUSTERS", "main"],
    ["HEADGATE_COST_REPORTS", "reports/*"],
    ["HEADGATE_COST_SCAN_GB", "0"],
    ["HEADGATE_COST_SCAN_GB", "much"],
  ])("%s=%s ends it and is named", async (name, value) => {
    const app = await synth({ stage: "prod", env: { ...SAID, [name]: value } });
    expect(app.errors.join("\n")).toContain(name);
  });
});

describe("docs/deploy.md", () => {
  const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
  it.each<[string, () => string]>([
    ["functions", () => costFunctionsTable(said)],
    ["permissions", () => costPermissionsTable(said, base)],
    ["alarms", () => alarmsTable(said, base)],
  ])("tells the %s of cost", (_, tableOf) => {
    expect(document).toContain(tableOf());
  });
});
