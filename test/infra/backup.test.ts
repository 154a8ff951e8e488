import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { alarmsTable, backupFunctionsTable, backupPermissionsTable } from "./document.ts";
import { root } from "./platform.ts";
import { ALARM, byArn, FUNCTION, granted, grantLine, ofType, one, QUEUE, ROLE, roleOf, statements } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const MSK = "arn:aws:kafka:eu-central-1:123456789012:cluster";
const MAIN = `${MSK}/main/6f1c-11`;
const SCRATCH = `${MSK}/scratch/77aa-22`;
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/0c1b2a3d-1111-2222-3333-444455556666";
const ON = { HEADGATE_BACKUP: "on" };
const SAID = {
  ...ON,
  HEADGATE_BACKUP_REGION: "us-west-2",
  HEADGATE_BACKUP_CLUSTERS: MAIN,
  HEADGATE_BACKUP_RESTORE_CLUSTERS: SCRATCH,
  HEADGATE_BACKUP_SAVEPOINTS: "flink-savepoints",
  HEADGATE_BACKUP_KEYS: KEY,
  HEADGATE_BACKUP_PARAMETERS: "/prod/orders",
  HEADGATE_BACKUP_SECRETS: "prod/orders",
  HEADGATE_BACKUP_FAILOVER_PARAMETERS: "/platform/kafka-endpoint,/platform/active-region",
  HEADGATE_BACKUP_ECS_CLUSTERS: "data",
  HEADGATE_BACKUP_WORKERS: "4",
  HEADGATE_VPC_SUBNETS: "subnet-0a1,subnet-0b2",
  HEADGATE_VPC_SECURITY_GROUPS: "sg-0c3",
};

const table = "arn:aws:dynamodb:REGION:ACCOUNT:table/<TableTable>";
const TIMERS = [
  "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<BackupsQueue>",
  "scheduler:CreateSchedule on arn:aws:scheduler:REGION:ACCOUNT:schedule/<BackupsGroup>/*",
  'iam:PassRole on arn:aws:iam::ACCOUNT:role/<BackupsRole> if {"StringEquals":{"iam:PassedToService":["scheduler.amazonaws.com"]}}',
];
const bucket = (name: string, below = "") => `arn:aws:s3:::<${name}Bucket>${below}`;
const both = (below = "") => `${bucket("BackupPrimary", below)}, ${bucket("BackupSecondary", below)}`;
const points = (of: (below?: string) => string) => [
  `s3:ListBucket, s3:ListBucketMultipartUploads on ${of()}`,
  `s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, s3:PutObjectRetention on ${of("/*")}`,
];
const kafka = (kind: string, name: string) => `arn:aws:kafka:REGION:ACCOUNT:${kind}/${name}`;
const [M, S] = ["main/6f1c-11", "scratch/77aa-22"];
/** What comes with what is named at deploy. */
const NAMED = [
  `kms:GenerateDataKey, kms:Decrypt on arn:aws:kms:REGION:ACCOUNT:key/0c1b2a3d-1111-2222-3333-444455556666`,
  `kafka:GetBootstrapBrokers on ${kafka("cluster", M)}, ${kafka("cluster", S)}`,
  `kafka-cluster:Connect, kafka-cluster:DescribeCluster, kafka-cluster:DescribeClusterDynamicConfiguration on ${kafka("cluster", M)}, ${kafka("cluster", S)}`,
  `kafka-cluster:DescribeTopic, kafka-cluster:DescribeTopicDynamicConfiguration, kafka-cluster:ReadData on ${kafka("topic", M)}/*, ${kafka("topic", S)}/*`,
  `kafka-cluster:DescribeGroup on ${kafka("group", M)}/*, ${kafka("group", S)}/*`,
  `kafka-cluster:AlterCluster, kafka-cluster:WriteDataIdempotently on ${kafka("cluster", S)}`,
  `kafka-cluster:CreateTopic, kafka-cluster:AlterTopic, kafka-cluster:AlterTopicDynamicConfiguration, kafka-cluster:DeleteTopic, kafka-cluster:WriteData on ${kafka("topic", S)}/*`,
  `kafka-cluster:AlterGroup, kafka-cluster:DeleteGroup on ${kafka("group", S)}/*`,
  `kafka-cluster:DescribeTransactionalId, kafka-cluster:AlterTransactionalId on ${kafka("transactional-id", S)}/*`,
  "s3:ListBucket on arn:aws:s3:::flink-savepoints",
  "s3:GetObject on arn:aws:s3:::flink-savepoints/*",
  "ssm:GetParameter, ssm:GetParametersByPath on arn:aws:ssm:REGION:ACCOUNT:parameter/prod/orders, arn:aws:ssm:REGION:ACCOUNT:parameter/prod/orders/*",
  "secretsmanager:ListSecrets on *",
  "secretsmanager:GetSecretValue on arn:aws:secretsmanager:REGION:ACCOUNT:secret:prod/orders*",
  'ecs:ListServices on * if {"ArnLike":{"ecs:cluster":["arn:aws:ecs:*:ACCOUNT:cluster/data"]}}',
  "ecs:DescribeServices on arn:aws:ecs:*:ACCOUNT:service/data/*",
  "ecs:DescribeTaskDefinition on *",
];
/** Who carries out steps of a runbook may set the parameters that were named, each by its whole name. */
const RUNBOOKS =
  "ssm:GetParameter, ssm:PutParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/platform/kafka-endpoint, arn:aws:ssm:REGION:ACCOUNT:parameter/platform/active-region";
