import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capacityOf, leadMinutes, startDelayOf } from "../../shared/core/autoscaling/learned.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, settled, T0, times } from "./given.ts";

const MINUTE = 60_000;
const bounds = { min: 4, max: 4 };
const demand = config({ ...bounds, policies: [{ type: "demand" }] });
const given = config({ ...bounds, capacity: 50, policies: [{ type: "demand" }] });

/** Minutes of a service whose tasks do `perTask` units a second at 100 %; each look sees one new minute. */
function watched(
  of: typeof demand,
  minutes: number,
  perTask: number,
  other: { readonly [metric: string]: number | undefined } = {},
  state: AutoscalingState = EMPTY,
  from = 0,
): AutoscalingState {
  let next = state;
  for (let minute = from; minute < from + minutes; minute += 1) {
    const requests = perTask * (1.6 + 0.2 * Math.sin(minute));
    const values = { requests, cpu: (requests / (4 * perTask)) * 100, ready: 4, ...other };
    next = decide(of, fleet(4), values, next, T0 + minute * MINUTE).state;
  }
  return next;
}

describe("what a task can do", () => {
  test("is not known at first, and confident after ten minutes that agree", () => {
    expect(capacityOf(demand, EMPTY)).toBeUndefined();
    expect(capacityOf(demand, watched(demand, 9, 60))).toMatchObject({ minutes: 9, confident: false });
    const known = capacityOf(demand, watched(demand, 10, 60));
    expect(known).toMatchObject({ minutes: 10, confident: true });
    expect(known?.perTask).toBeCloseTo(60, 1);
  });
  test("is what the configuration says until enough was seen, and then what was seen", () => {
    expect(capacityOf(given, EMPTY)).toEqual({ perTask: 50, minutes: 0, spread: 0, confident: true });
    expect(capacityOf(given, watched(given, 9, 65))?.perTask).toBe(50);
    expect(capacityOf(given, watched(given, 10, 65))?.perTask).toBeCloseTo(65, 1);
  });
  test("is exactly what the configuration says where nothing is to be learned", () => {
    const exact = config({ ...bounds, capacity: 50, learnCapacity: false, policies: [{ type: "demand" }] });
    const state = watched(exact, 30, 65);
    expect(state.learned).toBeUndefined();
    expect(capacityOf(exact, state)?.perTask).toBe(50);
  });
  test("is remembered for an hour: another machine is known half an hour later", () => {
    const state = watched(demand, 30, 90, {}, watched(demand, 60, 60), 60);
    expect(state.learned?.capacities).toHaveLength(60);
    expect(capacityOf(demand, watched(demand, 1, 90, {}, state, 90))?.perTask).toBeCloseTo(90, 1);
  });
  test("a wide spread is no confidence; with a configured capacity that one holds", () => {
    const capacities = [20, 100, 25, 90, 30, 80, 22, 95, 40, 60];
    const state: AutoscalingState = { ...EMPTY, learned: { capacities, at: T0 } };
    expect(capacityOf(demand, state)).toMatchObject({ minutes: 10, confident: false });
    expect(capacityOf(given, state)).toMatchObject({ perTask: 50, confident: false });
  });
});

describe("a minute says nothing of it", () => {
  test.each([
    ["while the CPU is saturated", { cpu: 97 }],
    ["while work waits", { backlog: 1 }],
    ["with hardly any work", { cpu: 7 }],
    ["without arrivals", { requests: 0 }],
    ["with arrivals that cannot be", { requests: -5 }],
    ["without a task that is ready", { ready: 0 }],
    ["with a CPU that is no number", { cpu: Number.NaN }],
    ["where the count of that minute is missing although somebody measures it", { ready: undefined, later: 1 }],
  ])("%s", (_name, other) => {
    const state = decide(demand, fleet(4), { requests: 100, cpu: 50, ready: 4 }).state;
    const at = T0 + MINUTE;
    const { later, ...values } = { later: 0, requests: 100 as number | undefined, cpu: 50, ready: 4, ...other };
    const ready = later ? [4, undefined] : values.ready;
    const next = decide(demand, fleet(4), { ...values, ready }, state, at).state;
    expect(next.learned).toEqual(state.learned);
    // The same minute without it does say something.
    expect(decide(demand, fleet(4), { requests: 100, cpu: 50, ready: 4 }, state, at).state.learned).not.toEqual(
      state.learned,
    );
  });
  test("where one metric is a minute behind the others", () => {
    const late = { requests: 100, cpu: [50, undefined], ready: 4 };
    expect(decide(demand, fleet(4), late).state.learned).toBeUndefined();
    expect(decide(demand, fleet(4), { ...late, requests: [100, 100], ready: [4, 4] }).state.learned?.at).toBe(
      T0 - 2 * MINUTE,
    );
  });
  test("where it is ten times another, until all of an hour are: then it was the truth", () => {
    const known = watched(demand, 20, 60);
    const jump = watched(demand, 50, 900, {}, known, 20);
    expect(jump.learned?.capacities).toEqual(known.learned?.capacities);
    const later = watched(demand, 30, 900, {}, jump, 70);
    expect(capacityOf(demand, later)?.perTask).toBeCloseTo(900, 0);
  });
});

