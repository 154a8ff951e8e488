import { describe, expect, test } from "vitest";
import { boundsOf } from "../../shared/core/autoscaling/bounds.ts";
import type { AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { explain, sentence } from "../../shared/core/autoscaling/explain.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { config, decide, EMPTY, fleet, look, T0 } from "./given.ts";

/** Ten requests a second to an instance: the policy asks for requests / 10, whatever runs. */
const tracking = (other: AutoscalingConfigInput) =>
  config({
    min: 2,
    max: 40,
    ...other,
    policies: [
      { type: "target-tracking", metric: "requests_per_instance", target: 10, datapoints: { out: 1, in: 1 } },
      ...(other.policies ?? []),
    ],
  });

const per = (desired: number, requests: number) => ({ requests_per_instance: requests / desired });

/** The clauses that bound, and which one in the end. */
function bound(of: ReturnType<typeof tracking>, desired: number, requests: number, state: AutoscalingState = EMPTY) {
  const step = decide(of, fleet(desired), per(desired, requests), state);
  const clamped = step.trace.filter(({ kind, values }) => kind === "clamped" && "wanted" in values);
  return {
    to: step.desired,
    reason: step.reason,
    by: clamped.map(({ rule, values }) => `${rule} ${values["wanted"]} → ${values["count"]}`),
    last: step.trace.at(-1)?.values["bound"],
    text: step.trace.at(-1)?.text,
  };
}

describe("each guard says so in a clause of its own, and the record which one bound in the end", () => {
  const night = { type: "scheduled" as const, actions: [{ cron: "0 8 * * *", min: 6, max: 12 }] };
  test.each([
    ["nothing binds", tracking({}), 10, 200, { to: 20, by: [], last: undefined }],
    ["the maximum", tracking({}), 10, 500, { to: 40, by: ["max 50 → 40"], last: "max" }],
    ["the minimum", tracking({}), 10, 0, { to: 2, by: ["min 1 → 2"], last: "min" }],
    [
      "a scheduled ceiling",
      tracking({ policies: [night] }),
      10,
      500,
      { to: 12, by: ["scheduled 50 → 12"], last: "scheduled" },
    ],
    [
      "a scheduled floor",
      tracking({ policies: [night] }),
      10,
      0,
      { to: 6, by: ["scheduled 1 → 6"], last: "scheduled" },
    ],
    [
      "the largest step outward",
      tracking({ maxStep: 3 }),
      10,
      200,
      { to: 13, by: ["max-step 20 → 13"], last: "max-step" },
    ],
    [
      "the largest step inward",
      tracking({ maxStep: { in: 1 } }),
      10,
      0,
      { to: 9, by: ["min 1 → 2", "max-step 2 → 9"], last: "max-step" },
    ],
    [
      "a step of one direction leaves the other",
      tracking({ maxStep: { in: 1 } }),
      10,
      200,
      { to: 20, by: [], last: undefined },
    ],
    [
      "a budget",
      tracking({ budget: { perHour: 0.3, taskHour: 0.02 } }),
      10,
      200,
      { to: 15, by: ["budget 20 → 15"], last: "budget" },
    ],
    [
      "of a budget and a step the tighter one, which comes last",
      tracking({ budget: { perHour: 0.3, taskHour: 0.02 }, maxStep: 2 }),
      10,
      200,
      { to: 12, by: ["budget 20 → 15", "max-step 15 → 12"], last: "max-step" },
    ],
    [
      "of a schedule and a budget the budget, where it is lower",
      tracking({ budget: { perHour: 1, taskHour: 0.1 }, policies: [night] }),
      8,
      500,
      { to: 10, by: ["budget 50 → 10"], last: "budget" },
    ],
  ])("%s", (_name, of, desired, requests, expected) => {
    expect(bound(of, desired, requests)).toMatchObject(expected);
  });

  test("at a bound nothing is done, and it is named", () => {
    expect(bound(tracking({}), 40, 500)).toMatchObject({
      to: undefined,
      reason: "at_max",
      by: ["max 50 → 40"],
      last: "max",
    });
    const paid = bound(tracking({ budget: { perHour: 1, taskHour: 0.1 } }), 10, 500);
    expect(paid).toMatchObject({ reason: "at_max", by: ["budget 50 → 10"], last: "budget" });
    expect(paid.text).toMatch(/, but 10 is all that the budget pays for$/);
  });
});

describe("a budget", () => {
  test("is a count: 0.3 an hour at 0.1 is three, whatever floats say", () => {
    expect(boundsOf(tracking({ budget: { perHour: 0.3, taskHour: 0.1 } }), T0)).toMatchObject({
      max: 3,
      maxBy: "budget",
    });
  });
  test("wins over a minimum, and says so", () => {
    const of = tracking({ min: 5, budget: { perHour: 0.3, taskHour: 0.1 } });
    expect(boundsOf(of, T0)).toMatchObject({ min: 3, max: 3, minBy: "budget" });
    const step = decide(of, fleet(5), per(5, 49));
    expect([step.desired, step.reason]).toEqual([3, "bounds_enforced"]);
    expect(step.trace.map(({ text }) => text)).toContain(
      "a budget of 0.3 an hour pays for 3 at 0.1 each, fewer than the minimum of 5: the budget wins",
    );
    expect(step.trace.at(-1)).toMatchObject({ rule: "budget", text: "5 is above the 3 that the budget pays for" });
  });
  test("that pays for more than the maximum changes nothing", () => {
    expect(boundsOf(tracking({ budget: { perHour: 100, taskHour: 0.1 } }), T0)).toMatchObject({ min: 2, max: 40 });
    expect(bound(tracking({ budget: { perHour: 100, taskHour: 0.1 } }), 10, 500).last).toBe("max");
  });
  test("that pays for none keeps one, where the minimum is not 0", () => {
    const none = { perHour: 0.01, taskHour: 1 };
    expect(boundsOf(tracking({ budget: none }), T0)).toMatchObject({ min: 1, max: 1 });
    expect(boundsOf(tracking({ min: 0, budget: none }), T0)).toMatchObject({ min: 0, max: 0 });
  });
});

describe("the largest step", () => {
  test("does not hold bounds or a person up: they are somebody's word", () => {
    const of = tracking({ min: 12, maxStep: 1 });
    expect(decide(of, fleet(3), per(3, 0)).desired).toBe(12);
    const override = { by: "ada", why: "sale", at: T0, until: T0 + 60_000, desired: 30 };
    expect(decide(of, fleet(12), per(12, 0), { ...EMPTY, override }).desired).toBe(30);
  });
});

test("a sentence and the chain tell of the guard", () => {
  const of = tracking({ maxStep: 3 });
  const step = autoscaling.step(of, EMPTY, look(fleet(10), per(10, 200)), T0);
  const record = {
    subject: "orders",
    at: T0,
    trigger: { type: "schedule" },
    mode: "act",
    configVersion: "1",
    reason: step.reason,
    trace: step.trace,
    actions: step.actions,
    outcomes: [],
  } as unknown as DecisionRecord;
  expect(sentence(record)).toMatch(/^orders: 10 → 13 instances, because .*, clamped to 13 by the largest step$/);
  expect(explain(record).join("\n")).toContain("clamped by max-step: 20 wanted, 13 by the largest step, 3 at once");
});

test("a record from before there were guards replays to the bit: no clause is added to it", () => {
  const { outcome: _, ...old } = tracking({});
  const step = autoscaling.step(old as typeof old & { outcome: never }, EMPTY, look(fleet(10), per(10, 500)), T0);
  expect(step.trace.map(({ kind, rule }) => `${kind} ${rule}`)).toEqual([
    "input fleet",
    "input requests_per_instance",
    "computed target-tracking",
    "chosen target-tracking",
  ]);
  expect(step.trace.at(-1)?.values).toEqual({ from: 10, desired: 40, min: 2, max: 40 });
  const [scale] = step.actions;
  expect(step.state.asked).toEqual({ key: scale?.key, at: T0, from: 10, desired: 40, direction: "out" });
  const done = [{ key: scale?.key ?? "", status: "done" as const, at: T0, detail: "" }];
  expect(autoscaling.settle(old as never, step.state, done, T0)).not.toHaveProperty("effect");
});

describe("where nothing runs", () => {
  const lag = (waiting: number) => ({
    at: T0,
    state: "Empty",
    topics: { orders: [[0, waiting, 0] as const] },
  });
  const at0 = (policies: AutoscalingConfigInput["policies"], waiting: number) => {
    const of = config({ min: 0, ...(policies ? { policies } : {}) });
    return autoscaling.step(of, EMPTY, { ...look(fleet(0)), lags: { 0: lag(waiting) } }, T0);
  };
  const kafka = { type: "kafka-lag", cluster: "main", group: "orders", rule: "keda" } as const;
  test("a lag opens the way out of 0, and no lag leaves it there", () => {
    expect(at0([kafka], 100).reason).toBe("scaled_out");
    expect(at0([kafka], 0).actions).toEqual([]);
  });
  test.each(["demand", "predictive", "instances"] as const)("%s does not leave it by itself", (type) => {
    expect(at0([{ type }], 100).reason).toBe("held_off");
  });
});
