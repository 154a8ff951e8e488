import { describe, expect, it } from "vitest";
import { readEnv } from "../../shared/shell/env.ts";

const GIVEN = {
  HEADGATE_TABLE: "table",
  HEADGATE_BUCKET: "bucket",
  HEADGATE_QUEUE_URL: "https://sqs",
  HEADGATE_QUEUE_ARN: "arn:sqs",
  HEADGATE_SCHEDULER_GROUP: "group",
  HEADGATE_SCHEDULER_ROLE_ARN: "arn:role",
};

describe("the environment of a function", () => {
  it("has a tenant and a stage, also where none is named", () => {
    expect(readEnv(GIVEN)).toMatchObject({ HEADGATE_TENANT: "default", HEADGATE_STAGE: "dev" });
    expect(readEnv({ ...GIVEN, HEADGATE_TENANT: "", HEADGATE_STAGE: "prod" })).toMatchObject({
      HEADGATE_TENANT: "default",
      HEADGATE_STAGE: "prod",
    });
  });

  it.each([
    ["HEADGATE_TENANT", "Team A", "a-z, 0-9 and -, at most 40"],
    ["HEADGATE_TENANT", "a/b", "a-z, 0-9 and -, at most 40"],
    ["HEADGATE_TENANT", "t".repeat(41), "a-z, 0-9 and -, at most 40"],
    ["HEADGATE_STAGE", "prod/default", "letters, digits and -, at most 41"],
    ["HEADGATE_STAGE", "s".repeat(42), "letters, digits and -, at most 41"],
  ])("refuses %s %j, which could not stand in a key or an alarm's name", (path, value, allowed) => {
    try {
      readEnv({ ...GIVEN, [path]: value });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "config.invalid", faults: [{ path, message: "is not usable", allowed }] });
    }
  });

  it("names everything that is missing", () => {
    try {
      readEnv({});
      expect.unreachable();
    } catch (error) {
      const { faults } = error as { readonly faults: readonly { readonly path: string; readonly message: string }[] };
      expect(faults.map((fault) => fault.path)).toEqual(Object.keys(GIVEN));
      expect(new Set(faults.map((fault) => fault.message))).toEqual(new Set(["is not set"]));
    }
  });
});
