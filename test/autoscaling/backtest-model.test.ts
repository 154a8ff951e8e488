import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { load } from "../../shared/core/autoscaling/backtest/grid.ts";
import { measures } from "../../shared/core/autoscaling/backtest/measures.ts";
import { oracleTaskHours } from "../../shared/core/autoscaling/backtest/oracle.ts";
import { simulate, type View, type WorldOptions } from "../../shared/core/autoscaling/backtest/simulate.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import { iso, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { parseTrace } from "../../shared/core/kernel/trace.ts";

const world: WorldOptions = {
  min: 1,
  max: 100,
  startDelayMs: [60_000, 60_000],
  metricDelayMinutes: 1,
  warmupMinutes: 0,
  seed: 42,
};
const flat = (level: number, minutes: number) => new Float64Array(minutes).fill(level);
const hold = (view: View) => view.desired;

describe("the simulated world", () => {
  test("starts with the tasks the first minute needs and serves a flat load without violation", () => {
    const run = simulate(flat(3.2, 10), hold, world, true);
    expect(run).toMatchObject({ violationMinutes: 0, worstWaitSeconds: 0, actions: 0, scoredMinutes: 10 });
    expect(run.series?.[0]).toMatchObject({ desired: 4, capacity: 4, violated: false });
    expect(run.series?.[0]?.cpu).toBeCloseTo(80, 9);
    expect(run.taskHours).toBeCloseTo(40 / 60, 9);
  });

  test("a task is paid from its start request and serves after its start delay, tick by tick", () => {
    const run = simulate(
      flat(1, 4),
      (view) => (view.minute === 1 ? 3 : view.desired),
      { ...world, startDelayMs: [75_000, 75_000] },
      true,
    );
    // Asked for at minute 1, ready 75 s later: from the third tick of minute 2 on (80 s) four of six ticks.
    expect(run.series?.map((minute) => Math.round(minute.capacity * 1000) / 1000)).toEqual([1, 1, 2.333, 3]);
    expect(run.taskHours).toBeCloseTo((1 + 3 + 3 + 3) / 60, 9);
    expect(run.actions).toBe(1);
  });

  test("a stop acts at once and takes the newest starting tasks before serving ones", () => {
    const asked = [4, 6, 3, 3];
    const run = simulate(flat(4, 4), (view) => asked[view.minute] as number, world, true);
    expect(run.series?.map((minute) => minute.capacity)).toEqual([4, 4, 3, 3]);
  });

  test("CPU never shows more than 100 %, the rest waits first in first out", () => {
    const arrivals = Float64Array.from([1, 3, 0, 0]);
    const run = simulate(arrivals, hold, world, true);
    expect(run.series?.map((minute) => [minute.cpu, minute.backlog].map((one) => Math.round(one * 1e6) / 1e6))).toEqual(
      [
        [100, 0],
        [100, 2],
        [100, 1],
        [100, 0],
      ],
    );
    expect(run.worstWaitSeconds).toBeCloseTo(120, 6);
  });

  test("a minute is violated by arrivals above capacity and by backlog older than 60 s, not by a shorter one", () => {
    const arrivals = Float64Array.from([1, 2, 0.5, 0.5, 0.5, 0.5]);
    const run = simulate(arrivals, hold, world, true);
    // The backlog of one task-minute is worked off at half a task: gone at the very end of minute 3.
    expect(run.series?.map((minute) => minute.violated)).toEqual([false, true, true, true, false, false]);
    const short = simulate(Float64Array.from([2, 2.1, 1, 1]), hold, { ...world, min: 2 }, true);
    expect(short.series?.map((minute) => minute.violated)).toEqual([false, true, false, false]);
  });

  test("with no task ready CPU is unknown, not zero", () => {
    const run = simulate(flat(0, 2), () => 0, { ...world, min: 0 }, true);
    expect(run.series?.[0]?.cpu).toBeNaN();
  });

  test.each([0, 1, 3])(
    "with a metric delay of %i min a decision sees the minutes before that and no later one",
    (delay) => {
      const seen: (readonly number[])[] = [];
      const arrivals = Float64Array.from([1, 2, 3, 4, 5, 6]);
      simulate(
        arrivals,
        (view) => {
          seen.push([...view.arrivals]);
          expect(view.cpu).toHaveLength(view.arrivals.length);
          return 100;
        },
        { ...world, metricDelayMinutes: delay },
      );
      expect(seen).toEqual(Array.from(arrivals, (_, minute) => [...arrivals].slice(0, Math.max(0, minute - delay))));
    },
  );

  test("the warm-up runs but is not scored", () => {
    const arrivals = Float64Array.from([1, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    const scored = simulate(arrivals, (view) => (view.minute === 1 ? 20 : view.minute === 3 ? 2 : view.desired), {
      ...world,
      warmupMinutes: 6,
    });
    expect(scored).toMatchObject({ scoredMinutes: 6, violationMinutes: 0, actions: 0 });
    expect(scored.taskHours).toBeCloseTo(12 / 60, 9);
  });

  test("the fleet stays inside its bounds whatever is asked for", () => {
    const run = simulate(
      flat(1, 3),
      (view) => [-5, 1e9, Number.MAX_VALUE][view.minute] as number,
      { ...world, min: 2, max: 7 },
      true,
    );
    expect(run.series?.map((minute) => minute.desired)).toEqual([2, 7, 7]);
  });

  test("the same seed gives the same run, another seed other start delays", () => {
    const arrivals = load(syntheticTrace({ days: 1 }), 8).arrivals;
    const follow = (view: View) => Math.ceil((view.arrivals.at(-1) ?? 8) * 1.3);
    const wide = { ...world, startDelayMs: [30_000, 300_000] as const };
    const run = (seed: number) => simulate(arrivals, follow, { ...wide, seed });
    expect(run(42)).toEqual(run(42));
    expect(run(42)).not.toEqual(run(43));
  });

  test("no work is lost or made up: what arrived was served or waits (law)", () => {
    const minute = fc.double({ min: 0, max: 30, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(minute, { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 60, maxLength: 60 }),
        (work, asked) => {
          const run = simulate(Float64Array.from(work), (view) => asked[view.minute] as number, world, true);
          const series = run.series ?? [];
          const served = series.reduce((sum, one) => sum + (one.cpu / 100) * one.capacity, 0);
          const arrived = work.reduce((sum, one) => sum + one, 0);
          expect(served + (series.at(-1)?.backlog ?? 0)).toBeCloseTo(arrived, 5);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("the oracle", () => {
  const bounds = { min: 2, max: 100 };
  test.each([
    ["pays whole tasks, at least min", [0.1, 3, 3.2], (2 + 3 + 4) / 60 + (2 * 75) / 3600],
    ["never more than max", [300, 300], 200 / 60],
    ["does not take a task-minute for a rounding error", [3 + 1e-12, 3], 6 / 60],
    ["holds tasks through a dip of one minute", [5, 2, 4, 4], (5 + 4 + 4 + 4) / 60],
    ["lets go in a dip of two minutes", [5, 2, 2, 4], (5 + 2 + 2 + 4) / 60 + (2 * 75) / 3600],
  ])("%s", (_name, arrivals, hours) => {
    expect(oracleTaskHours(Float64Array.from(arrivals), bounds, 0)).toBeCloseTo(hours, 9);
  });

  test("costs no more than any run without a violation in which every task was asked for in time (law)", () => {
    const work = load(syntheticTrace({ days: 1, seed: 7 }), 8).arrivals;
    const peak = Math.ceil(Math.max(...work));
    const run = simulate(work, () => peak, { ...world, min: peak });
    expect(run.violationMinutes).toBe(0);
    expect(oracleTaskHours(work, bounds, 0)).toBeLessThan(run.taskHours);
  });
});

test("J prices a violation minute at ten minutes of the average fleet", () => {
  const run = { scoredMinutes: 1440, violationMinutes: 30, taskHours: 300, worstWaitSeconds: 12, actions: 5 };
  expect(measures("mine", run, 200, 8)).toEqual({
    policy: "mine",
    minutes: 1440,
    violationMinutes: 30,
    taskHours: 300,
    oracleTaskHours: 200,
    costRatio: 1.5,
    j: (300 + (80 / 60) * 30) / 200,
    worstWaitSeconds: 12,
    actionsPerDay: 5,
  });
});

describe("a trace on the one-minute grid", () => {
  const at = (minutes: number) => minutes * MINUTE_MS;
  test("is scaled so that its mean keeps the wanted number of tasks busy, and remembers the unit", () => {
    const work = load(
      {
        points: [
          { at: 0, value: 60 },
          { at: at(1), value: 180 },
        ],
        stepMs: at(1),
      },
      8,
    );
    expect([...work.arrivals]).toEqual([4, 12]);
    // 120 requests a minute are 2 a second for 8 tasks.
    expect(work.unitsPerTaskSecond).toBeCloseTo(0.25, 12);
  });

  test("five-minute points and gaps are joined by straight lines in time, the last value holds for its interval", () => {
    const work = load(
      {
        points: [
          { at: 0, value: 0 },
          { at: at(5), value: 50 },
          { at: at(15), value: 0 },
        ],
        stepMs: at(5),
      },
      1,
    );
    const raw = Array.from(work.arrivals, (value) => Math.round((value / (work.arrivals[5] as number)) * 50));
    expect(raw).toEqual([0, 10, 20, 30, 40, 50, 45, 40, 35, 30, 25, 20, 15, 10, 5, 0, 0, 0, 0, 0]);
  });

  test("points closer than a minute are averaged per minute", () => {
    const points = [10, 20, 30, 20, 0, 10].map((value, index) => ({ at: index * 30_000, value }));
    expect([...load({ points, stepMs: 30_000 }, 15).arrivals]).toEqual([15, 25, 5]);
  });

  test("rows that are years apart are refused before every minute between them is simulated", () => {
    const points = [
      { at: 0, value: 1 },
      { at: at(1440 * 40_000), value: 1 },
    ];
    expect(() => load({ points, stepMs: MINUTE_MS }, 8)).toThrow("the trace spans 40001 days");
  });

  test("a trace of zeros stays idle", () => {
    const work = load(
      {
        points: [
          { at: 0, value: 0 },
          { at: at(1), value: 0 },
        ],
        stepMs: at(1),
      },
      8,
    );
    expect([...work.arrivals]).toEqual([0, 0]);
  });
});

describe("the synthetic trace", () => {
  test("is a day curve with a spike, the same for the same seed", () => {
    const trace = syntheticTrace({ days: 2, noise: 0 });
    expect(trace.points).toHaveLength(2880);
    const value = (minute: number) => trace.points[minute]?.value ?? Number.NaN;
    expect([value(0), value(360), value(720)]).toEqual([2400, 6000, 9600]);
    expect(value(2160 + 5) / (9600 * 3)).toBeCloseTo(1, 2);
    expect(value(2700)).toBeLessThan(6000);
    expect(syntheticTrace({ seed: 5 })).toEqual(syntheticTrace({ seed: 5 }));
    expect(syntheticTrace({ seed: 5 })).not.toEqual(syntheticTrace({ seed: 6 }));
  });

  test("reads back from CSV as it was", () => {
    const trace = syntheticTrace({ days: 1 });
    const csv = `timestamp,value\n${trace.points.map((point) => `${iso(point.at)},${point.value}`).join("\n")}\n`;
    expect(parseTrace(csv)).toEqual({ ok: true, trace, warnings: [] });
  });
});
