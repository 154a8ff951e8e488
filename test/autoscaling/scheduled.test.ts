import { describe, expect, test } from "vitest";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import { config, decide, EMPTY, fleet, T0 } from "./given.ts";

const HOUR = 3_600_000;
/** T0 is a Monday, 10:00 UTC, 11:00 in Berlin. */
const day = config({
  min: 2,
  max: 20,
  policies: [
    { type: "instances", memory: null },
    {
      type: "scheduled",
      timezone: "Europe/Berlin",
      actions: [
        { cron: "0 8 * * mon-fri", min: 6, max: 40 },
        { cron: "0 20 * * *", min: 2, max: 10 },
      ],
    },
  ],
});

describe("the last action that fired before now is in force; other policies work inside", () => {
  test.each([
    ["in the morning the minimum rises", 0, 3, 50, 6, "bounds_enforced"],
    ["inside the day's bounds the policy decides", 0, 20, 90, 21, "scaled_out"],
    ["the day's minimum stops going in", 0, 6, 10, undefined, "at_min"],
    ["at 20:00 in Berlin the maximum falls", 9, 21, 50, 10, "bounds_enforced"],
    ["a second before it does not", 9 - 1 / 3600, 21, 50, undefined, "within_target"],
    ["in the night the policy goes down to the night's minimum", 12, 3, 10, 2, "scaled_in"],
    ["on Saturday morning the night's bounds still hold", 5 * 24, 10, 90, undefined, "at_max"],
  ] as const)("%s", (_name, hours, current, cpu, desired, reason) => {
    const step = decide(day, fleet(current), { cpu }, EMPTY, T0 + hours * HOUR);
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });

  test("the trace names the action in force", () => {
    const clause = decide(day, fleet(8), { cpu: 50 }).trace.find(({ rule }) => rule === "scheduled");
    expect(clause).toMatchObject({
      text: "min 6 and max 40, set by 0 8 * * mon-fri (Europe/Berlin)",
      values: { min: 6, max: 40 },
    });
  });

  test("it is due when the next action fires", () => {
    const { state } = decide(day, fleet(6), { cpu: 50 });
    expect(autoscaling.dueAt(day, state)).toBe(T0 + 9 * HOUR);
  });

  test("enforcing bounds needs no readings and no cooldown", () => {
    const state = { ...EMPTY, desired: 3, lastInAt: T0 - 1000, lastOutAt: T0 - 2000 };
    expect(decide(day, fleet(3), {}, state).desired).toBe(6);
  });
});

describe("actions that name one bound", () => {
  const one = (actions: { cron: string; min?: number; max?: number }[]) =>
    config({
      min: 2,
      max: 20,
      policies: [
        { type: "instances", memory: null },
        { type: "scheduled", actions },
      ],
    });
  test("leave the other bound alone", () => {
    const of = one([
      { cron: "0 8 * * *", min: 6 },
      { cron: "0 9 * * *", max: 12 },
    ]);
    expect(decide(of, fleet(3), {}).desired).toBe(6);
    expect(decide(of, fleet(15), {}).desired).toBe(12);
  });
  test("where they contradict each other the younger one wins", () => {
    const of = one([
      { cron: "0 8 * * *", min: 15 },
      { cron: "0 9 * * *", max: 10 },
    ]);
    expect(decide(of, fleet(12), {}).desired).toBe(10);
    const other = one([
      { cron: "0 9 * * *", min: 15 },
      { cron: "0 8 * * *", max: 10 },
    ]);
    expect(decide(other, fleet(12), {}).desired).toBe(15);
  });
  test("before anything has fired the configured bounds hold", () => {
    const of = one([{ cron: "0 0 29 2 *", max: 3 }]);
    expect(decide(of, fleet(12), { cpu: 50 }, EMPTY, Date.UTC(2027, 0, 1)).reason).toBe("within_target");
  });
});

test("a schedule alone, without other policies, moves the bounds", () => {
  const of = config({
    min: 1,
    max: 20,
    policies: [{ type: "scheduled", actions: [{ cron: "0 8 * * *", min: 5, max: 5 }] }],
  });
  expect(decide(of, fleet(3), {}).desired).toBe(5);
  expect(decide(of, fleet(5), {}).reason).toBe("within_target");
});
