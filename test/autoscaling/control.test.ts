import { describe, expect, test } from "vitest";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingInput, AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { asked, config, decide, EMPTY, fleet, look, settled, T0 } from "./given.ts";

const MINUTE = 60_000;
const of = config({ policies: [{ type: "instances", memory: null }] });
const who = { by: "ada", why: "load test" };

function told(input: Exclude<AutoscalingInput, { kind: "evaluate" }>, state: AutoscalingState = EMPTY, now = T0) {
  return autoscaling.step(of, state, input, now);
}

describe("pause", () => {
  test.each([
    ["all stops out", "all", 90, "held_paused"],
    ["all stops in", "all", 10, "held_paused"],
    ["all says so also when nothing is wanted", "all", 50, "held_paused"],
    ["out stops out", "out", 90, "held_paused"],
    ["out lets in", "out", 10, "scaled_in"],
    ["in stops in", "in", 10, "held_paused"],
    ["in lets out", "in", 90, "scaled_out"],
    ["in says nothing when nothing is wanted", "in", 50, "within_target"],
  ] as const)("%s", (_name, direction, cpu, reason) => {
    const { state } = told({ kind: "pause", ...who, direction });
    expect(decide(of, fleet(5), { cpu }, state, T0 + MINUTE).reason).toBe(reason);
  });

  test("ends by itself, and is due at its end", () => {
    const { state } = told({ kind: "pause", ...who, direction: "all", until: T0 + 10 * MINUTE });
    const held = decide(of, fleet(5), { cpu: 90 }, state, T0 + MINUTE);
    expect(autoscaling.dueAt(of, held.state)).toBe(T0 + 10 * MINUTE);
    const free = decide(of, fleet(5), { cpu: 90 }, held.state, T0 + 10 * MINUTE);
    expect([free.desired, free.state.pause]).toEqual([6, undefined]);
    expect(free.trace[0]?.text).toBe("the pause by ada has ended");
  });

  test("without an end it stays until it is resumed, and a resumed service is looked at at once", () => {
    const { state } = told({ kind: "pause", ...who, direction: "all" });
    const held = decide(of, fleet(5), { cpu: 90 }, state, T0 + 1000 * MINUTE);
    expect([held.reason, autoscaling.dueAt(of, held.state)]).toEqual(["held_paused", undefined]);
    const resumed = told({ kind: "resume", ...who }, held.state, T0 + 1001 * MINUTE);
    expect([resumed.reason, autoscaling.dueAt(of, resumed.state)]).toEqual(["resumed", T0 + 1001 * MINUTE]);
    expect(decide(of, fleet(5), { cpu: 90 }, resumed.state, T0 + 1001 * MINUTE).desired).toBe(6);
  });

  test("also keeps hands off bounds", () => {
    const { state } = told({ kind: "pause", ...who, direction: "all" });
    expect(decide(of, fleet(1), {}, state).actions).toEqual([]);
  });

  test("the same pause twice changes nothing", () => {
    const first = told({ kind: "pause", ...who, direction: "in", until: T0 + MINUTE });
    const second = told({ kind: "pause", ...who, direction: "in", until: T0 + MINUTE }, first.state, T0 + 10);
    expect(second.state).toBe(first.state);
  });

  test("the trace says who and why", () => {
    const step = told({ kind: "pause", ...who, direction: "out" });
    expect(step.trace).toEqual([
      {
        kind: "changed",
        rule: "pause",
        text: 'ada says "load test": scaling out is paused until it is resumed',
        values: who,
      },
    ]);
  });
});

