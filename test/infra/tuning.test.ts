import { beforeAll, describe, expect, it } from "vitest";
import { ALARM, FUNCTION, granted, grantLine, ofType, one, roleOf } from "./read.ts";
import { violations } from "./rules.ts";
import { type Synth, synth } from "./synth.ts";

const table = "arn:aws:dynamodb:REGION:ACCOUNT:table/<TableTable>";

let base: Synth;
let on: Synth;
beforeAll(async () => {
  base = await synth({ stage: "prod" });
  on = await synth({ stage: "prod", env: { HEADGATE_TUNING: "on" } });
});

const names = (app: Synth, type: string) => ofType(app, type).map(({ name }) => name);

describe("the app with tuning", () => {
  it("is synthesised whole and breaks no rule; without it nothing of it is there", () => {
    expect(on.errors).toEqual([]);
    expect(violations(on)).toEqual([]);
    const added = names(on, FUNCTION).filter((name) => !names(base, FUNCTION).includes(name));
    expect(added).toEqual(["TuningFunction"]);
    for (const { inputs } of ofType(base, FUNCTION))
      expect(Object.keys(inputs["environment"].variables)).not.toContain("HEADGATE_TUNING");
    const alarms = names(on, ALARM).filter((name) => !names(base, ALARM).includes(name));
    expect(alarms.sort()).toEqual(["TuningErrors"]);
  });

  it("looks each hour, on one core, for a quarter of an hour at the most", () => {
    expect(one(on, FUNCTION, "TuningFunction").inputs).toMatchObject({ timeout: 900, memorySize: 1769 });
    const build = on.builds.find(({ functionID }) => functionID === "Tuning");
    expect(build?.handler).toBe("functions/autoscaling/tuning-schedule.handler");
    const [schedule] = ofType(on, "aws:scheduler/schedule:Schedule").filter(({ name }) =>
      name.startsWith("TuningEvery"),
    );
    expect(schedule?.inputs["scheduleExpression"]).toBe("rate(1 hour)");
    expect(JSON.parse(schedule?.inputs["target"].input)).toEqual({ kind: "tuning" });
  });

  it("reads measurements and the configuration, keeps what it found, and may scale nothing", () => {
    const lines = granted(roleOf(on, one(on, FUNCTION, "TuningFunction"))).map((statement) => grantLine(on, statement));
    expect([...new Set(lines)].sort()).toEqual(
      [
        `dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${table}`,
        `dynamodb:Query on ${table}/index/gsi1`,
        "s3:GetObject on arn:aws:s3:::<BucketBucket>/config/*",
        "cloudwatch:GetMetricData on *",
        "sqs:SendMessage on arn:aws:sqs:REGION:ACCOUNT:<EventsDeadQueue>",
      ].sort(),
    );
  });

  it("is called by the API, which does not wait for it, and may call nothing else", () => {
    const api = (app: Synth) => one(app, FUNCTION, "ApiHandlerFunction");
    const added = granted(roleOf(on, api(on)))
      .map((statement) => grantLine(on, statement))
      .filter((line) => line.includes("lambda:"));
    expect(added).toEqual([expect.stringMatching(/^lambda:InvokeFunction on .*Tuning/)]);
    expect(JSON.stringify(granted(roleOf(base, api(base))))).not.toContain("lambda:");
    expect(JSON.stringify(api(on).inputs["environment"])).toContain("HEADGATE_TUNING_FUNCTION");
    expect(JSON.stringify(api(base).inputs["environment"])).not.toContain("HEADGATE_TUNING_FUNCTION");
  });

  it("a switch that cannot be meant ends the deployment", async () => {
    const app = await synth({ stage: "prod", env: { HEADGATE_TUNING: "yes" } });
    expect(app.errors.join()).toContain('HEADGATE_TUNING "yes": allowed are on and off');
  });
});
