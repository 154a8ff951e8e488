import { beforeAll, describe, expect, it } from "vitest";
import { FUNCTION, granted, grantLine, ofType, one, roleOf } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const MSK = "arn:aws:kafka:eu-central-1:123456789012:cluster";
const MAIN = `${MSK}/main/6f1c-11`;
const NETWORK = { HEADGATE_VPC_SUBNETS: "subnet-0a1,subnet-0b2", HEADGATE_VPC_SECURITY_GROUPS: "sg-0c3" };
const DECIDING = ["AlarmFunction", "TickFunction", "SweepFunction", "TimerFunction"];

let base: Synth;
let said: Synth;
let beside: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  said = await synth({ stage: "prod", env: { ...NETWORK, HEADGATE_LAG_CLUSTERS: MAIN, HEADGATE_VPC_SCALING: "on" } });
  const backup = { HEADGATE_BACKUP: "on", HEADGATE_BACKUP_CLUSTERS: MAIN };
  beside = await synth({
    stage: "prod",
    env: { ...NETWORK, ...backup, HEADGATE_LAG_CLUSTERS: `${MAIN},${MSK}/other/7a-1` },
  });
});

const kafka = (app: Synth, name: string): readonly string[] =>
  granted(roleOf(app, one(app, FUNCTION, name)))
    .map((statement) => grantLine(app, statement))
    .filter((line) => line.includes("kafka"));

describe("lag of consumer groups, deployed", () => {
  it("breaks no rule", () => {
    for (const app of [said, beside]) {
      expect(app.errors).toEqual([]);
      expect(violations(app)).toEqual([]);
    }
  });

  it("is off: nobody may ask a cluster, and no function is in a VPC", () => {
    for (const { name, inputs } of ofType(base, FUNCTION)) {
      expect(inputs["vpcConfig"], name).toBeUndefined();
      expect(kafka(base, name), name).toEqual([]);
    }
  });

  it.each([...DECIDING, "ApiHandlerFunction"])(
    "%s may look at groups and ends of logs, and do nothing else",
    (name) => {
      expect(kafka(said, name)).toEqual([
        "kafka:GetBootstrapBrokers on arn:aws:kafka:REGION:ACCOUNT:cluster/main/6f1c-11",
        "kafka-cluster:Connect, kafka-cluster:DescribeCluster on arn:aws:kafka:REGION:ACCOUNT:cluster/main/6f1c-11",
        "kafka-cluster:DescribeTopic on arn:aws:kafka:REGION:ACCOUNT:topic/main/6f1c-11/*",
        "kafka-cluster:DescribeGroup on arn:aws:kafka:REGION:ACCOUNT:group/main/6f1c-11/*",
      ]);
    },
  );

  it("runs where the brokers are only where that is said", () => {
    for (const name of DECIDING) {
      expect(one(said, FUNCTION, name).inputs["vpcConfig"], name).toMatchObject({ securityGroupIds: ["sg-0c3"] });
      expect(one(beside, FUNCTION, name).inputs["vpcConfig"], name).toBeUndefined();
    }
  });

  it("grants the API nothing twice where it reads a cluster for backups already", () => {
    const lines = kafka(beside, "ApiHandlerFunction").join("\n");
    expect(lines.split("main/6f1c-11/*").length - 1).toBe(2);
    expect(lines).toContain("topic/other/7a-1/*");
  });

  it("reads the passwords of clusters that were named, and no other parameter", async () => {
    const app = await synth({ stage: "prod", env: { HEADGATE_LAG_PARAMETERS: "/kafka/billing" } });
    expect(violations(app)).toEqual([]);
    for (const { name } of ofType(app, FUNCTION))
      expect(
        granted(roleOf(app, one(app, FUNCTION, name)))
          .map((statement) => grantLine(app, statement))
          .filter((line) => line.startsWith("ssm:")),
        name,
      ).toEqual(
        [...DECIDING, "ApiHandlerFunction"].includes(name)
          ? ["ssm:GetParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/kafka/billing"]
          : [],
      );
    const wrong = await synth({ stage: "prod", env: { HEADGATE_LAG_PARAMETERS: "kafka" } });
    expect(wrong.errors.join()).toContain('HEADGATE_LAG_PARAMETERS "kafka"');
  });

  it("refuses what is no cluster", async () => {
    const app = await synth({ stage: "prod", env: { HEADGATE_LAG_CLUSTERS: "main" } });
    expect(app.errors.join()).toContain('HEADGATE_LAG_CLUSTERS "main": ARNs of MSK clusters, commas between');
  });
});