describe("override", () => {
  const until = T0 + 60 * MINUTE;
  const over = (desired: number) => told({ kind: "override", ...who, desired, until }).state;

  test("holds the count past policies and cooldowns", () => {
    const state = { ...over(9), lastOutAt: T0, lastInAt: T0 };
    expect(decide(of, fleet(5), { cpu: 10 }, state, T0 + 1000).desired).toBe(9);
    expect(decide(of, fleet(9), { cpu: 10 }, over(9), T0 + MINUTE).reason).toBe("overridden");
    expect(decide(of, fleet(9), {}, over(9), T0 + MINUTE).reason).toBe("overridden");
  });
  test("stays inside min and max", () => {
    expect(decide(of, fleet(5), {}, over(50)).desired).toBe(20);
    expect(decide(of, fleet(5), {}, over(0)).desired).toBe(2);
    expect(decide(of, fleet(5), {}, over(50)).trace.at(-1)?.text).toContain("clamped from 50 to 2..20");
  });
  test("is more than a pause: it names the count", () => {
    const state = told({ kind: "pause", ...who, direction: "all" }, over(9)).state;
    expect(decide(of, fleet(5), {}, state).desired).toBe(9);
  });
  test("does not go in during a deployment", () => {
    expect(decide(of, fleet(12, { deploying: true }), {}, over(9)).reason).toBe("held_deploying");
  });
  test("expires, and is due then", () => {
    const held = decide(of, fleet(9), {}, over(9), T0 + MINUTE);
    expect(autoscaling.dueAt(of, held.state)).toBe(until);
    expect(decide(of, fleet(9), { cpu: 90 }, held.state, until).desired).toBe(10);
  });
  test("can be cleared", () => {
    const cleared = told({ kind: "clear_override", ...who }, over(9));
    expect([cleared.reason, cleared.state.override]).toEqual(["override_cleared", undefined]);
  });
  test.each([
    ["a count that is no number", { desired: Number.NaN, until }],
    ["half an instance", { desired: 1.5, until }],
    ["a negative count", { desired: -1, until }],
    ["an end in the past", { desired: 5, until: T0 }],
    ["no end", { desired: 5, until: Number.POSITIVE_INFINITY }],
  ])("%s is not accepted and changes nothing", (_name, bad) => {
    const step = told({ kind: "override", ...who, ...bad });
    expect([step.state, step.reason]).toEqual([EMPTY, "held_no_data"]);
  });
});

describe("bounds", () => {
  test.each([
    ["below the minimum it is brought up, without readings", 1, {}, 2, "bounds_enforced"],
    ["above the maximum it is brought down, without readings", 25, {}, 20, "bounds_enforced"],
    ["0 is brought up too", 0, {}, 2, "bounds_enforced"],
    ["a policy that wants more than the minimum gets it", 1, { cpu: 90 }, 2, "scaled_out"],
    ["high load above the maximum still comes down to it", 25, { cpu: 90 }, 20, "bounds_enforced"],
  ] as const)("%s", (_name, current, values, desired, reason) => {
    const step = decide(of, fleet(current), values);
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });
  test("not inward during a deployment", () => {
    expect(decide(of, fleet(25, { deploying: true }), {}).reason).toBe("held_deploying");
  });
  test("with a minimum of 0 a service at 0 is off", () => {
    const zero = config({ min: 0, policies: [{ type: "instances", memory: null }] });
    expect(decide(zero, fleet(0), { cpu: 90 }).reason).toBe("held_off");
    expect(decide(zero, fleet(1), { cpu: 1 }).desired).toBeUndefined();
  });
});

describe("another hand", () => {
  const ours = { ...EMPTY, desired: 5, last: { reason: "within_target", at: T0 - MINUTE } } as const;
  test("a changed count is noticed, recorded and taken as the new base", () => {
    const step = decide(of, fleet(8), { cpu: 50 }, ours);
    expect([step.reason, step.state.desired, step.actions]).toEqual(["external_change", 8, []]);
    expect(step.trace).toContainEqual({
      kind: "changed",
      rule: "external-change",
      text: "another hand changed desired from 5 to 8",
      values: { from: 5, to: 8 },
    });
  });
  test("is told once; the next look changes nothing", () => {
    const first = decide(of, fleet(8), { cpu: 50 }, ours);
    const second = decide(of, fleet(8), { cpu: 50 }, first.state, T0 + MINUTE);
    expect([second.reason, second.state === first.state]).toEqual(["within_target", true]);
  });
  test("where something is done, that is the reason, and the clause stays", () => {
    const step = decide(of, fleet(8), { cpu: 90 }, ours);
    expect([step.reason, step.desired]).toEqual(["scaled_out", 9]);
    expect(step.trace.some(({ rule }) => rule === "external-change")).toBe(true);
  });
  test("what was asked for and is not settled is not another hand", () => {
    const acted = decide(of, fleet(5), { cpu: 90 }, ours);
    const step = decide(of, fleet(5), { cpu: 90 }, acted.state, T0 + MINUTE);
    expect([step.reason, step.actions]).toEqual(["held_pending", []]);
  });
  test("a fleet that answers with the old count just after accepting the new one is not another hand", () => {
    const state = settled(of, decide(of, fleet(5), { cpu: 90 }, ours), T0);
    expect(decide(of, fleet(5), { cpu: 90 }, state, T0 + 20_000).reason).toBe("held_pending");
    expect(decide(of, fleet(5), { cpu: 50 }, state, T0 + 40_000).reason).toBe("external_change");
  });
});

