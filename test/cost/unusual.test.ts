import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays } from "../../shared/core/cost/day.ts";
import { unusualCosts } from "../../shared/core/cost/unusual/find.ts";
import { unusualMachine } from "../../shared/core/cost/unusual/machine.ts";
import type { UnusualCost, UnusualInput, UnusualRule } from "../../shared/core/cost/unusual/types.ts";
import { machineLaws } from "../contract/machine.ts";

const FIRST = "2026-09-01";
/** Days of a service; those named alarm. */
const daysOf = (values: readonly number[], alarms: readonly number[]) =>
  values.map((value, at) => ({ day: addDays(FIRST, at), value, score: alarms.includes(at) ? 0.9 : 0 }));
const flat = (length: number, value = 100): readonly number[] => Array.from({ length }, () => value);
const found = (values: readonly number[], alarms: readonly number[]) =>
  unusualCosts("kafka", daysOf(values, alarms), 0.5595).map(({ from, to, open, impact }) => ({
    from,
    to,
    open,
    impact,
  }));

test.each<[string, readonly number[], readonly number[], readonly object[]]>([
  ["an alarm in the first two weeks is none", [...flat(10), 300, ...flat(10)], [10], []],
  ["less than a twentieth is none, however sure the detector is", [...flat(20), 104], [20], []],
  [
    "one day",
    [...flat(20), 300, ...flat(3)],
    [20],
    [{ from: "2026-09-21", to: "2026-09-21", open: false, impact: 200 }],
  ],
  [
    "days that stay off by half as much belong to it, also without an alarm of their own",
    [...flat(20), 300, 220, 140],
    [20],
    [{ from: "2026-09-21", to: "2026-09-22", open: false, impact: 320 }],
  ],
  [
    "less than expected counts too",
    [...flat(20), 10],
    [20],
    [{ from: "2026-09-21", to: "2026-09-21", open: true, impact: -90 }],
  ],
  [
    "after two weeks it is the usual",
    [...flat(20), ...flat(20, 300)],
    [20],
    [{ from: "2026-09-21", to: "2026-10-04", open: false, impact: 2800 }],
  ],
])("%s", (_name, values, alarms, expected) => {
  expect(found(values, alarms)).toEqual(expected);
});

test("of nothing that was expected there is no percentage", () => {
  const [one] = unusualCosts("new", daysOf([...flat(20, 0), 50], [20]), 0.5595);
  expect(one).toMatchObject({ expected: 0, impact: 50 });
  expect(one).not.toHaveProperty("percent");
});

const RULE: UnusualRule = { of: "kafka", currency: "USD", minimum: 10, alert: true, severity: "warning" };
const cost = (more: Partial<UnusualCost>): UnusualCost => ({
  ...{ id: "kafka@2026-09-21", of: "kafka", from: "2026-09-21", to: "2026-09-21", open: true, score: 0.9 },
  ...{ actual: 300, expected: 100, impact: 200, mostInADay: 200, causes: [] },
  ...more,
});

test("too little is told nobody, and why is said", () => {
  const step = unusualMachine.step(
    RULE,
    unusualMachine.initial(RULE, 0),
    { kind: "look", found: [cost({ impact: 9 })] },
    1,
  );
  expect(step).toMatchObject({ actions: [], reason: "normal" });
  expect(step.trace[0]?.text).toContain("less than 10");
});

test("the same word again in the same instant leaves the state as it is", () => {
  const word: UnusualInput = {
    ...{ kind: "feedback", id: "kafka@2026-09-21", day: "2026-09-21", feedback: "no", by: "ada", why: "known" },
  };
  const { state } = unusualMachine.step(RULE, unusualMachine.initial(RULE, 0), word, 1);
  expect(unusualMachine.step(RULE, state, word, 1).state).toBe(state);
});

machineLaws("unusual costs", unusualMachine, {
  runs: 20,
  config: fc.record({
    of: fc.constant("kafka"),
    currency: fc.constant("USD"),
    minimum: fc.constantFrom(0, 50),
    alert: fc.boolean(),
    severity: fc.constantFrom("info", "critical"),
  }) as fc.Arbitrary<UnusualRule>,
  input: fc
    .record({
      day: fc.integer({ min: 1, max: 5 }),
      open: fc.boolean(),
      impact: fc.constantFrom(-100, 20, 500),
      feedback: fc.option(fc.constantFrom("yes", "no", "planned_activity"), { nil: undefined }),
    })
    .map(({ day, open, impact, feedback }) => (): UnusualInput => {
      const [from, id] = [`2026-09-0${day}`, `kafka@2026-09-0${day}`];
      if (feedback !== undefined) return { kind: "feedback", id, day: from, feedback, by: "ada", why: "w" };
      return { kind: "look", found: [cost({ id, from, open, impact })] };
    }),
});
