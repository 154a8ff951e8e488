import { describe, expect, it } from "vitest";
import type { Forecast } from "../../shared/core/autoscaling/forecast/types.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { asked, config, EMPTY, fleet, look, settled, T0 } from "./given.ts";

/** One task does 50 a second. */
const PER_TASK = 50;
const withPolicy = (policy = {}) =>
  config({ min: 2, max: 100, capacity: PER_TASK, learnCapacity: false, policies: [{ type: "predictive", ...policy }] });
const CONFIG = withPolicy();

/** Errors as of a normal distribution, the largest first, entry j exceeded by (j / 100)². */
const ERRORS = Array.from({ length: 101 }, (_, entry) => {
  const share = Math.min(0.9999, Math.max(0.0001, (entry / 100) ** 2));
  return Math.round(-normalQuantile(share) * 1e4) / 1e4;
});

function normalQuantile(share: number): number {
  let [low, high] = [-5, 5];
  for (let turn = 0; turn < 60; turn += 1) {
    const middle = (low + high) / 2;
    if (cumulative(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function cumulative(z: number): number {
  let sum = 0;
  for (let x = -8; x < z; x += 0.001) sum += Math.exp((-x * x) / 2) * 0.001;
  return sum / Math.sqrt(2 * Math.PI);
}

/** Six tasks' work expected in two minutes, of a load that kept eight busy on average for a week. */
function forecast(other: Partial<Forecast> = {}): Forecast {
  return {
    at: T0 + 2 * MINUTE_MS,
    knownAt: T0 - 2 * MINUTE_MS,
    level: Math.sqrt(6),
    spread: 0.15,
    errors: ERRORS,
    perTask: PER_TASK,
    mean: 8,
    minutes: 10_080,
    forecaster: "regression",
    trusted: true,
    ...other,
  };
}

interface Given {
  readonly of?: typeof CONFIG;
  readonly expects?: Forecast | undefined;
  readonly desired?: number;
  readonly tasks?: number;
  readonly waits?: number;
  readonly state?: AutoscalingState;
  readonly now?: number;
}

function step({ of = CONFIG, expects, desired = 8, tasks = 6, waits = 0, state = EMPTY, now = T0 }: Given) {
  const values = { requests: tasks * PER_TASK, backlog: waits * PER_TASK * 60, cpu: 60, ready: desired };
  const input = look({ ...fleet(desired), at: now }, values, now);
  const result = autoscaling.step(of, state, { ...input, ...(expects ? { forecasts: { "0": expects } } : {}) }, now);
  const opinion = result.trace.find(({ rule, kind }) => rule === "predictive" && kind !== "chosen");
  return { ...result, desired: asked(result), opinion };
}

describe("predictive", () => {
  it("goes to the cheapest count for the minute that it can still change, and says what it expects", () => {
    const { desired, reason, opinion } = step({ expects: forecast(), desired: 5 });
    expect(reason).toBe("scaled_out");
    expect(desired).toBe(8);
    expect(opinion?.text).toBe(
      "8 tasks are cheapest for 10:02, one more would cost more than it saves: 6 expected, at most 7.27 in 95 of 100 cases",
    );
    expect(opinion?.values).toMatchObject({ expected: 6, at_most: 7.27, cheapest: 8, recommended: 8, arrivals: 6 });
  });

  it("buys more where the same forecast is less sure, and where a violation is dearer", () => {
    const count = (expects: Forecast, policy = {}) => step({ expects, desired: 2, of: withPolicy(policy) }).desired;
    expect(count(forecast({ spread: 0.4 }))).toBeGreaterThan(count(forecast()) ?? 0);
    expect(count(forecast(), { violation: 100 })).toBeGreaterThan(count(forecast()) ?? 0);
    const unsure = forecast({ spread: 0.3 });
    expect(count(unsure, { thrift: 10 })).toBeLessThan(count(unsure) ?? 0);
  });

  it("does not start a task for next to nothing", () => {
    const { desired, reason, opinion } = step({ expects: forecast({ spread: 0.092 }), desired: 7 });
    expect(opinion?.values).toMatchObject({ recommended: 8 });
    expect([reason, desired]).toEqual(["within_target", undefined]);
    expect(opinion?.text).toMatch(/; 7 are kept, as going there would not save what a start is worth$/);
  });

  it("keeps a spare task until it has cost ten task-minutes more than it saved, at eight on average", () => {
    let state = EMPTY;
    const reasons: string[] = [];
    for (let minute = 0; minute < 16; minute += 1) {
      const now = T0 + minute * MINUTE_MS;
      const expects = forecast({ at: now + 2 * MINUTE_MS, knownAt: now - 2 * MINUTE_MS, spread: 0.1 });
      const result = step({ expects, desired: 9, state, now });
      reasons.push(result.reason);
      state = result.state;
      if (result.desired !== undefined) break;
    }
    expect(reasons).toEqual([...Array.from({ length: 9 }, () => "within_target"), "scaled_in"]);
  });

  it("counts real tasks where a task does less than the reference that the forecast was made in", () => {
    const reference = forecast({ perTask: 2 * PER_TASK, level: Math.sqrt(3), spread: 0.15 / Math.SQRT2, mean: 4 });
    expect(step({ expects: reference, desired: 2 }).desired).toBe(step({ expects: forecast(), desired: 2 }).desired);
  });

  it("has a fixed head-room on the first day of history", () => {
    const { desired, opinion } = step({ expects: forecast({ minutes: 1439 }), tasks: 8, desired: 5 });
    expect(desired).toBe(12);
    expect(opinion?.text).toMatch(/^12 tasks are kept on the first day, with a fixed head-room, for 10:02: /);
    expect(step({ expects: forecast({ minutes: 1440 }), tasks: 8, desired: 5 }).desired).toBe(8);
  });

  it("works off what waits, whatever is expected", () => {
    const { desired, opinion } = step({ expects: forecast(), tasks: 9, waits: 8, desired: 8 });
    expect(desired).toBe(14);
    expect(opinion?.text).toMatch(/^14 tasks are needed to work off 8 task-minutes that wait by 10:02: /);
  });

  it("keeps what a surge needs where it is asked to", () => {
    const of = withPolicy({ surge: { factor: 5, wait: "480s" } });
    const { desired, opinion } = step({ of, expects: forecast(), tasks: 8, desired: 8 });
    expect(desired).toBe(12);
    expect(opinion?.text).toMatch(/^12 tasks are kept for a surge at 10:02: /);
  });

  it("adds nothing to what it remembers at a second look in the same minute, and asks for nothing else", () => {
    const first = step({ expects: forecast(), desired: 9 });
    const again = step({ expects: forecast(), desired: 9, state: first.state, now: T0 + 20_000 });
    expect(again.state).toBe(first.state);
    expect(again.desired).toBeUndefined();
    const out = step({ expects: forecast(), desired: 5 });
    const after = step({ expects: forecast(), desired: 8, state: settled(CONFIG, out, T0), now: T0 + 40_000 });
    expect(after.desired).toBeUndefined();
    expect(after.state.memory?.["0"]).toMatchObject({ recs: [8], waste: 0 });
  });
});

describe("predictive falls back to demand and says why", () => {
  const cases: readonly (readonly [string, Forecast | undefined, string])[] = [
    ["without a forecast", undefined, "there is no forecast"],
    [
      "where its error has grown",
      forecast({ trusted: false, why: "its recent error is 1.6 times that of the last value" }),
      "its recent error is 1.6 times that of the last value",
    ],
    [
      "where the forecast is old",
      forecast({ knownAt: T0 - 20 * MINUTE_MS, at: T0 - 16 * MINUTE_MS }),
      "the newest minute that the forecast knows ended 19 min ago",
    ],
    ["where the forecast is no number", forecast({ level: Number.NaN }), "the forecast is no forecast"],
    ["where the spread is nothing", forecast({ spread: 0 }), "the forecast is no forecast"],
    ["where the errors are no numbers", forecast({ errors: [1, Number.NaN] }), "the forecast is no forecast"],
    ["where a reference task does nothing", forecast({ perTask: 0 }), "the forecast is no forecast"],
    ["where it is about a minute that was known", forecast({ at: T0 - 2 * MINUTE_MS }), "the forecast is no forecast"],
  ];

  it.each(cases)("%s", (_, expects, why) => {
    const { desired, opinion } = step({ expects, tasks: 10, desired: 12 });
    expect(opinion?.text.startsWith(`${why}, so demand decides: `)).toBe(true);
    // 10 tasks' work at 70 %, as the demand rule has it.
    expect(desired).toBe(15);
  });

  it("does not go in at once when it begins to, and returns to the forecast without a jump", () => {
    const lost = step({ tasks: 3, desired: 12 });
    expect(lost.desired).toBeUndefined();
    expect(lost.state.memory?.["0"]).toMatchObject({ recs: [], demand: { wanted: expect.any(Array) } });
    const now = T0 + MINUTE_MS;
    const expects = forecast({ at: now + 2 * MINUTE_MS, knownAt: now - 2 * MINUTE_MS });
    const back = step({ expects, desired: 12, state: lost.state, now });
    expect(back.desired).toBeUndefined();
    expect(back.state.memory?.["0"]).toMatchObject({ recs: [8], waste: 3.537 });
    expect(back.state.memory?.["0"]).not.toHaveProperty("demand");
  });

  it("keeps the same state where nothing is new", () => {
    const first = step({ desired: 9 });
    expect(step({ desired: 9, state: first.state }).state).toBe(first.state);
  });
});

describe("predictive holds", () => {
  it("where arrivals are not known, and where they cannot be", () => {
    const blind = autoscaling.step(CONFIG, EMPTY, { ...look(fleet(8)), forecasts: { "0": forecast() } }, T0);
    expect([blind.reason, asked(blind)]).toEqual(["held_no_data", undefined]);
    const negative = step({ expects: forecast(), tasks: -1, desired: 20 });
    expect([negative.reason, negative.desired]).toEqual(["held_no_data", undefined]);
    expect(negative.opinion?.text).toBe("requests is -50, which cannot be");
  });

  it("where what waits is negative, and goes out but not in where it is measured no more", () => {
    const negative = step({ expects: forecast(), waits: -1, desired: 20 });
    expect([negative.reason, negative.desired]).toEqual(["held_no_data", undefined]);
    const stale = (desired: number) => {
      const input = look({ ...fleet(desired), at: T0 }, { requests: 300, ready: desired, cpu: 60 }, T0);
      const backlog = { metric: "backlog", unit: "none", periodMs: MINUTE_MS, source: "test" };
      const points = [{ at: T0 - 60 * MINUTE_MS, value: 0 }];
      const readings = { ...input.readings, backlog: { ...backlog, points } };
      return autoscaling.step(CONFIG, EMPTY, { ...input, readings, forecasts: { "0": forecast() } }, T0);
    };
    expect(asked(stale(5))).toBe(8);
    expect([stale(40).reason, asked(stale(40))]).toEqual(["held_stale_data", undefined]);
  });
});
