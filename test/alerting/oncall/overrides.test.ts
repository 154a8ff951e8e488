import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain, sentence } from "../../../shared/core/alerting/oncall/explain.ts";
import { MOST_OVERRIDES, oncallOverrides } from "../../../shared/core/alerting/oncall/overrides.ts";
import type {
  OverridesConfig,
  OverridesInput,
  OverridesState,
} from "../../../shared/core/alerting/oncall/overrides-types.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/kernel/time.ts";
import { machineLaws } from "../../contract/machine.ts";
import { decision } from "../../contract/records.ts";

const config: OverridesConfig = { schedule: "primary", people: ["ann", "bob"] };
const NOW = 1_767_571_200_000;

machineLaws("oncallOverrides", oncallOverrides, {
  config: fc.subarray(["ann", "bob", "cyd"]).map((people) => ({ schedule: "primary", people })),
  input: fc
    .record({
      kind: fc.constantFrom("add", "add", "remove", "nonsense"),
      id: fc.constantFrom("a", "b", "c"),
      person: fc.constantFrom("ann", "bob", "eve"),
      from: fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }),
      length: fc.constantFrom(-HOUR_MS, 0, HOUR_MS, 400 * DAY_MS, Number.NaN),
    })
    .map(({ kind, id, person, from, length }) => (_: OverridesConfig, at: number): OverridesInput => {
      const said = { id, by: "ann", why: "" };
      if (kind === "remove") return { kind, ...said };
      // What is no JSON number arrives as null.
      return { kind, ...said, person, from: at + from, until: at + from + length } as OverridesInput;
    }),
});

const add = (id: string, more: Partial<OverridesInput & { kind: "add" }> = {}): OverridesInput => ({
  kind: "add",
  id,
  from: NOW + HOUR_MS,
  until: NOW + 3 * HOUR_MS,
  person: "bob",
  why: "dentist",
  by: "ann",
  ...more,
});
const empty = oncallOverrides.initial(config, NOW);
const having = (...inputs: readonly OverridesInput[]): OverridesState =>
  inputs.reduce((state, input) => oncallOverrides.step(config, state, input, NOW).state, empty);

describe("making one", () => {
  test.each([
    ["it is kept with who and why", empty, add("a"), "override_added"],
    ["somebody who is none of the people", empty, add("a", { person: "eve" }), "held_unknown_person"],
    ["over before it begins", empty, add("a", { until: NOW + HOUR_MS }), "held_over"],
    ["over already", empty, add("a", { from: NOW - 2 * HOUR_MS, until: NOW - HOUR_MS }), "held_over"],
    ["longer than a year", empty, add("a", { until: NOW + 400 * DAY_MS }), "held_too_long"],
    ["a second time", having(add("a")), add("a"), "held_made"],
    [
      "more than there is room for",
      {
        v: 1,
        overrides: Array.from({ length: MOST_OVERRIDES }, (_, index) => ({ ...having(add(`o${index}`)).overrides[0] })),
      } as OverridesState,
      add("a"),
      "held_full",
    ],
  ] as const)("%s", (_, state, input, reason) => {
    const step = oncallOverrides.step(config, state, input, NOW);
    expect(step.reason).toBe(reason);
    expect(step.state === state).toBe(reason !== "override_added");
  });

  test("one that began before now begins now: who was on call stays as it was", () => {
    const { state, trace } = oncallOverrides.step(config, empty, add("a", { from: NOW - HOUR_MS }), NOW);
    expect(state.overrides).toMatchObject([{ id: "a", from: NOW, madeAt: NOW, by: "ann" }]);
    expect(trace.map(({ kind }) => kind)).toEqual(["changed", "clamped"]);
  });

  test("says over whom it wins", () => {
    const { trace } = oncallOverrides.step(config, having(add("a")), add("b", { person: "ann" }), NOW);
    expect(trace.at(-1)?.text).toBe("it wins over a (bob), which were made before");
  });

  test("what was over for more than 400 days makes room", () => {
    const old = having(add("a"));
    const later = NOW + 401 * DAY_MS;
    const { state } = oncallOverrides.step(config, old, add("b", { from: later, until: later + 1 }), later);
    expect(state.overrides.map(({ id }) => id)).toEqual(["b"]);
  });
});

describe("taking one back", () => {
  test("before it has begun it is gone, later it ends now, after that it is over", () => {
    const state = having(add("a"));
    const remove: OverridesInput = { kind: "remove", id: "a", by: "ann", why: "" };
    expect(oncallOverrides.step(config, state, remove, NOW)).toMatchObject({
      reason: "override_removed",
      state: { overrides: [] },
    });
    const ended = oncallOverrides.step(config, state, remove, NOW + 2 * HOUR_MS);
    expect(ended).toMatchObject({ reason: "override_ended", state: { overrides: [{ until: NOW + 2 * HOUR_MS }] } });
    expect(oncallOverrides.step(config, ended.state, remove, NOW + 3 * HOUR_MS).reason).toBe("held_over");
    expect(oncallOverrides.step(config, empty, remove, NOW).reason).toBe("held_unknown_override");
  });
});

test("a record reads as a sentence that begins with what it is about", () => {
  const { trace, reason } = oncallOverrides.step(config, empty, add("a"), NOW);
  const record = decision({ at: NOW, noun: "oncall", subject: "primary", reason, trace });
  expect(sentence(record)).toBe(
    "on call primary: bob stands in for primary from 2026-01-05T01:00:00.000Z to 2026-01-05T03:00:00.000Z, by ann: dentist",
  );
  expect(explain(record).at(-1)).toBe("reason: override_added");
});
