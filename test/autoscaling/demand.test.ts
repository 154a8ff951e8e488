import { describe, expect, test } from "vitest";
import { capacityOf } from "../../shared/core/autoscaling/learned.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, settled, T0 } from "./given.ts";

const MINUTE = 60_000;
/** Ten requests a second to a task. */
const demand = config({
  min: 1,
  max: 100,
  capacity: 10,
  startDelay: "60s",
  policies: [{ type: "demand", target: 0.5, drain: "100s", window: "10m" }],
});
const steady = (desired: number): AutoscalingState => ({ ...EMPTY, desired });

describe("ceil((arrivals + backlog / drain) / (capacity × target))", () => {
  // capacity × target is 5 a second. What waits when a new task can serve: what waits now, and 60 s of what is over 10 a task.
  test.each([
    ["arrivals alone", { requests: 42 }, 9],
    ["exactly on the target", { requests: 40 }, undefined],
    ["float noise over it", { requests: 40.000001 }, undefined],
    ["one request more", { requests: 40.1 }, 9],
    ["an empty backlog adds nothing", { requests: 42, backlog: 0 }, 9],
    [
      "a backlog that the ready tasks work off before a new one could serve",
      { requests: 40, backlog: 2400 },
      undefined,
    ],
    ["one that they do not: (40 + 600 / 100) / 5", { requests: 40, backlog: 3000 }, 10],
    ["more than they can do grows it: (100 + (0 + 60 × 20) / 100) / 5", { requests: 100, backlog: 0 }, 23],
    ["and without a measured backlog it does not", { requests: 100 }, 20],
  ])("%s", (_name, values, count) => {
    expect(decide(demand, fleet(8), values, steady(8)).desired).toBe(count);
  });

  test("says so with its numbers", () => {
    const step = decide(demand, fleet(8), { requests: 40, backlog: 3000 }, steady(8));
    const clause = step.trace.find(({ rule, kind }) => rule === "demand" && kind === "computed");
    expect(clause?.text).toBe(
      "requests 40/s and backlog 3000 (600 when a new one can serve) ask for 10 at 50 % of 10/s each",
    );
    expect(clause?.values).toMatchObject({ requests: 40, backlog: 3000, expected: 600, perTask: 10, wanted: 10 });
  });

  test("a metric that is late lets the backlog grow longer: its age counts to the lead", () => {
    const now = { requests: [100], backlog: [0] };
    const late = { requests: [100, undefined, undefined], backlog: [0, undefined, undefined] };
    expect(decide(demand, fleet(8), now, steady(8)).desired).toBe(23);
    // (100 + 180 × 20 / 100) / 5
    expect(decide(demand, fleet(8), late, steady(8)).desired).toBe(28);
  });
});

describe("tasks that start count as coming capacity, once", () => {
  test("the same load a minute later asks for nothing more", () => {
    const first = decide(demand, fleet(8), { requests: 100, backlog: 0 }, steady(8));
    expect(first.desired).toBe(23);
    const state = settled(demand, first, T0);
    const pending = decide(
      demand,
      fleet(23, { ready: 8, pending: 15 }),
      { requests: 100, backlog: 1200 },
      state,
      T0 + MINUTE,
    );
    // Ready at T0 + 60 s, so 15 tasks do 9,000 until one asked for now could serve: nothing will wait.
    expect([pending.desired, pending.reason]).toEqual([undefined, "within_target"]);
  });
  test("tasks that nobody knows the start of count in the count, not in what they will have done", () => {
    const step = decide(demand, fleet(23, { ready: 8, pending: 15 }), { requests: 100, backlog: 1200 }, steady(23));
    // (100 + (1200 + 60 × 20) / 100) / 5
    expect(step.desired).toBe(25);
  });
});