describe("modes", () => {
  test.each(["observe", "recommend"] as const)("%s says what it would do and does nothing", (mode) => {
    const watching = config({ mode, policies: [{ type: "instances", memory: null }] });
    const out = decide(watching, fleet(5), { cpu: 90 });
    expect([out.reason, out.actions]).toEqual(["would_scale_out", []]);
    expect(out.trace.at(-1)).toEqual({
      kind: "vetoed",
      rule: "mode",
      text: `mode is ${mode}, so nothing is done`,
      values: { mode },
    });
    expect(decide(watching, fleet(5), { cpu: 10 }).reason).toBe("would_scale_in");
    expect(decide(watching, fleet(1), {}).reason).toBe("would_scale_out");
  });
  test("the same proposal again writes nothing; another one does", () => {
    const watching = config({ mode: "recommend", max: 100, policies: [{ type: "parallelism" }] });
    const first = decide(watching, fleet(4), { cpu: 90 });
    const same = decide(watching, fleet(4), { cpu: 91 }, first.state, T0 + MINUTE);
    expect(same.state).toBe(first.state);
    const other = decide(watching, fleet(6), { cpu: 91 }, same.state, T0 + 2 * MINUTE);
    expect(other.state.last?.desired).toBe(9);
  });
});

describe("an action that was not done", () => {
  test.each(["refused", "superseded", "failed"] as const)(
    "%s leaves no cooldown, and the next one waits a little, then longer",
    (status) => {
      let state: AutoscalingState = EMPTY;
      let now = T0;
      const waits: number[] = [];
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const step = decide(of, fleet(5), { cpu: 10 }, state, now);
        expect(asked(step)).toBe(4);
        state = settled(of, step, now, status);
        expect(state.lastInAt).toBeUndefined();
        const begun = now;
        while (decide(of, fleet(5), { cpu: 10 }, state, now).reason === "held_refused") now += MINUTE;
        waits.push((now - begun) / MINUTE);
      }
      expect(waits).toEqual([1, 2, 4, 8]);
    },
  );
  test("the other direction is not made to wait", () => {
    const state = settled(of, decide(of, fleet(5), { cpu: 10 }), T0, "refused");
    expect(decide(of, fleet(5), { cpu: 90 }, state, T0 + 1000).desired).toBe(6);
  });
  test("done forgets the refusals", () => {
    const state = settled(of, decide(of, fleet(5), { cpu: 10 }), T0, "refused");
    const done = settled(of, decide(of, fleet(5), { cpu: 10 }, state, T0 + MINUTE), T0 + MINUTE);
    expect(done.refused).toBeUndefined();
  });
  test("a result of another action is not ours", () => {
    const { state } = decide(of, fleet(5), { cpu: 90 });
    const other = [{ key: "scale:orders:1:2", status: "done", at: T0, detail: "" }] as const;
    expect(autoscaling.settle(of, state, other, T0)).toBe(state);
  });
  test("an action that never settles does not hold for ever", () => {
    const { state } = decide(of, fleet(5), { cpu: 90 });
    expect(decide(of, fleet(5), { cpu: 90 }, state, T0 + 9 * MINUTE).reason).toBe("held_pending");
    expect(decide(of, fleet(5), { cpu: 90 }, state, T0 + 10 * MINUTE).desired).toBe(6);
  });
});

