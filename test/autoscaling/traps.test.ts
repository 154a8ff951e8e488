import { describe, expect, test } from "vitest";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { asked, config, decide, EMPTY, fleet, look, reading, settled, T0, times } from "./given.ts";

const MINUTE = 60_000;
const tracking = config({ min: 1, max: 100, policies: [{ type: "target-tracking", target: 70 }] });
const hpa = config({ min: 1, max: 100, policies: [{ type: "hpa", metrics: [{ target: 70 }] }] });
const seed = config({ policies: [{ type: "instances" }] });
/** A task does ten requests a second, and is meant to do seven. */
const demand = config({ min: 1, max: 1000, capacity: 10, learnCapacity: false, policies: [{ type: "demand" }] });

// The numbers are those of the list of traps in the reference on autoscaling; 5, 6 and 10 are in traps-streams.test.ts.

describe("trap 1: CPU saturates at 100 %", () => {
  test("a ratio of a utilisation grows at most 1.43 times, however large the load", () => {
    expect(decide(tracking, fleet(70), { cpu: times(3, 100) }).desired).toBe(100);
    expect(decide(hpa, fleet(70), { cpu: 100 }).desired).toBe(100);
  });
  test("arrivals do not saturate: an average of the total grows as far as the load did", () => {
    const total = config({
      min: 1,
      max: 1000,
      policies: [
        {
          type: "hpa",
          metrics: [{ metric: "requests", target: 100, kind: "average" }],
          out: { rules: [{ type: "percent", value: 10_000, period: "1s" }] },
        },
      ],
    });
    expect(decide(total, fleet(10), { requests: 5000 }).desired).toBe(50);
  });
  test("demand goes as far as the load did, however full the CPU is", () => {
    expect(decide(demand, fleet(8), { requests: 400, cpu: 100 }).desired).toBe(58);
  });
  test("and while it learns what a task can do, a saturated CPU does not bind it to 1.43 times either", () => {
    const learning = config({ min: 1, max: 1000, policies: [{ type: "demand" }] });
    expect(decide(learning, fleet(8), { requests: 400, cpu: 100 }).desired).toBe(16);
  });
  test("a saturated minute teaches nothing of what a task can do", () => {
    const learning = config({ min: 1, max: 1000, policies: [{ type: "demand" }] });
    expect(decide(learning, fleet(8), { requests: 400, cpu: 100, ready: 8 }).state.learned).toBeUndefined();
  });
});

describe("trap 2: ready judges, desired clamps", () => {
  test.each([
    ["target tracking", tracking, times(3, 100)],
    ["hpa", hpa, 100],
  ] as const)("%s does not add what is pending a second time", (_name, of, cpu) => {
    const first = decide(of, fleet(4), { cpu });
    expect(first.desired).toBe(6);
    const state = settled(of, first, T0);
    const pending = decide(of, fleet(6, { ready: 4, pending: 2 }), { cpu }, state, T0 + 6 * MINUTE);
    expect(pending.desired).toBeUndefined();
  });
  test("demand counts tasks that start as coming, and asks for nothing twice while they do", () => {
    let state = settled(demand, decide(demand, fleet(8), { requests: 400, backlog: 0 }), T0);
    const { desired: count = 0 } = state;
    for (let minute = 1; minute <= 4; minute += 1) {
      const pending = fleet(count, { ready: 8, pending: count - 8 });
      const backlog = Math.min(2, minute) * 60 * (400 - 80);
      const step = decide(demand, pending, { requests: 400, backlog }, state, T0 + minute * MINUTE);
      expect([minute, step.desired]).toEqual([minute, undefined]);
      state = step.state;
    }
  });
  test.each([
    ["target tracking", tracking, times(3, 100)],
    ["hpa", hpa, 100],
  ] as const)("%s does not multiply a reading with instances that became ready after it", (_name, of, cpu) => {
    let state = settled(of, decide(of, fleet(4), { cpu }), T0);
    // All six are ready 90 s later; the newest reading still covers the minute in which there were four.
    const seen = autoscaling.step(of, state, look(fleet(6, { at: T0 + 90_000 }), { cpu }, T0 + MINUTE), T0 + 90_000);
    expect(seen.actions.map(({ type }) => type)).toEqual(["record_outcome"]);
    state = seen.state;
    const late = autoscaling.step(
      of,
      state,
      look(fleet(6, { at: T0 + 7 * MINUTE }), { cpu }, T0 + MINUTE),
      T0 + 3 * MINUTE,
    );
    expect(asked(late)).toBeUndefined();
  });
  test("a `ready` reading of the same minute says it exactly", () => {
    const input = look(fleet(6), { cpu: 100 });
    const withReady = { ...input, readings: { ...input.readings, ready: reading("ready", [4]) } };
    expect(asked(autoscaling.step(hpa, EMPTY, input, T0))).toBe(9);
    expect(asked(autoscaling.step(hpa, EMPTY, withReady, T0))).toBeUndefined();
  });
});