const RUN = [
  `dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${table}`,
  `dynamodb:Query on ${table}/index/gsi1`,
  `dynamodb:Query on ${table}`,
  `dynamodb:DeleteItem on ${table}`,
  "s3:GetObject on arn:aws:s3:::<BucketBucket>/config/*",
  ...TIMERS,
  "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<BackupWorkQueue>",
];
const takes = (queue: string) =>
  `sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on arn:aws:sqs:REGION:ACCOUNT:<${queue}>`;

/** What the switch adds, with everything it may do beside reading and writing points. */
const FUNCTIONS = {
  BackupFunction: {
    handler: "functions/backup/queue.handler",
    timeout: 300,
    memory: 1024,
    reserved: undefined,
    grants: [...RUN, takes("BackupsQueue")],
    named: [RUNBOOKS],
  },
  BackupTickFunction: {
    handler: "functions/backup/schedule.handler",
    timeout: 300,
    memory: 1024,
    reserved: 1,
    grants: [
      ...RUN,
      `dynamodb:Query on ${table}/index/due`,
      "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<EventsDeadQueue>",
    ],
    named: [RUNBOOKS],
  },
  BackupWorkerFunction: {
    handler: "functions/backup/work-queue.handler",
    timeout: 900,
    memory: 1769,
    reserved: undefined,
    grants: [...RUN, takes("BackupWorkQueue")],
    named: [],
  },
} as const;

let base: Synth;
let plain: Synth;
let said: Synth;
let copied: Synth;
let all: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  plain = await synth({ stage: "prod", env: ON });
  said = await synth({ stage: "prod", env: SAID });
  copied = await synth({
    stage: "dev",
    env: { ...SAID, HEADGATE_BACKUP_OBJECT_LOCK: "on", HEADGATE_BACKUP_REPLICATION: "on", HEADGATE_VPC_API: "on" },
  });
  all = await synth({
    stage: "prod",
    env: {
      ...SAID,
      HEADGATE_MONITORING: "on",
      HEADGATE_SCORING: "on",
      HEADGATE_ALERTING: "on",
      HEADGATE_TRAFFIC: "on",
      HEADGATE_DELIVERY: "on",
      HEADGATE_ALERTING_LINK_PARAMETER: "/headgate/links",
    },
  });
});

