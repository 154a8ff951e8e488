import { describe, expect, test } from "vitest";
import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { sentence } from "../../shared/core/autoscaling/explain.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { config, EMPTY, look, T0 } from "./given.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A service whose instances take 80 s to become ready, under a load given in instances' worth of work. */
function live(of: AutoscalingConfig, minutes: number, load: (minute: number) => number | undefined) {
  let state: AutoscalingState = EMPTY;
  let desired = 2;
  let starting: number[] = [];
  let writes = 0;
  const told: string[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const now = T0 + minute * MINUTE;
    starting = starting.filter((readyAt) => readyAt > now);
    const ready = desired - starting.length;
    const work = load(minute);
    const cpu = work === undefined ? undefined : Math.min(100, (work / ready) * 100);
    const actual = { desired, pending: starting.length, running: desired, ready, deploying: false, at: now };
    const input = look(actual, { cpu, memory: work === undefined ? undefined : 30 }, now);
    const step = autoscaling.step(of, state, input, now);
    if (step.state !== state) writes += 1;
    state = step.state;
    for (const action of step.actions) {
      if (action.type === "record_outcome") told.push(`${minute} min, outcome: ${action.text}`);
      if (action.type !== "scale") continue;
      const record = {
        subject: "orders",
        reason: step.reason,
        trace: step.trace,
        actions: step.actions,
      } as unknown as DecisionRecord;
      told.push(`${minute} min, ${sentence(record)}`);
      const added = Math.max(0, action.desired - desired);
      starting = [...starting, ...Array.from({ length: added }, () => now + 80 * SECOND)].slice(
        0,
        Math.max(0, starting.length + action.desired - desired),
      );
      desired = action.desired;
      state = autoscaling.settle(of, state, [{ key: action.key, status: "done", at: now, detail: "" }], now);
    }
  }
  return { told, desired, writes, state };
}

describe("a morning with the seed rule", () => {
  const seed = config({ policies: [{ type: "instances" }] });

  test("load comes, stays and goes; the service follows one by one, and every step says why", () => {
    const { told, desired } = live(seed, 75, (minute) => (minute < 5 ? 1 : minute < 30 ? 2.7 : 0.5));
    expect(told).toEqual([
      "5 min, orders: 2 → 3 instances, because cpu 100 % was over 75 % (1 of 1 points) and memory 30 % was under 40 %",
      "7 min, outcome: 3 of 3 ready after 2 min",
      "10 min, outcome: the next action came after 5 min: cpu 100 → 90 %, memory 30 → 30 %",
      "10 min, orders: 3 → 4 instances, because cpu 90 % was over 75 % (1 of 1 points) and memory 30 % was under 40 %",
      "12 min, outcome: 4 of 4 ready after 2 min",
      "20 min, outcome: 10 min later: cpu 90 → 67.5 %, memory 30 → 30 %: it helped",
      "30 min, orders: 4 → 3 instances, because cpu 12.5 % was under 37.5 % and memory 30 % was under 40 %",
      "31 min, outcome: down to 3 of 4 running after 1 min",
      "40 min, outcome: 10 min later: cpu 12.5 → 16.67 %, memory 30 → 30 %: whether it did harm cannot be told, nobody measures the load",
      "40 min, orders: 3 → 2 instances, because cpu 16.67 % was under 37.5 % and memory 30 % was under 40 %",
      "41 min, outcome: down to 2 of 3 running after 1 min",
      "50 min, outcome: 10 min later: cpu 16.67 → 25 %, memory 30 → 30 %: whether it did harm cannot be told, nobody measures the load",
    ]);
    expect(desired).toBe(2);
  });

  test("an outage of the measurements in the middle of the night changes nothing", () => {
    const { told, desired } = live(seed, 600, (minute) => (minute < 20 ? 2.7 : minute < 500 ? undefined : 1.5));
    expect(told.filter((line) => line.includes("orders:"))).toHaveLength(2);
    expect(desired).toBe(4);
  });

  test("a quiet day at the minimum is one write, at the first look", () => {
    const { writes, told, state } = live(seed, 1440, () => 0.5);
    expect([writes, told]).toEqual([1, []]);
    expect(autoscaling.dueAt(seed, state, T0 + 1440 * MINUTE)).toBeUndefined();
  });
});

describe("a day with an HPA", () => {
  test("a load on the target never moves it; a doubled load moves it once and back after the window", () => {
    const of = config({ min: 2, max: 50, policies: [{ type: "hpa", metrics: [{ target: 50 }] }] });
    const { told } = live(of, 120, (minute) => (minute >= 30 && minute < 60 ? 1.9 : 1));
    expect(told.map((line) => line.split(", because")[0])).toEqual([
      "30 min, orders: 2 → 4 instances",
      "32 min, outcome: 4 of 4 ready after 2 min",
      "40 min, outcome: 10 min later: cpu 95 → 47.5 %: it helped",
      "65 min, orders: 4 → 2 instances",
      "66 min, outcome: down to 2 of 4 running after 1 min",
      "75 min, outcome: 10 min later: cpu 25 → 50 %: whether it did harm cannot be told, nobody measures the load",
    ]);
  });
});