describe("the outcome of an action", () => {
  const out = settled(of, decide(of, fleet(3), { cpu: 90 }), T0);
  const inward = settled(of, decide(of, fleet(3), { cpu: 10 }), T0);
  const note = (state: AutoscalingState, actual: Parameters<typeof fleet>, afterMs: number) =>
    decide(of, fleet(...actual), { cpu: 50 }, state, T0 + afterMs);

  test("out: all ready", () => {
    const waiting = note(out, [4, { ready: 3, pending: 1 }], MINUTE);
    expect([waiting.actions, waiting.state.watch !== undefined]).toEqual([[], true]);
    const done = note(waiting.state, [4], 80_000);
    expect(done.actions).toEqual([
      {
        type: "record_outcome",
        key: `outcome:orders:${T0}`,
        decisionAt: T0,
        text: "4 of 4 ready after 1 min 20 s",
        values: { desired: 4, ready: 4, running: 4, tookMs: 80_000 },
      },
    ]);
    expect(done.state.watch).toBeUndefined();
  });
  test("in: down to the count", () => {
    expect(note(inward, [2, { running: 3 }], MINUTE).actions).toEqual([]);
    expect(note(inward, [2], MINUTE).actions[0]).toMatchObject({ text: "down to 2 of 3 running after 1 min" });
  });
  test("not reached within ten minutes is an outcome too", () => {
    const late = note(out, [4, { ready: 3 }], 10 * MINUTE);
    expect(late.actions[0]).toMatchObject({ text: "only 3 of 4 ready after 10 min: the world has not followed" });
    expect(late.state.watch).toBeUndefined();
    expect(note(inward, [2, { running: 3 }], 10 * MINUTE).actions[0]).toMatchObject({
      text: "still 3 running instead of 2 after 10 min: the world has not followed",
    });
  });
  test("another count asked for in between ends it", () => {
    expect(note(out, [7, { ready: 3 }], MINUTE).actions[0]).toMatchObject({
      text: "another count, 7, was asked for after 1 min, when 3 of 4 were ready",
    });
  });
  test("what was seen before the action was done is no outcome", () => {
    const early = autoscaling.step(of, out, look(fleet(4, { at: T0 - 1 }), { cpu: 50 }, T0 + 1000), T0 + 1000);
    expect(early.actions).toEqual([]);
  });
});

describe("what cannot be believed", () => {
  test.each([
    ["no answer", undefined],
    ["NaN", fleet(Number.NaN)],
    ["a negative count", fleet(-1)],
    ["half an instance", fleet(2.5)],
    ["a billion instances", fleet(1e9)],
    ["no time", fleet(5, { at: Number.NaN })],
  ])("fleet: %s holds", (_name, actual) => {
    const step = autoscaling.step(of, EMPTY, look(actual, { cpu: 90 }), T0);
    expect([step.reason, step.actions]).toEqual(["held_no_fleet", []]);
  });
  test("fleet: an answer older than maxAge holds", () => {
    const step = autoscaling.step(of, EMPTY, look(fleet(5, { at: T0 - 5 * MINUTE - 1 }), { cpu: 90 }), T0);
    expect(step.reason).toBe("held_no_fleet");
  });
  test.each([Number.NaN, Number.POSITIVE_INFINITY])("now = %s holds", (now) => {
    expect(autoscaling.step(of, EMPTY, look(fleet(5), { cpu: 90 }), now).reason).toBe("held_no_data");
  });
  test("an input of an unknown kind holds", () => {
    const step = autoscaling.step(of, EMPTY, { kind: "explode" } as unknown as AutoscalingInput, T0);
    expect([step.reason, step.state]).toEqual(["held_no_data", EMPTY]);
  });
});