const names = (app: Synth, type: string) => ofType(app, type).map(({ name }) => name);
const added = (app: Synth, type: string) => names(app, type).filter((name) => !names(base, type).includes(name));
const grantsOf = (app: Synth, fn: string) =>
  granted(roleOf(app, one(app, FUNCTION, fn))).map((statement) => grantLine(app, statement));
const mappingOf = (app: Synth, queue: string) =>
  ofType(app, "aws:lambda/eventSourceMapping:EventSourceMapping").find(
    ({ inputs }) => byArn(app, QUEUE, inputs["eventSourceArn"])?.name === queue,
  )?.inputs;
/** Of a bucket, found by its name as S3 knows it. */
const aboutBucket = (app: Synth, name: string, type: string) => {
  const { inputs } = one(app, "aws:s3/bucket:Bucket", name);
  return ofType(app, type).find((other) => other.inputs["bucket"] === inputs["bucket"])?.inputs;
};

describe("the app with backup", () => {
  it("is synthesised whole and breaks no rule, whatever else is said", () => {
    for (const app of [plain, said, copied, all]) {
      expect(app.errors).toEqual([]);
      expect(violations(app)).toEqual([]);
    }
    expect(added(plain, FUNCTION).sort()).toEqual(Object.keys(FUNCTIONS).sort());
  });

  it.each(Object.entries(FUNCTIONS))("gives %s what it needs and nothing else", (name, wanted) => {
    expect(grantsOf(said, name).sort()).toEqual([...wanted.grants, ...points(both), ...NAMED, ...wanted.named].sort());
    const alone = points((below) => bucket("BackupPrimary", below));
    expect(grantsOf(plain, name).sort(), "no cluster, key, secret or parameter where none was named").toEqual(
      [...wanted.grants, ...alone].sort(),
    );
  });

  it.each(Object.entries(FUNCTIONS))("builds %s from its handler and runs it within its limits", (name, wanted) => {
    const { inputs } = one(said, FUNCTION, name);
    expect(inputs).toMatchObject({ memorySize: wanted.memory, timeout: wanted.timeout });
    expect(inputs["reservedConcurrentExecutions"]).toBe(wanted.reserved);
    const build = said.builds.find(({ functionID }) => `${functionID}Function` === name);
    expect(build).toMatchObject({ handler: wanted.handler, properties: { minify: true, splitting: true } });
  });

  it("puts its functions where the brokers are, and no other one", () => {
    for (const { name, inputs } of ofType(said, FUNCTION)) {
      if (Object.hasOwn(FUNCTIONS, name))
        expect(inputs["vpcConfig"], name).toMatchObject({
          subnetIds: ["subnet-0a1", "subnet-0b2"],
          securityGroupIds: ["sg-0c3"],
        });
      else expect(inputs["vpcConfig"], name).toBeUndefined();
    }
    for (const { inputs } of ofType(plain, FUNCTION)) expect(inputs["vpcConfig"]).toBeUndefined();
    expect(
      one(copied, FUNCTION, "ApiHandlerFunction").inputs["vpcConfig"],
      "the API, where it was asked for",
    ).toMatchObject({
      subnetIds: ["subnet-0a1", "subnet-0b2"],
    });
  });

  it("gives the API what a person's word needs at once, and neither secrets nor savepoints", () => {
    const before = grantsOf(base, "ApiHandlerFunction");
    const more = grantsOf(said, "ApiHandlerFunction").filter((line) => !before.includes(line));
    expect(more.sort()).toEqual(
      [
        ...TIMERS,
        "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<BackupWorkQueue>",
        ...points(both),
        ...NAMED.slice(0, 9),
        RUNBOOKS,
      ].sort(),
    );
  });

  it("lets only those who carry out runbooks set parameters, those that were named, and nobody where none was", () => {
    const setters = (app: Synth) =>
      ofType(app, FUNCTION)
        .map(({ name }) => name)
        .filter((name) => grantsOf(app, name).some((line) => line.includes("ssm:PutParameter")));
    expect(setters(said).sort()).toEqual(["ApiHandlerFunction", "BackupFunction", "BackupTickFunction"]);
    expect(setters(plain)).toEqual([]);
  });

  it("stays within IAM's limit of a role's policies with everything on and named", () => {
    for (const { name, inputs } of ofType(all, FUNCTION)) {
      const role = roleOf(all, { name, inputs, type: FUNCTION });
      const length = (role.inputs["inlinePolicies"] as { policy: string }[]).reduce(
        (sum, { policy }) =>
          sum + (typeof policy === "string" ? policy : JSON.stringify(policy)).replaceAll(/\s/g, "").length,
        0,
      );
      expect(length, name).toBeLessThan(10_240);
    }
  });

  it("hands work out one message at a time, no more at once than was said, and no sooner again than a worker may live", () => {
    expect(mappingOf(said, "BackupWorkQueue")).toMatchObject({
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 4 },
    });
    expect(mappingOf(plain, "BackupWorkQueue")).toMatchObject({ scalingConfig: { maximumConcurrency: 8 } });
    expect(mappingOf(said, "BackupsQueue")).toMatchObject({ batchSize: 1, scalingConfig: { maximumConcurrency: 3 } });
    const { inputs } = one(said, QUEUE, "BackupWorkQueue");
    expect(inputs["visibilityTimeoutSeconds"]).toBeGreaterThan(900);
    const redrive = JSON.parse(inputs["redrivePolicy"]);
    expect(byArn(said, QUEUE, redrive.deadLetterTargetArn)?.name).toBe("BackupWorkDeadQueue");
  });

  it("tells every function of it, and no function of the app without it", () => {
    for (const { inputs } of ofType(plain, FUNCTION)) {
      const variables = inputs["environment"].variables as Record<string, string>;
      expect(variables["HEADGATE_BACKUP"]).toBe("on");
      expect(byArn(plain, QUEUE, variables["HEADGATE_BACKUP_QUEUE_URL"])?.name).toBe("BackupsQueue");
      expect(byArn(plain, QUEUE, variables["HEADGATE_BACKUP_DEAD_ARN"])?.name).toBe("BackupsDeadQueue");
      expect(byArn(plain, QUEUE, variables["HEADGATE_BACKUP_WORK_URL"])?.name).toBe("BackupWorkQueue");
    }
    for (const { inputs } of ofType(base, FUNCTION))
      expect(Object.keys(inputs["environment"].variables).join()).not.toMatch(/BACKUP/);
  });

  it("runs the tick each minute", () => {
    const { inputs } = one(plain, "aws:scheduler/schedule:Schedule", "BackupTickEverySchedule");
    expect(inputs["scheduleExpression"]).toBe("rate(1 minute)");
    expect(JSON.parse(inputs["target"].input)).toEqual({ kind: "backups" });
    expect(byArn(plain, FUNCTION, inputs["target"].arn)?.name).toBe("BackupTickFunction");
  });

  it("watches it: points that are missing, dead letters of both queues, errors of each function", () => {
    expect(added(plain, ALARM).sort()).toEqual([
      "BackupErrors",
      "BackupTickErrors",
      "BackupWorkerErrors",
      "BackupsOverdue",
      "DeadBackupWork",
      "DeadBackups",
    ]);
    expect(one(plain, ALARM, "BackupsOverdue").inputs).toMatchObject({
      namespace: "Headgate",
      metricName: "BackupsOverdue",
      treatMissingData: "breaching",
    });
  });
});

