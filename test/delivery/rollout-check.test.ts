import { describe, expect, test } from "vitest";
import { checkDelivery, type DeliveryFacts } from "../../shared/core/delivery/check.ts";
import { explain, sentence } from "../../shared/core/delivery/explain.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { decision } from "../contract/records.ts";
import { configOf, desk, look, START, seen } from "./rollout-kit.ts";

const FACTS: DeliveryFacts = { known: true, ecs: false, weights: false };
const ECS = { cluster: "data", slots: { blue: "orders-blue", green: "orders-green" } };

type Delivery = Parameters<typeof configOf>[0];

describe("what the schema cannot see", () => {
  test("the defaults have no fault", () => {
    expect(checkDelivery(configOf().delivery, FACTS)).toEqual([]);
  });

  test.each<readonly [string, Delivery, Partial<DeliveryFacts>, string, boolean]>([
    ["two slots and nobody who divides", { ecs: ECS }, {}, "strategy", true],
    ["one slot: ECS replaces its tasks itself", {}, { ecs: true }, "strategy", true],
    [
      "a target group of no slot",
      { ecs: { ...ECS, targetGroups: { red: "arn:aws:x" } } },
      { weights: true },
      "ecs.targetGroups.red",
      false,
    ],
    ["looks further apart than the time there is", { poll: "30s", timeout: "10s" }, {}, "poll", false],
    ["steps that take longer than the deadline", { first: "2d", deadline: "1d" }, {}, "deadline", false],
    ["a marginal score above pass", { gate: { rule: "kayenta", pass: 70, marginal: 75 } }, {}, "gate.marginal", false],
    ["a step shorter than a tick", { first: "10s" }, {}, "first", true],
    ["blue-green without a bake", { strategy: "blue-green", bake: "0s" }, {}, "bake", true],
    ["half minutes of CloudWatch", { counts: "cloudwatch" }, {}, "every", false],
    [
      "a query that does not tell versions apart",
      { counts: { prometheus: { requests: "sum(rate(x[$window]))", errors: "e{v='$version'}" } } },
      {},
      "counts.prometheus.requests",
      false,
    ],
    ["no room to roll in", { strategy: "rolling", maxSurge: 0 }, {}, "maxSurge", true],
    ["all the traffic at once", { steps: [100] }, {}, "steps", true],
    ["a service that nobody runs yet", {}, { known: false }, "", true],
  ])("%s", (_, delivery, facts, path, works) => {
    const found = checkDelivery(configOf(delivery).delivery, { ...FACTS, ...facts });
    expect(found.map((one) => [one.path.join("."), one.works === true])).toEqual([[path, works]]);
    expect(found[0]?.allowed).toBeTruthy();
  });
});

describe("words", () => {
  test("every decision of a rollout has a sentence that begins with the service and says why", () => {
    const table = desk(configOf({ gate: "off", steps: [5, 100] }));
    const at = (v2: number, n = 1) => look([seen("v1", 4), seen("v2", n)], { shares: { v1: 100 - v2, v2 } });
    const told = [
      table.start(),
      table.after(5, look([seen("v1", 4)], { shares: { v1: 100 } })),
      table.after(5, at(0)),
      table.after(5, at(0)),
      table.after(5, at(5)),
      table.after(30, at(5)),
      table.say("pause"),
      table.say("abort", at(5)),
      table.after(5, at(0)),
      table.after(5, look([seen("v1", 4)], { shares: { v1: 100 } })),
    ].map((step) =>
      sentence(
        decision({
          at: START,
          noun: "delivery",
          subject: "rollout:orders",
          reason: step.reason,
          trace: step.trace,
          actions: step.actions,
          stateAfter: step.state as unknown as Json,
        }),
      ),
    );
    expect(told).toEqual([
      "orders: started: v2 after v1, canary, 4 instances, by ada",
      "orders: the new version is started: v2 gets 1 instance",
      "orders: held, starting: v2 is ready; it has to stay so for a look",
      "orders: shares are being set: shares are set to v1 95 %, v2 5 %",
      "orders: shares are served as wanted: served as wanted: v1 95 %, v2 5 %",
      "orders: held, judging: 9 min 30 s left; nothing is judged",
      "orders: paused: ada paused it",
      "orders: goes back: abort by ada",
      "orders: the new version goes: v2 is taken away, 1 of its instances run",
      "orders: rolled back: v2 is gone, v1 serves: abort by ada",
    ]);
  });

  test("an explanation tells what was done, without the release itself; flags have their own words", () => {
    const table = desk(configOf());
    table.start();
    const step = table.after(5, look([seen("v1", 4)], { shares: { v1: 100 } }));
    const record = decision({
      at: START,
      noun: "delivery",
      subject: "rollout:orders",
      reason: step.reason,
      trace: step.trace,
      actions: step.actions,
    });
    expect(explain(record)).toContain("did: ensure version v2 1");
    expect(explain(record).join("\n")).not.toContain("orders.mjs");
    const flag = decision({ at: START, noun: "delivery", subject: "flag:new-checkout", reason: "killed", trace: [] });
    expect(sentence(flag)).toContain("new-checkout");
  });
});