describe("inward by the largest of the window", () => {
  test("one quiet minute changes nothing; ten do, to the most that was asked for in them", () => {
    let state = decide(demand, fleet(20), { requests: 100 }, steady(20)).state;
    const held: (number | undefined)[] = [];
    for (let minute = 1; minute <= 11; minute += 1) {
      const requests = minute === 4 ? 60 : 40;
      const step = decide(demand, fleet(20), { requests }, state, T0 + minute * MINUTE);
      held.push(step.desired);
      state = step.state;
    }
    expect(held.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => undefined));
    expect(held[10]).toBe(12);
  });
  test("what keeps it is no change of reason, and so no record", () => {
    const first = decide(demand, fleet(20), { requests: 100 }, steady(20));
    const next = decide(demand, fleet(20), { requests: 40 }, first.state, T0 + MINUTE);
    expect([first.reason, next.reason]).toEqual(["within_target", "within_target"]);
    expect(next.trace.find(({ rule }) => rule === "demand")?.text).toBe(
      "requests 40/s ask for 8 at 50 % of 10/s each, and 20 were asked for within 10 min",
    );
    expect(next.state.last).toBe(first.state.last);
  });
  test("never to 0 by itself", () => {
    const nothing = config({ min: 0, capacity: 10, policies: [{ type: "demand", window: "0" }] });
    expect(decide(nothing, fleet(3), { requests: 0 }, steady(3)).desired).toBe(1);
    expect(decide(nothing, fleet(1), { requests: 0 }, steady(1)).desired).toBeUndefined();
  });
  test("who measured what waits and does not any more blocks going in, not out", () => {
    const gone = { backlog: [0, ...Array.from({ length: 8 }, () => undefined)] };
    const of = config({ min: 1, capacity: 10, policies: [{ type: "demand", window: "0" }] });
    expect(decide(of, fleet(10), { ...gone, requests: 10 }, steady(10))).toMatchObject({ reason: "held_stale_data" });
    expect(decide(of, fleet(10), { requests: 10 }, steady(10)).desired).toBe(2);
    expect(decide(of, fleet(10), { ...gone, requests: 100 }, steady(10)).desired).toBe(15);
  });
});

describe("while the capacity is being learned", () => {
  const unknown = config({ min: 1, max: 100, policies: [{ type: "demand" }] });
  test.each([
    ["a busy CPU goes out by ratio", { requests: 100, cpu: 91 }, "scaled_out", 6],
    ["a saturated one doubles: the ratio would be bound to 1.43", { requests: 100, cpu: 100 }, "scaled_out", 8],
    ["an idle one holds", { requests: 100, cpu: 5 }, "held_learning", undefined],
    ["one on its target holds", { requests: 100, cpu: 70 }, "held_learning", undefined],
    ["an unknown one holds", { requests: 100 }, "held_learning", undefined],
    ["unknown arrivals hold", { cpu: 91 }, "held_no_data", undefined],
    ["arrivals that cannot be hold", { requests: -3, cpu: 91 }, "held_no_data", undefined],
    ["a backlog that cannot be holds", { requests: 100, backlog: -1, cpu: 91 }, "held_no_data", undefined],
  ])("%s", (_name, values, reason, count) => {
    const step = decide(unknown, fleet(4), values, steady(4));
    expect([step.reason, step.desired]).toEqual([reason, count]);
  });
  test("it says so", () => {
    expect(decide(unknown, fleet(4), { requests: 100, cpu: 91 }, steady(4)).trace.at(-1)?.text).toBe(
      "what a task can do is not known yet (1 of 10 minutes): cpu 91 % of 4 ready, for a target of 70 %",
    );
  });
  test("a service without policies that has a capacity is scaled by demand", () => {
    expect(config({ capacity: 10 }).policies.map(({ type }) => type)).toEqual(["demand"]);
    expect(config({}).policies.map(({ type }) => type)).toEqual(["instances"]);
  });
  test("from nothing to confident in ten minutes, and right from then on", () => {
    let state = steady(4);
    for (let minute = 0; minute < 10; minute += 1)
      state = decide(unknown, fleet(4), { requests: 160, cpu: 40, ready: 4 }, state, T0 + minute * MINUTE).state;
    expect(capacityOf(unknown, state)).toMatchObject({ perTask: 100, confident: true });
    expect(decide(unknown, fleet(4), { requests: 800, cpu: 100, ready: 4 }, state, T0 + 10 * MINUTE).desired).toBe(12);
  });
});

