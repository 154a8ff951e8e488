import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { Json } from "../../shared/core/kernel/json.ts";
import { valueAt } from "../../shared/core/monitoring/metric-rules.ts";
import { MetricRules } from "../../shared/core/monitoring/metric-rules-config.ts";
import { alertRule } from "../../shared/core/monitoring/rule-machine.ts";
import type { MetricRuleConfig, RuleState } from "../../shared/core/monitoring/rule-types.ts";

const START = 1_767_571_200_000;

function config(rule: Record<string, unknown>): MetricRuleConfig {
  const [[name, parsed] = []] = Object.entries(v.parse(MetricRules, { slow: rule }));
  if (!parsed) throw new Error("no rule");
  return {
    kind: "metric-path",
    subject: "services/orders/slow",
    service: "orders",
    name: name ?? "",
    intervalMs: 30_000,
    externalLabels: {},
    rule: parsed,
  };
}

/** Values as they come, every 30 s; undefined: missing. */
function looks(rule: Record<string, unknown>, ...values: readonly (number | undefined)[]) {
  const made = config(rule);
  let state = alertRule.initial(made, START) as RuleState;
  return values.map((value, index) => {
    const at = START + index * 30_000;
    const input = { kind: "metrics", at, ...(value === undefined ? {} : { value: `${value}` }) } as const;
    const step = alertRule.step(made, state, input, at);
    state = step.state as RuleState;
    return { reason: step.reason, sent: step.actions.flatMap(({ alerts }) => alerts) };
  });
}

const reasons = (...args: Parameters<typeof looks>) => looks(...args).map(({ reason }) => reason);

