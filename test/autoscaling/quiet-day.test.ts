import * as v from "valibot";
import { expect, test } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { sweep, tick } from "../../functions/autoscaling/schedule.ts";
import { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, world } from "../api/kit.ts";

const DAY = 24 * 60;
/** A service above its minimum is looked at every five minutes; each look moves its due instant, and nothing else. */
const LOOKS_ABOVE_MIN = DAY / 5;

const POLICIES = {
  instances: "{ type: instances }",
  parallelism: "{ type: parallelism }",
  "target-tracking": "{ type: target-tracking, target: 70 }",
  step: "{ type: step, threshold: 80, steps: [{ from: 0, by: 1 }] }, { type: step, threshold: 20, comparison: '<=', steps: [{ to: 0, by: -1 }] }",
  hpa: "{ type: hpa, metrics: [{ target: 70 }] }",
  scheduled:
    "{ type: instances }, { type: scheduled, actions: [{ cron: '0 8 * * *', min: 2 }, { cron: '0 20 * * *', min: 2 }] }",
  demand: "{ type: demand }",
  predictive: "{ type: predictive }",
  "kafka-lag": "{ type: kafka-lag, cluster: main, group: orders }",
} as const;

/** They are looked at every minute, and what they learn and remember is kept then: a write without a record. */
const REMEMBERING: { readonly [name: string]: readonly string[] } = {
  demand: ["middle", "maximum, overloaded"],
  predictive: ["minimum, on its target"],
  "kafka-lag": ["maximum, overloaded"],
};

/** Where the service stands, what it measures, and how many writes a day that may cost. */
const PLACES = [
  { at: "minimum", desired: 2, cpu: 15, writes: 0 },
  { at: "minimum, on its target", desired: 2, cpu: 66, writes: 0 },
  { at: "middle", desired: 5, cpu: 66, writes: LOOKS_ABOVE_MIN + 1 },
  { at: "maximum, overloaded", desired: 9, cpu: 97, writes: 0 },
] as const;

const cases = Object.keys(POLICIES).flatMap((name) =>
  PLACES.filter(({ at }) => REMEMBERING[name]?.includes(at) ?? true).map((place) => ({ name, ...place })),
);

test.each(cases)("$name at its $at writes no record in a steady day", async ({ name, desired, cpu, writes }) => {
  const policies = POLICIES[name as keyof typeof POLICIES];
  const w = await world({
    config: [
      "version: 1",
      "services: { orders: { ecs: { cluster: data, service: orders } } }",
      "streams: { main: { kafka: { brokers: ['127.0.0.1:1'] } } }",
      `autoscaling: { orders: { min: 2, max: 9, policies: [${policies}] } }`,
    ].join("\n"),
  });
  w.fleet.external("orders", desired);
  // A task does ten a second.
  const measured = { cpu, memory: 50, requests: (cpu / 100) * desired * 10, ready: desired };
  const count = { writes: 0, records: 0 };
  const runtime: Runtime = {
    ...w.runtime,
    store: {
      ...w.runtime.store,
      write: (key, version, next) => {
        if (key.noun === "autoscaling") count.writes += 1;
        return w.runtime.store.write(key, version, next);
      },
    },
    journal: {
      ...w.runtime.journal,
      append: (record) => {
        count.records += 1;
        return w.runtime.journal.append(record);
      },
    },
  };
  const minutes = async (from: number, to: number) => {
    for (let minute = from; minute < to; minute += 1) {
      w.clock.advance(MINUTE);
      w.measure("orders", measured);
      await tick(runtime);
      if (minute % 15 === 0) await sweep(runtime, "default");
    }
  };
  w.measure("orders", measured);
  const trigger = { type: "alarm" as const };
  const alarm = { name: "headgate-orders-cpu-out", state: "ALARM" as const, at: w.clock.now() };
  await evaluateServices(runtime, { tenant: "default", trigger, ...(cpu > 90 && !REMEMBERING[name] ? { alarm } : {}) });
  // Two schedules, a window and the points of a target have passed: from here on the day is the same all along.
  await minutes(0, 13 * 60);
  expect(w.fleet.desired("orders")).toBe(desired);
  count.writes = 0;
  count.records = 0;
  await minutes(0, DAY);
  expect(w.fleet.desired("orders")).toBe(desired);
  expect(count.records).toBe(0);
  const schedules = name === "scheduled" ? 2 : 0;
  expect(count.writes).toBeLessThanOrEqual(REMEMBERING[name] ? DAY : writes + schedules);
});

test("a steady day of a consumer group changes nothing but what is remembered of it", () => {
  const config = v.parse(AutoscalingConfig, {
    min: 1,
    max: 9,
    policies: [{ type: "kafka-lag", cluster: "main", group: "orders" }],
  });
  let state: AutoscalingState = autoscaling.initial(config, 0);
  const decisions: string[] = [];
  let kept = 0;
  for (let minute = 0; minute < DAY; minute += 1) {
    const at = 1_700_000_040_000 + minute * MINUTE;
    // A hundred a second arrive and are read within the second.
    const end = minute * 6000;
    const lag = { at, state: "Stable", topics: { orders: [[end - 100, end, 0] as const] } };
    const actual = { desired: 1, pending: 0, running: 1, ready: 1, deploying: false, at };
    const input = { kind: "evaluate" as const, service: "orders", actual, readings: {}, lags: { 0: lag } };
    const step = autoscaling.step(config, state, input, at);
    if (step.state !== state) {
      if (step.actions.length === 0 && autoscaling.onlyMemory?.(state, step.state)) kept += 1;
      else decisions.push(`${minute}: ${step.reason}`);
    }
    state = step.state;
  }
  expect(decisions.length).toBeLessThanOrEqual(3);
  expect(kept).toBeGreaterThan(DAY / 2);
});