describe("trap 3: an alarm calls once, on the change of its state", () => {
  const alarm = { name: "headgate-orders-cpu-out", state: "ALARM", at: T0 } as const;
  test("while it is open the service is due every period, without a write for each look", () => {
    const first = autoscaling.step(seed, EMPTY, { ...look(fleet(20), { cpu: 90, memory: 50 }), alarm }, T0);
    expect(autoscaling.dueAt(seed, first.state)).toBe(T0 + MINUTE);
    let state = first.state;
    for (let minute = 1; minute <= 30; minute += 1) {
      const step = decide(seed, fleet(20), { cpu: 90, memory: 50 }, state, T0 + minute * MINUTE);
      expect([step.state === first.state, autoscaling.dueAt(seed, step.state, T0 + minute * MINUTE)]).toEqual([
        true,
        T0 + MINUTE,
      ]);
      state = step.state;
    }
  });
  test("OK closes it, and a quiet service at its minimum is never due", () => {
    const open = autoscaling.step(seed, EMPTY, { ...look(fleet(2), { cpu: 50, memory: 50 }), alarm }, T0).state;
    const ok = { ...alarm, state: "OK", at: T0 + MINUTE } as const;
    const closed = autoscaling.step(
      seed,
      open,
      { ...look(fleet(2, { at: T0 + MINUTE }), { cpu: 50, memory: 50 }, T0 + MINUTE), alarm: ok },
      T0 + MINUTE,
    );
    expect([closed.state.alarms, autoscaling.dueAt(seed, closed.state, T0 + MINUTE)]).toEqual([{}, undefined]);
  });
  test("events come twice and out of order: an OK older than the ALARM does not close it", () => {
    const open = autoscaling.step(seed, EMPTY, { ...look(fleet(5), { cpu: 50, memory: 50 }), alarm }, T0).state;
    const again = autoscaling.step(seed, open, { ...look(fleet(5), { cpu: 50, memory: 50 }), alarm }, T0);
    expect(again.state).toBe(open);
    const older = { ...alarm, state: "OK", at: T0 - 1 } as const;
    expect(
      autoscaling.step(seed, open, { ...look(fleet(5), { cpu: 50, memory: 50 }), alarm: older }, T0).state.alarms,
    ).toEqual(open.alarms);
  });
  test("an alarm whose OK got lost is closed by the readings", () => {
    const open = autoscaling.step(seed, EMPTY, { ...look(fleet(2), { cpu: 50, memory: 50 }), alarm }, T0).state;
    expect(decide(seed, fleet(2), { cpu: 50, memory: 50 }, open, T0 + 5 * MINUTE).state.alarms).toEqual(open.alarms);
    const step = decide(seed, fleet(2), { cpu: 50, memory: 50 }, open, T0 + 6 * MINUTE);
    expect(step.state.alarms).toEqual({});
    expect(step.trace.find(({ rule }) => rule === "alarm")?.text).toContain("counts as over: cpu is 50 %");
    expect(decide(seed, fleet(20), { cpu: 90, memory: 50 }, open, T0 + 60 * MINUTE).state.alarms).toEqual(open.alarms);
  });
});

describe("trap 4: missing data is not zero", () => {
  const all = config({
    min: 1,
    policies: [
      { type: "target-tracking", target: 70 },
      { type: "hpa", metrics: [{ target: 70 }], in: { stabilization: "0s" } },
      { type: "parallelism" },
      { type: "step", threshold: 30, comparison: "<", steps: [{ to: 0, by: -1 }] },
    ],
  });
  test("demand never goes in without arrivals, and does on a measured 0", () => {
    const one = config({ min: 1, capacity: 10, policies: [{ type: "demand", window: "0" }] });
    for (const values of [{}, { requests: undefined }, { requests: Number.NaN }, { requests: -1 }, { cpu: 0 }])
      expect(decide(one, fleet(10), values).actions).toEqual([]);
    expect(decide(one, fleet(10), { requests: 0 }).reason).toBe("scaled_in");
  });
  test.each(all.policies.map((policy) => [policy.type, policy] as const))(
    "%s never goes in without data, and does on a measured 0",
    (_type, policy) => {
      const one = { ...all, policies: [policy] };
      for (const values of [{}, { cpu: undefined }, { cpu: times(15, Number.NaN) }]) {
        expect(decide(one, fleet(10), values).actions).toEqual([]);
      }
      expect(decide(one, fleet(10), { cpu: times(15, 0) }).reason).toBe("scaled_in");
    },
  );
});