describe("metric-path rules", () => {
  it('have the platform\'s defaults: > 0, at once, warning, "Alert condition met"', () => {
    expect(v.parse(MetricRules, { slow: { condition: { metric_path: "a.b" } } })).toEqual({
      slow: {
        condition: { metric_path: "a.b", operator: ">", threshold: 0, duration: 0 },
        severity: "warning",
        message: "Alert condition met",
        cooldown: 0,
        channels: [],
        exact: false,
      },
    });
    const [first] = looks({ condition: { metric_path: "a.b" } }, 1);
    expect(first).toMatchObject({
      reason: "fired",
      sent: [
        {
          labels: { alertname: "slow", service: "orders", severity: "warning" },
          annotations: { summary: "Alert condition met" },
        },
      ],
    });
  });

  it.each<[string, number, number, boolean]>([
    [">", 5, 5, false],
    [">", 5.1, 5, true],
    ["<", 4.9, 5, true],
    ["<", 5, 5, false],
    [">=", 5, 5, true],
    [">=", 4.9, 5, false],
    ["<=", 5, 5, true],
    ["<=", 5.1, 5, false],
    ["==", 5, 5, true],
    ["==", 5.1, 5, false],
    ["!=", 5.1, 5, true],
    ["!=", 5, 5, false],
  ])("operator %s on %d and %d: %s", (operator, value, threshold, fires) => {
    expect(reasons({ condition: { metric_path: "a", operator, threshold } }, value)).toEqual([
      fires ? "fired" : "quiet",
    ]);
  });

  it.each([
    ["60 seconds", 60],
    ["a duration text", "1m"],
  ])("holds the condition for its duration, given as %s", (_, duration) => {
    const condition = { metric_path: "a", duration };
    expect(reasons({ condition }, 1, 1, 0, 1, 1, 1)).toEqual([
      "pending",
      "still_pending",
      "dropped",
      "pending",
      "still_pending",
      "fired",
    ]);
  });

  it("under the exact original fires at once whatever the duration says, and takes a missing value for no alert", () => {
    expect(
      reasons({ condition: { metric_path: "a", duration: 3_600 }, exact: true }, 1, undefined, undefined, 1),
    ).toEqual(["fired", "resolved", "quiet", "fired"]);
  });

  it("holds where the value is missing: nothing is zero, nothing fires, nothing ends", () => {
    const below = { condition: { metric_path: "a", operator: "<", threshold: 1 } };
    expect(reasons(below, undefined, undefined, 0.5, undefined, 2)).toEqual([
      "held_no_value",
      "held_no_value",
      "fired",
      "held_no_value",
      "resolved",
    ]);
  });

  it("within the cooldown holds what it sends, not what it knows", () => {
    const rule = { condition: { metric_path: "a" }, cooldown: "2m" };
    const course = looks(rule, 1, 0, 1, 1, 1, 0);
    expect(course.map(({ reason }) => reason)).toEqual([
      "fired",
      "resolved",
      "fired",
      "held_cooldown",
      "sent_after_cooldown",
      "resolved",
    ]);
    expect(course.map(({ sent }) => sent.length)).toEqual([1, 1, 0, 0, 1, 1]);
  });

  it("what a worker that stalled decided was not confirmed by those who looked in the meantime", () => {
    const made = config({ condition: { metric_path: "a", duration: 60 } });
    let state = alertRule.initial(made, START) as RuleState;
    const look = (looksAt: number, now: number, previous?: number) => {
      const at = START + looksAt * 30_000;
      const previousAt = previous === undefined ? {} : { previousAt: START + previous * 30_000 };
      const step = alertRule.step(
        made,
        state,
        { kind: "metrics", at, value: "1", ...previousAt },
        START + now * 30_000,
      );
      state = step.state as RuleState;
      return step.reason;
    };
    expect([look(0, 4), state.decidedAt]).toEqual(["pending", START + 4 * 30_000]);
    // At 1 to 4 others found nothing where nothing was known.
    expect([look(5, 5, 4), look(6, 6, 5), look(7, 7, 6)]).toEqual(["still_pending", "still_pending", "fired"]);
  });

  it("does not tell of an end that nobody knows the beginning of", () => {
    const rule = { condition: { metric_path: "a" }, cooldown: "1h" };
    expect(looks(rule, 1, 0, 1, 0).map(({ sent }) => sent.length)).toEqual([1, 1, 0, 0]);
  });

  it.each<[string, unknown, string]>([
    ["no path", { condition: {} }, "metric_path"],
    ["an empty part", { condition: { metric_path: "a..b" } }, "names divided by dots"],
    ["an unknown operator", { condition: { metric_path: "a", operator: "=>" } }, "operator"],
    ["a threshold as text", { condition: { metric_path: "a", threshold: "5" } }, "a number"],
    ["a negative duration", { condition: { metric_path: "a", duration: -1 } }, "duration"],
    ["an unknown member", { condition: { metric_path: "a" }, severty: "x" }, "severty"],
    ["a channel with a comma", { condition: { metric_path: "a" }, channels: ["a,b"] }, "without blanks and commas"],
  ])("refuses %s", (_, rule, said) => {
    const parsed = v.safeParse(MetricRules, { slow: rule });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.issues?.map((issue) => [v.getDotPath(issue), issue.message]))).toContain(said);
  });
});

describe("the value at a path", () => {
  const metrics: Json = { a: { b: 1.5, list: [{ c: 2 }], text: "3", yes: true, none: null }, constructor: 7 };

  it.each([
    ["a.b", "1.5"],
    ["a.list.0.c", "2"],
    ["constructor", "7"],
  ])("%s is %s", (path, value) => {
    expect(valueAt(metrics, path)).toEqual({ ok: true, value });
  });

  it.each([
    ["a.x", "there is no a.x"],
    ["x", "there is no x"],
    ["a.b.c", "a.b has no members"],
    ["a.none.c", "a.none has no members"],
    ["a.text", "a.text is no number"],
    ["a.yes", "a.yes is no number"],
    ["a", "a is no number"],
    ["toString", "there is no toString"],
    ["a.list.length", "a.list.length"],
  ])("%s: %s", (path, missing) => {
    expect(valueAt(metrics, path)).toEqual({ ok: false, missing: expect.stringContaining(missing) });
  });

  it("of no metrics at all is none", () => {
    expect(valueAt(undefined, "a")).toMatchObject({ ok: false, missing: "there are no metrics" });
  });
});
