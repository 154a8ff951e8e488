import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alarmName,
  ownerOf,
  partAlarmName,
  ruleAlarmName,
  stagePrefix,
  tenantPrefix,
} from "../../shared/core/kernel/alarm-name.ts";

describe("the name of an alarm", () => {
  it("tells stage, tenant, service, metric and direction", () => {
    expect(alarmName("prod", "default", "headgate-orders-cpu-out")).toBe("headgate/prod/default/orders-cpu-out");
  });

  const part = fc.stringMatching(/^[a-z0-9-]{1,12}$/);

  it("is another one wherever stage, tenant or service differ, whatever hyphens they have", () => {
    const address = fc.tuple(part, part, part);
    fc.assert(
      fc.property(address, address, (a, b) => {
        const name = ([stage, tenant, service]: typeof a) => alarmName(stage, tenant, `headgate-${service}-cpu-out`);
        expect(name(a) === name(b)).toBe(a.join("/") === b.join("/"));
      }),
    );
  });

  it("is found by the prefix of its stage and tenant, and by no other one's", () => {
    fc.assert(
      fc.property(part, part, part, part, (stage, tenant, otherStage, otherTenant) => {
        const name = alarmName(stage, tenant, "headgate-a-cpu-out");
        expect(name.startsWith(stagePrefix(otherStage))).toBe(stage === otherStage);
        expect(name.startsWith(tenantPrefix(stage, otherTenant))).toBe(tenant === otherTenant);
      }),
    );
  });

  it("tells its owner, also where a tenant has slashes and signs of its own", () => {
    fc.assert(
      fc.property(part, fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }), (stage, tenant) => {
        expect(ownerOf(alarmName(stage, tenant, "headgate-a/b-cpu-out"))).toEqual({ stage, tenant });
      }),
    );
  });

  it.each(["", "headgate", "headgate-orders-cpu-out", "headgate/prod", "headgate/prod/default/", "headgate//a/b"])(
    "%j has no owner",
    (name) => {
      expect(ownerOf(name)).toBeUndefined();
    },
  );

  it("has at most CloudWatch's 255 characters, and the longest ones stay apart", () => {
    const long = (end: string) =>
      alarmName("s".repeat(41), "t".repeat(40), `headgate-${"a".repeat(200)}-${"m".repeat(63)}${end}-out`);
    expect(long("x")).toHaveLength(255);
    expect(long("x")).not.toBe(long("y"));
    expect(long("x")).toBe(long("x"));
    expect(ownerOf(long("x"))).toEqual({ stage: "s".repeat(41), tenant: "t".repeat(40) });
    const whole = alarmName("p", "t", `headgate-${"a".repeat(255 - "headgate/p/t/-cpu-out".length)}-cpu-out`);
    expect(whole).toHaveLength(255);
    expect(whole).toMatch(/-cpu-out$/);
  });

  it("of a rule tells the alert to people and the rule to machines, apart from every service's", () => {
    const rule = { alert: 'Kafka down: "all"', subject: "rules.yml/kafka/Kafka down#0" };
    const name = ruleAlarmName("prod", "default", rule);
    expect(name).toMatch(/^headgate\/prod\/default\/rule\/Kafka-down-all--[0-9a-f]{16}$/);
    expect(partAlarmName("prod", "default", rule, 0)).toBe(`${name.replace("/rule/", "/part/")}-1`);
    expect(ruleAlarmName("prod", "default", { ...rule, subject: "rules.yml/kafka/Kafka down#1" })).not.toBe(name);
    expect(ownerOf(name)).toEqual({ stage: "prod", tenant: "default" });
    // A service may be called "rule-x", and its name has no slash.
    expect(alarmName("prod", "default", "headgate-rule-x-cpu-out")).not.toContain("/rule/");
  });
});