describe("the age of readings", () => {
  test.each([
    ["5 min old is still known", 5 * MINUTE, "scaled_out"],
    ["older is stale", 5 * MINUTE + 1, "held_stale_data"],
    ["a clock 2 s ahead is fine", -(MINUTE + 2000), "scaled_out"],
    ["a point further in the future is unknown", -(MINUTE + 2001), "held_no_data"],
  ] as const)("%s", (_name, ago, reason) => {
    const input = look(fleet(5), { cpu: 90 }, T0 - ago);
    expect(autoscaling.step(of, EMPTY, { ...input, actual: fleet(5) }, T0).reason).toBe(reason);
  });
  test("a point in the future is left out with a clause; the one before it counts", () => {
    const input = look(fleet(5), { cpu: [90, 10] }, T0 + 2 * MINUTE);
    const early = {
      ...input,
      readings: {
        cpu: {
          ...input.readings["cpu"],
          points: [
            { at: T0 - MINUTE, value: 90 },
            { at: T0 + 10 * MINUTE, value: 1 },
          ],
        },
      },
    };
    const step = autoscaling.step(of, EMPTY, early as never, T0);
    expect(asked(step)).toBe(6);
    expect(step.trace[1]?.text).toBe("cpu is 90 %, just now, 1 in the future left out");
  });
  test("the clause says the age", () => {
    const step = autoscaling.step(of, EMPTY, { ...look(fleet(5), { cpu: 90 }, T0 - 20_000), actual: fleet(5) }, T0);
    expect(step.trace[1]).toEqual({
      kind: "input",
      rule: "cpu",
      text: "cpu is 90 %, 20 s ago",
      values: { value: 90, at: T0 - 80_000 },
    });
  });
});

describe("an action that nobody answered for", () => {
  const of = config({ min: 1, max: 10, policies: [{ type: "instances", memory: null }] });
  const failed = () => settled(of, decide(of, fleet(4), { cpu: 90 }), T0, "failed");

  test("counts as done when the world is where it led: nobody else is blamed, and the cooldown holds", () => {
    const step = decide(of, fleet(5), { cpu: 90 }, failed(), T0 + 2 * MINUTE);
    expect(step.reason).toBe("held_cooldown");
    expect(step.trace.map((clause) => clause.rule)).not.toContain("external-change");
    expect(step.trace.map((clause) => clause.rule)).toContain("late");
    expect(step.state.lastOutAt).toBe(T0);
  });

  test("stays failed when the world is where it was, and when somebody went elsewhere", () => {
    expect(decide(of, fleet(4), { cpu: 90 }, failed(), T0 + 2 * MINUTE).desired).toBe(5);
    expect(decide(of, fleet(7), { cpu: 50 }, failed(), T0 + 2 * MINUTE).reason).toBe("external_change");
  });

  test("is no longer taken for ours when the count comes much later", () => {
    expect(decide(of, fleet(5), { cpu: 50 }, failed(), T0 + 11 * MINUTE).reason).toBe("external_change");
  });

  test("that was overtaken leaves no wait behind", () => {
    const state = settled(of, decide(of, fleet(4), { cpu: 90 }), T0, "skipped");
    expect(state.refused).toBeUndefined();
    expect(decide(of, fleet(4), { cpu: 90 }, state, T0 + 1_000).desired).toBe(5);
  });
});

test("a state of an older version, without what was added since, is taken as it is and never thrown upon", () => {
  const old = { v: 1, desired: 4, last: { reason: "within_target", at: T0 } } as unknown as AutoscalingState;
  const of = config({
    min: 1,
    max: 10,
    policies: [
      { type: "instances", memory: null },
      { type: "hpa", metrics: [{ target: 70 }] },
    ],
  });
  const step = decide(of, fleet(4), { cpu: 90 }, old);
  expect(step.reason).toBe("scaled_out");
  expect(settled(of, step, T0)).toMatchObject({ v: 1, desired: 6, lastOutAt: T0 });
});

test("after a clock that went back the next look is not put off by as much", () => {
  const of = config({ min: 1, max: 10, policies: [{ type: "instances", memory: null }] });
  const state: AutoscalingState = { ...EMPTY, desired: 4, last: { reason: "within_target", at: T0 + 60 * MINUTE } };
  expect(autoscaling.dueAt(of, state, T0)).toBeLessThanOrEqual(T0 + 5 * MINUTE);
});