describe("the buckets of restore points", () => {
  it("are one, and with a region a second one there", () => {
    expect(added(plain, "aws:s3/bucket:Bucket")).toEqual(["BackupPrimaryBucket"]);
    expect(added(said, "aws:s3/bucket:Bucket").sort()).toEqual(["BackupPrimaryBucket", "BackupSecondaryBucket"]);
    const provider = ofType(said, "pulumi:providers:aws").find(({ name }) => name === "BackupRegion");
    expect(provider?.inputs["region"]).toBe("us-west-2");
    expect(said.outputs).toMatchObject({
      backupPrimary: one(said, "aws:s3/bucket:Bucket", "BackupPrimary").inputs["bucket"],
      backupSecondary: one(said, "aws:s3/bucket:Bucket", "BackupSecondary").inputs["bucket"],
    });
  });

  it.each(["BackupPrimary", "BackupSecondary"])(
    "%s forgets half uploads in a day and old versions in a week, and no point by itself",
    (name) => {
      const lifecycle = aboutBucket(said, name, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration");
      expect(lifecycle?.["rules"]).toEqual([
        {
          id: "leftovers",
          status: "Enabled",
          filter: { prefix: "" },
          noncurrentVersionExpiration: { noncurrentDays: 7 },
          expiration: { expiredObjectDeleteMarker: true },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ]);
    },
  );

  it("stay as they are when the stack goes, in every stage, and have a lock only where it was asked for", () => {
    for (const name of ["BackupPrimary", "BackupSecondary"]) {
      expect(one(copied, "aws:s3/bucket:Bucket", name).inputs).toMatchObject({
        forceDestroy: false,
        objectLockEnabled: true,
      });
      expect(one(said, "aws:s3/bucket:Bucket", name).inputs["objectLockEnabled"]).toBeUndefined();
    }
  });

  it("are copied by S3 where it was asked for, deletions left out, by a role that may do nothing else", () => {
    expect(ofType(said, "aws:s3/bucketReplicationConfig:BucketReplicationConfig")).toEqual([]);
    const { inputs } = one(copied, "aws:s3/bucketReplicationConfig:BucketReplicationConfig");
    expect(inputs["rules"]).toMatchObject([{ status: "Enabled", deleteMarkerReplication: { status: "Disabled" } }]);
    const role = one(copied, ROLE, "BackupReplicationRole");
    const [trust] = statements(role.inputs["assumeRolePolicy"]);
    expect(trust?.Principal).toEqual({ Service: "s3.amazonaws.com" });
    expect(trust?.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "123456789012" } });
    const actions = granted(role).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /Put|Delete/.test(action))).toEqual([]);
  });
});

