import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { bandOf, FlinkPolicy } from "../../shared/core/autoscaling/flink/config.ts";
import { excludedBy, parsePeriod } from "../../shared/core/autoscaling/flink/excluded.ts";
import {
  backlogged,
  gainOf,
  outside,
  scaleDown,
  skewed,
  slotLimit,
  stabilizing,
  vetoed,
} from "../../shared/core/autoscaling/flink/gates.ts";
import type { VertexRates } from "../../shared/core/autoscaling/flink/rates.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";

const TIMES = { catchUpSec: 1800, restartSec: 300 };

describe("gates", () => {
  const vertex = (more: Partial<VertexRates>): VertexRates => ({
    ...{ id: "v", name: "v", inputs: [], parallelism: 4, maxParallelism: 128, hash: false, source: true },
    ...{ inRate: 100, observed: [] },
    ...more,
  });
  const demand = { target: 700, catchUp: 0 };

  test.each([
    ["short at the upper edge", 699, { min: 0.4, max: 1 }, "short"],
    ["enough at the upper edge", 700, { min: 0.4, max: 1 }, undefined],
    // 700 × 300 / 1800 + 700 / 0.4 = 116.67 + 1750
    ["enough at the lower edge, with a restart", 1867, { min: 0.4, max: 1 }, undefined],
    ["idle", 1868, { min: 0.4, max: 1 }, "idle"],
    ["under a backlog nothing is idle", 1e12, { min: 0, max: 1 }, undefined],
  ])("acts only outside of the band: %s", (_title, rate, band, expected) => {
    expect(outside(rate, demand, band, TIMES)).toBe(expected);
  });

  test.each([
    ["0.3 around the target", {}, { min: 0.4, max: 1 }],
    ["with the target", { utilization: 0.5 }, { min: 0.2, max: 0.8 }],
    ["above all its time, as the operator's", { utilization: 1 }, { min: 0.7, max: 1.3 }],
    ["never down to 0, where nothing would ever go in", { utilization: 0.2 }, { min: 0.05, max: 0.5 }],
    ["one edge as it was said", { utilization: 0.5, utilizationMin: 0.45 }, { min: 0.45, max: 0.8 }],
    ["both as they were said", { utilization: 0.3, utilizationMin: 0, utilizationMax: 1 }, { min: 0, max: 1 }],
  ])("the band is %s", (_title, policy, expected) => {
    expect(bandOf(v.parse(FlinkPolicy, { type: "flink", ...policy }))).toEqual(expected);
  });

  test.each([
    ["300 s of lag", { lag: 30_000 }, false],
    ["more", { lag: 30_001 }, true],
    ["lag, and nothing is read", { lag: 1, inRate: 0 }, true],
    ["lag unknown", {}, false],
    ["no source", { lag: 1e9, source: false }, false],
  ])("a backlog is lag / rate > 300 s: %s", (_title, more, expected) => {
    expect(backlogged([vertex(more)], 5 * MINUTE_MS) !== undefined).toBe(expected);
  });

  test("a scale-in waits an hour from its first request, and goes to the largest of the window", () => {
    let down: ReturnType<typeof scaleDown>["down"] | undefined;
    let to: number | undefined;
    for (let minute = 0; minute <= 60; minute += 1) {
      expect(to).toBeUndefined();
      ({ down, to } = scaleDown(down, minute * MINUTE_MS, minute === 30 ? 5 : 3, HOUR_MS));
    }
    expect(to).toBe(5);
    for (let minute = 61; minute <= 91; minute += 1) ({ down, to } = scaleDown(down, minute * MINUTE_MS, 3, HOUR_MS));
    expect(to).toBe(5);
    for (let minute = 92; minute <= 96; minute += 1) ({ down, to } = scaleDown(down, minute * MINUTE_MS, 3, HOUR_MS));
    expect(to).toBe(3);
    expect(down?.length).toBeLessThanOrEqual(30);
  });

  test("a wait that nobody looked at for hours begins anew; without an interval there is none", () => {
    const { down } = scaleDown(undefined, 0, 3, HOUR_MS);
    expect(scaleDown(down, 3 * HOUR_MS, 3, HOUR_MS).to).toBeUndefined();
    expect(scaleDown(undefined, 0, 3, 0).to).toBe(3);
  });

  test.each([
    ["a tenth of what was expected is enough", { at: 0, to: 4, rate: 100, expected: 200 }, 110, 0.1],
    ["a tenth of nothing", { at: 0, to: 4, rate: 100, expected: 100 }, 110, undefined],
    ["it is elsewhere by now", { at: 0, to: 5, rate: 100, expected: 200 }, 110, undefined],
    ["a day later it may be tried again", { at: -DAY_MS, to: 4, rate: 100, expected: 200 }, 110, undefined],
    ["no scale-out of ours", undefined, 110, undefined],
  ])("gain = (TPR now − then) / (expected − then) where the last action was out: %s", (_title, up, rate, expected) => {
    expect(gainOf(up, 4, rate, 0)).toBe(expected);
  });

  test.each([
    [1000, 300, true],
    [1000, 600, false],
    [400, 10, false],
    [1000, undefined, false],
  ])("skew: busiest subtask far above the mean (%s and %s ms/s)", (busyMax, busyMean, expected) => {
    const more = { busyMax, ...(busyMean === undefined ? {} : { busyMean }) };
    expect(skewed(vertex(more))).toBe(expected);
  });

  test.each([
    ["off at 1", {}, { gcPressure: 1, heapUsage: 1 }, undefined],
    ["below", { gcShare: 0.2 }, { gcPressure: 0.3, heapUsage: 1 }, undefined],
    ["garbage collection", { gcShare: 0.31 }, { gcPressure: 0.3, heapUsage: 1 }, /garbage collection takes 31 %/],
    ["heap", { heapShare: 0.95 }, { gcPressure: 1, heapUsage: 0.9 }, /heap of a task manager is 95 %/],
    ["unknown counts as too much", {}, { gcPressure: 0.3, heapUsage: 1 }, /unknown share/],
  ])("vetoes of task managers: %s", (_title, seen, limits, expected) => {
    const veto = vetoed(seen, limits);
    if (expected === undefined) expect(veto).toBeUndefined();
    else expect(veto).toMatch(expected);
  });

  test("5 min after its tasks began a job is judged", () => {
    expect(stabilizing(0, 5 * MINUTE_MS - 1, 5 * MINUTE_MS)).toMatch(/began 5 min ago/);
    expect(stabilizing(0, 5 * MINUTE_MS, 5 * MINUTE_MS)).toBeUndefined();
    expect(stabilizing(undefined, 0, 5 * MINUTE_MS)).toBeUndefined();
  });

  test("slots: what the job has and what is free, or what it may have", () => {
    const vertices = [4, 2].map((parallelism, index) => ({
      id: `${index}`,
      name: "",
      parallelism,
      maxParallelism: 128,
      inputs: [],
    }));
    expect(slotLimit({ vertices, slots: { total: 9, free: 3 } }, undefined)).toBe(7);
    expect(slotLimit({ vertices, slots: { total: 9, free: 3 } }, 20)).toBe(20);
    expect(slotLimit({ vertices }, undefined)).toBeUndefined();
  });
});