describe("where nobody measures how many were ready", () => {
  const bare = { requests: 100, cpu: 50 };
  test("the count of now counts while it has not changed", () => {
    const state = decide(demand, fleet(4), bare, { ...EMPTY, desired: 4 }).state;
    expect(state.learned?.capacities).toEqual([50]);
  });
  test("not while instances start, nor for minutes from before they were ready", () => {
    const starting = decide(demand, fleet(4, { ready: 3, pending: 1 }), bare, { ...EMPTY, desired: 4 });
    expect(starting.state.learned).toBeUndefined();
    const before: AutoscalingState = { ...EMPTY, desired: 4, followed: { at: T0 - 30_000, from: 2 } };
    expect(decide(demand, fleet(4), bare, before).state.learned).toBeUndefined();
  });
});

describe("looking twice", () => {
  test("learns once, and gaps are caught up with as far as points reach", () => {
    const values = { requests: times(5, 100), cpu: times(5, 50), ready: times(5, 4) };
    const once = decide(demand, fleet(4), values);
    expect(once.state.learned?.capacities).toHaveLength(5);
    expect(decide(demand, fleet(4), values, once.state).state).toBe(once.state);
  });
  test("a clock that goes back stops learning for no longer than it went back", () => {
    const ahead: AutoscalingState = { ...EMPTY, learned: { capacities: [50], at: T0 + 1000 * MINUTE } };
    const values = { requests: 100, cpu: 50, ready: 4 };
    const back = decide(demand, fleet(4), values, ahead).state;
    expect(back.learned).toEqual({ capacities: [50], at: T0 });
    expect(decide(demand, fleet(4), values, back, T0 + 2 * MINUTE).state.learned?.capacities).toEqual([50, 50]);
  });
  test("whatever is measured, what is kept is finite, positive and at most an hour", () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, -1, 1e18, Number.NaN, 1e-300, 50, 100));
    fc.assert(
      fc.property(fc.array(fc.record({ requests: value, cpu: value, ready: value }), { maxLength: 80 }), (minutes) => {
        let state = EMPTY;
        for (const [index, values] of minutes.entries())
          state = decide(demand, fleet(4), values, state, T0 + index * MINUTE).state;
        const kept = state.learned?.capacities ?? [];
        expect(kept.length).toBeLessThanOrEqual(60);
        for (const one of kept) expect(one > 0 && Number.isFinite(one)).toBe(true);
        const known = capacityOf(demand, state);
        expect(known === undefined || (known.perTask > 0 && Number.isFinite(known.spread))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe("how long a task takes to start", () => {
  const withStarts = (...starts: number[]): AutoscalingState => ({ ...EMPTY, learned: { starts } });
  test("is configured, seen, or a minute and a half", () => {
    expect(startDelayOf(config({ startDelay: "4m" }), withStarts(60_000))).toBe(4 * MINUTE);
    expect([startDelayOf(demand, EMPTY), leadMinutes(demand, EMPTY)]).toEqual([90_000, 2]);
    expect(leadMinutes(config({ startDelay: "240s" }), EMPTY)).toBe(4);
    expect(startDelayOf(demand, withStarts(70_000, 110_000))).toBe(110_000);
  });
  test("is seen at the first look after it, which is half a minute late on average", () => {
    expect(leadMinutes(demand, withStarts(2 * MINUTE))).toBe(2);
    expect(leadMinutes(demand, withStarts(2 * MINUTE + 15_000))).toBe(2);
    expect(leadMinutes(demand, withStarts(3 * MINUTE))).toBe(3);
  });
  test("one accident among many does not count", () => {
    expect(startDelayOf(demand, withStarts(70_000, 70_000, 80_000, 500_000, 70_000))).toBe(80_000);
  });
  test("is learned from a scale-out that was watched until all were ready", () => {
    const of = config({ capacity: 50, policies: [{ type: "demand" }] });
    const out = decide(of, fleet(4), { requests: 400 });
    expect(out.desired).toBe(12);
    let state = settled(of, out, T0);
    state = decide(of, fleet(12, { ready: 9 }), { requests: 400 }, state, T0 + MINUTE).state;
    expect(state.learned?.starts).toBeUndefined();
    state = decide(of, fleet(12), { requests: 400 }, state, T0 + 2 * MINUTE).state;
    expect(state.learned?.starts).toEqual([2 * MINUTE]);
  });
  test("a scale-in and a start that was given up teach nothing", () => {
    const of = config({ capacity: 50, policies: [{ type: "demand" }] });
    const out = settled(of, decide(of, fleet(4), { requests: 400 }), T0);
    const never = decide(of, fleet(12, { ready: 9 }), { requests: 400 }, out, T0 + 11 * MINUTE).state;
    expect([never.watch, never.learned]).toEqual([undefined, undefined]);
  });
});