describe("work that does not agree with itself", () => {
  const of = config({ min: 1, max: 100, policies: [{ type: "demand" }] });
  const capacities = [20, 100, 25, 90, 30, 80, 22, 95, 40, 60];
  const unclear: AutoscalingState = { ...steady(10), learned: { capacities, at: T0 } };
  /** Minutes of ten tasks, all from the same fleet. */
  function live(minutes: number, values: (minute: number) => { readonly [metric: string]: number }, start = unclear) {
    let state = start;
    const seen: (readonly [string, number | undefined])[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      const step = decide(of, fleet(10), values(minute), state, T0 + minute * MINUTE);
      seen.push([step.reason, step.desired]);
      // What is asked for is not done: each look starts from the same fleet.
      const { asked: _, ...rest } = step.state;
      state = { ...rest, desired: 10 };
    }
    return seen;
  }
  /** Requests that cost five times as much in every other minute. */
  const mixed = (cpu: (minute: number) => number) => (minute: number) => ({
    requests: cpu(minute) * (minute % 2 === 0 ? 2 : 10),
    cpu: cpu(minute),
    ready: 10,
  });

  test("says what to do about it", () => {
    const { trace, reason } = decide(of, fleet(10), { requests: 100, cpu: 65 }, unclear);
    expect([reason, trace.at(-1)?.text]).toEqual([
      "within_target",
      "what a task can do is not clear, as 10 minutes do not agree (set capacity where it is known): cpu 65 % of 10 ready, for a target of 70 %",
    ]);
  });
  test("goes in by CPU, to the largest count of the whole window, as an HPA would", () => {
    const seen = live(
      12,
      mixed((minute) => (minute === 4 ? 41 : 20)),
    );
    expect(seen.slice(0, 10).map(([, desired]) => desired)).toEqual(Array.from({ length: 10 }, () => undefined));
    expect(seen.slice(10)).toEqual([
      ["scaled_in", 6],
      ["scaled_in", 6],
    ]);
  });
  test("not while work waits, nor where nobody sees any more whether it does", () => {
    const cpu = mixed(() => 20);
    expect(live(15, (minute) => ({ ...cpu(minute), backlog: 5 })).every(([, desired]) => desired === undefined)).toBe(
      true,
    );
    const blind = { requests: 100, cpu: 20, backlog: [0, ...Array.from({ length: 8 }, () => undefined)] };
    expect(decide(of, fleet(10), blind, unclear).reason).toBe("held_stale_data");
  });
  test("not by a CPU that is full, nor by that of the few that are ready", () => {
    for (const [ready, cpu] of [
      [0, 100],
      [3, 9],
      [5, 75],
    ] as const)
      for (const state of [unclear, steady(10)]) {
        let now: AutoscalingState = state;
        for (let minute = 0; minute < 30; minute += 1) {
          const step = decide(of, fleet(10, { ready }), { requests: 100, cpu }, now, T0 + minute * MINUTE);
          expect(step.desired ?? 10).toBeGreaterThanOrEqual(10);
          const { asked: _, ...rest } = step.state;
          now = { ...rest, desired: 10 };
        }
      }
  });
  test("outward as before", () => {
    expect(decide(of, fleet(10), { requests: 100, cpu: 91 }, unclear).desired).toBe(13);
  });
  test("where there is too little work to learn from, it goes in as well, and else not", () => {
    const idle = live(
      12,
      mixed(() => 2),
      steady(10),
    );
    expect([idle[0], idle[11]]).toEqual([
      ["held_learning", undefined],
      ["scaled_in", 1],
    ]);
    const some = live(
      9,
      mixed(() => 20),
      steady(10),
    );
    expect(some.every(([reason]) => reason === "held_learning")).toBe(true);
  });
});

test("another policy of the same service is asked as well: out the largest, in only together", () => {
  const both = config({
    min: 1,
    max: 100,
    capacity: 10,
    policies: [
      { type: "demand", target: 0.5, window: "0" },
      { type: "hpa", metrics: [{ target: 70 }], in: { stabilization: "0s" } },
    ],
  });
  expect(decide(both, fleet(8), { requests: 60, cpu: 10 }, steady(8)).desired).toBe(12);
  expect(decide(both, fleet(8), { requests: 10, cpu: 70 }, steady(8)).reason).toBe("held_disagreement");
  expect(decide(both, fleet(8), { requests: 10, cpu: 10 }, steady(8)).desired).toBe(2);
});