describe("what cannot be meant at deploy", () => {
  it.each([
    ["HEADGATE_BACKUP", "yes"],
    ["HEADGATE_BACKUP_REGION", "oregon"],
    ["HEADGATE_BACKUP_REGION", "us-west-2,us-east-1"],
    ["HEADGATE_BACKUP_OBJECT_LOCK", "1"],
    ["HEADGATE_BACKUP_REPLICATION", "on"],
    ["HEADGATE_BACKUP_WORKERS", "1"],
    ["HEADGATE_BACKUP_CLUSTERS", `${MSK}/*`],
    ["HEADGATE_BACKUP_RESTORE_CLUSTERS", "main"],
    ["HEADGATE_BACKUP_BUCKETS", "orders/*"],
    ["HEADGATE_BACKUP_KEYS", "alias/backup"],
    ["HEADGATE_BACKUP_PARAMETERS", "/prod/*"],
    ["HEADGATE_BACKUP_SECRETS", "*"],
    ["HEADGATE_BACKUP_FAILOVER_PARAMETERS", "/platform/*"],
    ["HEADGATE_BACKUP_FAILOVER_PARAMETERS", "platform"],
    ["HEADGATE_BACKUP_ECS_CLUSTERS", "*"],
    ["HEADGATE_VPC_SUBNETS", "subnet-0a1"],
    ["HEADGATE_VPC_API", "yes"],
  ])("%s=%s ends it and is named", async (name, value) => {
    const app = await synth({ stage: "prod", env: { ...ON, [name]: value } });
    expect(app.errors.join("\n")).toContain(name);
  });
});

describe("docs/deploy.md", () => {
  const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
  it.each<[string, () => string]>([
    ["functions", () => backupFunctionsTable(said)],
    ["permissions", () => backupPermissionsTable(said, base)],
    ["alarms", () => alarmsTable(said, base)],
  ])("tells the %s of backup", (_, tableOf) => {
    expect(document).toContain(tableOf());
  });
});
