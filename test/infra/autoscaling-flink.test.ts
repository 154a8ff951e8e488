import { beforeAll, describe, expect, it } from "vitest";
import { FUNCTION, granted, grantLine, ofType, one, roleOf } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const DECIDING = ["AlarmFunction", "TickFunction", "SweepFunction", "TimerFunction", "ApiHandlerFunction"];

let base: Synth;
let said: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  said = await synth({ stage: "prod", env: { HEADGATE_MANAGED_FLINK_APPLICATIONS: "orders,click.stream" } });
});

const flink = (app: Synth, name: string): readonly string[] =>
  granted(roleOf(app, one(app, FUNCTION, name)))
    .map((statement) => grantLine(app, statement))
    .filter((line) => line.includes("kinesisanalytics"));

describe("Managed Flink, deployed", () => {
  it("breaks no rule", () => {
    expect(said.errors).toEqual([]);
    expect(violations(said)).toEqual([]);
  });

  it("is off: nobody may ask an application", () => {
    for (const { name } of ofType(base, FUNCTION)) expect(flink(base, name), name).toEqual([]);
  });

  it("only who decides may look at the applications that were named and change them, and no other one", () => {
    const line =
      "kinesisanalytics:DescribeApplication, kinesisanalytics:UpdateApplication on arn:aws:kinesisanalytics:*:ACCOUNT:application/orders, arn:aws:kinesisanalytics:*:ACCOUNT:application/click.stream";
    for (const { name } of ofType(said, FUNCTION))
      expect(flink(said, name), name).toEqual(DECIDING.includes(name) ? [line] : []);
  });

  it("refuses what is no name", async () => {
    const app = await synth({ stage: "prod", env: { HEADGATE_MANAGED_FLINK_APPLICATIONS: "a b" } });
    expect(app.errors.join()).toContain('HEADGATE_MANAGED_FLINK_APPLICATIONS "a b"');
  });

  it("refuses a VPC for scaling that is nowhere said", async () => {
    const app = await synth({ stage: "prod", env: { HEADGATE_VPC_SCALING: "on" } });
    expect(app.errors.join()).toContain("HEADGATE_VPC_SCALING needs HEADGATE_VPC_SUBNETS");
  });
});