describe("excluded periods", () => {
  /** Monday 2024-01-15 00:00 UTC. */
  const MONDAY = 1_705_276_800_000;
  const at = (day: number, hour: number, minute = 0) => MONDAY + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS;
  test.each([
    ["09:00-17:00", at(0, 9), true],
    ["09:00-17:00", at(0, 8, 59), false],
    ["09:00-17:00", at(0, 17), false],
    ["09:00:30-17:00:00", at(0, 9), false],
    ["22:00-06:00", at(0, 3), true],
    ["22:00-06:00", at(0, 23), true],
    ["22:00-06:00", at(0, 12), false],
    ["0 0 * * mon && 09:00-17:00", at(0, 12), true],
    ["0 0 * * mon && 09:00-17:00", at(1, 12), false],
    ["09:00-17:00 && 0 0 * * mon", at(0, 12), true],
    // A night that began on Monday is not over at midnight.
    ["0 0 * * mon && 22:00-06:00", at(1, 3), true],
    ["0 0 * * mon && 22:00-06:00", at(0, 3), false],
    // Quartz: seconds first, Sunday is 1.
    ["* * * ? * 2-6 && 09:30-10:00", at(4, 9, 45), true],
    ["* * * ? * 2-6 && 09:30-10:00", at(5, 9, 45), false],
    ["* * * ? * MON", at(0, 1), true],
    // Alone it names minutes.
    ["30 9 * * *", at(2, 9, 30), true],
    ["30 9 * * *", at(2, 9, 31), false],
  ])("%s", (period, now, expected) => {
    expect(excludedBy([period], "UTC", now)).toBe(expected ? period : undefined);
  });

  test("by the clock of a zone", () => {
    expect(excludedBy(["09:00-17:00"], "America/New_York", at(0, 9))).toBeUndefined();
    expect(excludedBy(["09:00-17:00"], "America/New_York", at(0, 15))).toBe("09:00-17:00");
  });

  test.each(["", "25:00-26:00", "09:00-09:00", "9-17", "* * * mon && 09:00-17:00", "09:60-10:00"])(
    "what cannot be read is a fault, and never holds: %j",
    (period) => {
      expect(parsePeriod(period).ok).toBe(false);
      expect(excludedBy([period], "UTC", at(0, 9))).toBeUndefined();
    },
  );
});