describe("trap 7: rounding", () => {
  test.each([
    ["target tracking", tracking],
    ["hpa", hpa],
  ] as const)("a load exactly on the target does not flap (%s)", (_name, of) => {
    // 5.6 instances' worth of load is 70 % of eight; float noise in both directions.
    let state: AutoscalingState = EMPTY;
    let count = 8;
    let actions = 0;
    let cpu: number[] = [];
    for (let minute = 0; minute < 2880; minute += 1) {
      const now = T0 + minute * MINUTE;
      cpu = [...cpu, (5.6 / count) * 100 * (1 + (minute % 2 === 0 ? 1e-9 : -1e-9))].slice(-15);
      const step = decide(of, fleet(count), { cpu }, state, now);
      if (step.desired !== undefined) actions += 1;
      count = step.desired ?? count;
      state = settled(of, step, now);
    }
    expect([count, actions]).toEqual([8, 0]);
  });
  test("a load exactly on the target does not flap (demand)", () => {
    let state: AutoscalingState = EMPTY;
    const counts = new Set<number | undefined>();
    for (let minute = 0; minute < 60; minute += 1) {
      const requests = 56 * (1 + (minute % 2 === 0 ? 1e-9 : -1e-9));
      const step = decide(demand, fleet(8), { requests }, state, T0 + minute * MINUTE);
      counts.add(step.desired);
      state = step.state;
    }
    expect([...counts]).toEqual([undefined]);
  });
  test("before going in the metric at the new count is checked against the target", () => {
    const step = decide(tracking, fleet(9), { cpu: times(15, 62) });
    expect(step.desired).toBe(8);
    const { predicted, target } = step.trace.find(({ rule }) => rule === "target-tracking")?.values ?? {};
    expect(predicted as number).toBeLessThanOrEqual(target as number);
  });
});

describe("trap 8: a share of a low rate is divided by nearly nothing", () => {
  test("minutes with hardly any work teach nothing of what a task can do", () => {
    const learning = config({ min: 1, policies: [{ type: "demand" }] });
    const idle = { requests: 0.01, cpu: 0.2, ready: 2 };
    expect(decide(learning, fleet(2), idle).state.learned).toBeUndefined();
  });
});

describe("trap 9: two actors change desired", () => {
  test("the action says which count it expects, so that whoever was faster is not overwritten", () => {
    const step = decide(seed, fleet(5), { cpu: 90, memory: 50 });
    expect(step.actions).toMatchObject([{ desired: 6, expected: 5 }]);
  });
  test("superseded: nothing of ours happened, the other count is noticed and is the new base", () => {
    const state = settled(seed, decide(seed, fleet(5), { cpu: 90, memory: 50 }), T0, "superseded");
    const next = decide(seed, fleet(9), { cpu: 50, memory: 50 }, state, T0 + 2 * MINUTE);
    expect([next.reason, next.state.desired, next.state.lastOutAt]).toEqual(["external_change", 9, undefined]);
  });
});

describe("trap 11: skew, where more instances do not help", () => {
  const hot = config({ min: 2, capacity: 10, learnCapacity: false, policies: [{ type: "demand" }] });
  test("a hot key: what did not help is taken back once, and not tried again in a loop", () => {
    let state: AutoscalingState = { ...EMPTY, desired: 4 };
    let count = 4;
    const seen: string[] = [];
    for (let minute = 0; minute < 40; minute += 1) {
      const now = T0 + minute * MINUTE;
      const step = decide(hot, fleet(count), { requests: 50, cpu: 90, backlog: 0, ready: count }, state, now);
      if (step.desired !== undefined) seen.push(`${step.reason} to ${step.desired}`);
      count = step.desired ?? count;
      state = settled(hot, step, now);
    }
    expect(seen).toEqual(["scaled_out to 8", "reverted to 4"]);
  });
});

describe("trap 12: the clock", () => {
  test("a cooldown starts when the action was done, not when it was decided", () => {
    const step = decide(seed, fleet(5), { cpu: 90, memory: 50 });
    const state = settled(seed, step, T0 + 4 * MINUTE);
    expect(decide(seed, fleet(6), { cpu: 90, memory: 50 }, state, T0 + 8 * MINUTE).reason).toBe("held_cooldown");
    expect(decide(seed, fleet(6), { cpu: 90, memory: 50 }, state, T0 + 9 * MINUTE).desired).toBe(7);
  });
  test("a retried decision has the same key, another decision another one", () => {
    const once = decide(seed, fleet(5), { cpu: 90, memory: 50 });
    const again = decide(seed, fleet(5), { cpu: 90, memory: 50 });
    const later = decide(seed, fleet(5), { cpu: 90, memory: 50 }, EMPTY, T0 + 1);
    expect(again.actions[0]?.key).toBe(once.actions[0]?.key);
    expect(later.actions[0]?.key).not.toBe(once.actions[0]?.key);
  });
  test("a clock that goes back holds the cooldown for its length, and not for ever", () => {
    const state: AutoscalingState = { ...EMPTY, desired: 5, lastOutAt: T0 + 1000 * MINUTE, lastOutFrom: 4 };
    const first = decide(seed, fleet(5), { cpu: 90, memory: 50 }, state);
    expect([first.reason, first.state.lastOutAt]).toEqual(["held_cooldown", T0]);
    expect(decide(seed, fleet(5), { cpu: 90, memory: 50 }, first.state, T0 + 5 * MINUTE).desired).toBe(6);
  });
  test("two workers whose clocks differ by 2 s do not move each other's cooldown", () => {
    const state: AutoscalingState = { ...EMPTY, desired: 5, lastOutAt: T0 + 2000, lastOutFrom: 4 };
    const step = decide(seed, fleet(5), { cpu: 90, memory: 50 }, state);
    expect([step.reason, step.state.lastOutAt]).toEqual(["held_cooldown", T0 + 2000]);
  });
});
