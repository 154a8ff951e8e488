import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bottleneckOf } from "../../shared/core/readiness/load/bottleneck.ts";
import { capacityOf, capacityPlan } from "../../shared/core/readiness/load/capacity.ts";
import {
  bucketOf,
  clear,
  histogram,
  MOST_US,
  mean,
  merge,
  merged,
  middleOf,
  pack,
  quantile,
  record,
} from "../../shared/core/readiness/load/histogram.ts";
import { parseObjective } from "../../shared/core/readiness/load/objectives.ts";
import { arrivalsOf, expectedIn, lengthOf, peakOf, segmentsOf } from "../../shared/core/readiness/load/schedule.ts";
import { stopReason } from "../../shared/core/readiness/load/stop.ts";
import { queueRows } from "./load-kit.ts";

const micros = fc.integer({ min: 0, max: MOST_US });
const of = (values: readonly number[]) => {
  const one = histogram();
  for (const value of values) record(one, value);
  return one;
};
const all = (next: () => number | undefined): number[] => {
  const found: number[] = [];
  for (let at = next(); at !== undefined; at = next()) found.push(at);
  return found;
};

describe("histogram", () => {
  test("a bucket's middle is at most 0.8 % away, and buckets rise with their durations", () => {
    fc.assert(
      fc.property(micros, micros, (a, b) => {
        expect(Math.abs(middleOf(bucketOf(a)) - a)).toBeLessThanOrEqual(a * 0.008);
        if (a <= b) expect(bucketOf(a)).toBeLessThanOrEqual(bucketOf(b));
      }),
    );
  });

  test("quantiles are those of the sorted list, within 1 %; the ends are exact", () => {
    fc.assert(
      fc.property(
        fc.array(micros, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = [...values].sort((a, b) => a - b);
          const right = sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1] as number;
          const found = quantile(pack(of(values)), q) as number;
          expect(Math.abs(found - right)).toBeLessThanOrEqual(right * 0.01);
          expect(quantile(pack(of(values)), 1)).toBe(sorted.at(-1));
          expect(mean(pack(of(values)))).toBeCloseTo(values.reduce((sum, one) => sum + one, 0) / values.length, 3);
        },
      ),
    );
  });

  test("merging in any parts and any order, through JSON, is the histogram of all", () => {
    fc.assert(
      fc.property(fc.array(fc.array(micros, { maxLength: 30 }), { minLength: 1, maxLength: 5 }), (parts) => {
        const packed = parts.map((part) => JSON.parse(JSON.stringify(pack(of(part)))));
        expect(merged(packed.toReversed())).toEqual(pack(of(parts.flat())));
        const into = of(parts[0] ?? []);
        for (const one of packed.slice(1)) merge(into, one);
        expect(pack(into)).toEqual(pack(of(parts.flat())));
      }),
    );
  });

  test("below zero is zero, above an hour is an hour, no number is nothing, and cleared is new", () => {
    const one = of([-5, Number.NaN, 9e15]);
    expect(pack(one)).toMatchObject({ n: 2, least: 0, most: MOST_US });
    clear(one);
    expect(pack(one)).toEqual(pack(histogram()));
    expect(quantile(pack(one), 0.5)).toBeUndefined();
  });
});

describe("schedule", () => {
  const ramp = segmentsOf([
    { shape: "constant", rate: 0, for: 1_000 },
    { shape: "ramp", rate: 0, to: 400, for: 10_000 },
    { shape: "spike", rate: 10, to: 300, for: 3_000 },
    { shape: "ramp", rate: 300, to: 0, for: 2_000 },
  ]);

  test("uniform arrivals are the integral of the rate, at every instant", () => {
    const times = all(arrivalsOf(ramp, "uniform", 1).next);
    expect(times.length).toBe(Math.round(expectedIn(ramp, 0, lengthOf(ramp))));
    expect(peakOf(ramp)).toBe(400);
    for (let at = 0; at <= lengthOf(ramp); at += 250) {
      const due = times.filter((one) => one < at).length;
      expect(Math.abs(due - expectedIn(ramp, 0, at))).toBeLessThanOrEqual(0.51);
    }
  });

  test("poisson arrivals ascend, have the mean and the spread of a Poisson process, and belong to their seed", () => {
    const counts = Array.from({ length: 60 }, (_, seed) => all(arrivalsOf(ramp, "poisson", seed).next).length);
    const wanted = expectedIn(ramp, 0, lengthOf(ramp));
    const average = counts.reduce((sum, one) => sum + one, 0) / counts.length;
    expect(Math.abs(average / wanted - 1)).toBeLessThan(0.02);
    const variance = counts.reduce((sum, one) => sum + (one - average) ** 2, 0) / (counts.length - 1);
    expect(variance / wanted).toBeGreaterThan(0.5);
    expect(variance / wanted).toBeLessThan(1.7);
    const times = all(arrivalsOf(ramp, "poisson", 3).next);
    expect(times).toEqual(all(arrivalsOf(ramp, "poisson", 3).next));
    expect(times.every((at, index) => index === 0 || at >= (times[index - 1] as number))).toBe(true);
    expect(times[0]).toBeGreaterThanOrEqual(1_000);
  });

  test("workers together send what one would have sent", () => {
    for (const how of ["poisson", "uniform"] as const)
      for (const workers of [2, 3, 7]) {
        const parts = Array.from({ length: workers }, (_, part) =>
          all(arrivalsOf(ramp, how, 5, { part, of: workers }).next),
        );
        expect(parts.flat().sort((a, b) => a - b)).toEqual(all(arrivalsOf(ramp, how, 5).next));
      }
  });

  test("a replay keeps the recorded rate however fast it runs, in lines, over gaps as well", () => {
    const points = [0, 60_000, 120_000, 300_000].map((at, index) => ({
      at,
      value: [600, 1200, 1800, 0][index] as number,
    }));
    const segments = segmentsOf([{ shape: "replay", trace: { points, stepMs: 60_000 }, scale: 2, speed: 60 }]);
    expect(lengthOf(segments)).toBe(6_000);
    expect(segments.map(({ from, rate }) => [from, rate])).toEqual([
      [0, 20],
      [1_000, 40],
      [2_000, 60],
      [5_000, 0],
    ]);
    expect(expectedIn(segments, 2_000, 5_000)).toBeCloseTo(90);
  });
});

describe("objectives", () => {
  test.each([
    ["p99 < 300ms", { measure: "latency", of: 0.99, operator: "<", bound: 300_000 }],
    ["p99.9<=1.5s", { of: 0.999, operator: "<=", bound: 1_500_000 }],
    ["max < 2s", { of: 1 }],
    ["mean < 800us", { of: "mean", bound: 800 }],
    ["errors < 1%", { measure: "errors", bound: 0.01 }],
    ["rate ≥ 95%", { measure: "rate", operator: ">=", bound: 0.95 }],
  ])("%s is read", (text, wanted) => expect(parseObjective(text)).toMatchObject(wanted));

  test.each([
    ["p99 < 300"],
    ["p0 < 1s"],
    ["p99 > 3s"],
    ["errors > 1%"],
    ["errors < 120%"],
    ["rate < 95%"],
    ["errors < 1s"],
    ["p99 < 5%"],
    ["p100 < 1s"],
    ["latency < 1s"],
    [""],
  ])("%s is refused", (text) => expect(parseObjective(text)).toBeUndefined());
});

describe("bottleneck", () => {
  const course = (resource: string, shares: readonly number[]) =>
    shares.map((share, second) => ({ resource, second, share }));

  test("what was full first and stayed so is named; a peak, and what became full long after, are not", () => {
    const found = bottleneckOf(
      [
        ...course("memory", [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.7, 0.7, 0.7]),
        ...course("peak", [0.2, 1.4, 0.2, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4]),
        ...course("cpu", [0.3, 0.5, 0.8, 1.0, 1.1, 1.0, 1.0, 1.1, 1.0]),
        ...course("connections", [0, 0, 0, 0, 0.1, 0.5, 1, 1, 1]),
      ],
      4,
    );
    expect(found).toMatchObject({ resource: "cpu", fullFrom: 3 });
    expect(found.uses.map(({ resource }) => resource).slice(0, 2)).toEqual(["cpu", "connections"]);
    expect(found.uses.find(({ resource }) => resource === "peak")).not.toHaveProperty("fullFrom");
  });

  test("what was full all along while the objectives held is not what broke them, unless nothing else was full", () => {
    const always = course("machine", new Array<number>(40).fill(1.2));
    const cpu = course(
      "cpu",
      Array.from({ length: 40 }, (_, second) => second / 27),
    );
    expect(bottleneckOf([...always, ...cpu], 30)).toMatchObject({ resource: "cpu", fullFrom: 27 });
    expect(bottleneckOf(always, 30)).toMatchObject({ resource: "machine" });
  });

  test("nothing is named where nothing was full by then, nothing broke, or nothing was looked at", () => {
    const late = course("disk", [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(bottleneckOf(late, 2)).not.toHaveProperty("resource");
    expect(bottleneckOf(late, undefined).why).toContain("held");
    expect(bottleneckOf([], 2).why).toContain("no resource");
  });
});

describe("capacity", () => {
  const knee = { kind: "found", rate: 800, low: 700, high: 850 } as const;

  test("a knee over its instances, and what multiples need and cost", () => {
    const capacity = capacityOf(knee, 4);
    expect(capacity).toEqual({ perInstance: 200, low: 175, high: 212.5, instances: 4, atLeast: false });
    if (!capacity) return;
    const plan = capacityPlan(capacity, {
      ...{ today: 500, from: "said", target: 0.7 },
      price: { usdPerHour: 0.05, source: "test" },
    });
    expect(plan.needs.map(({ instances, cautious, usdPerMonth }) => [instances, cautious, usdPerMonth])).toEqual([
      [4, 5, 146],
      [8, 9, 292],
      [18, 21, 657],
    ]);
    expect(capacityPlan(capacity, { today: 1, from: "said", target: 0.7 }).needs[0]).toEqual({
      times: 1,
      rate: 1,
      instances: 2,
      cautious: 2,
    });
  });

  test("there is none without a knee or without instances", () => {
    expect(capacityOf(undefined, 4)).toBeUndefined();
    expect(capacityOf(knee, undefined)).toBeUndefined();
    expect(capacityOf(knee, 0)).toBeUndefined();
    expect(capacityOf({ ...knee, kind: "none" }, 4)).toBeUndefined();
  });
});

test("a test is stopped where too many fail for long enough, and not before", () => {
  const rows = queueRows({ seconds: 12, rate: () => 100, capacity: 20, slots: 1, timeoutMs: 200 });
  const stop = { errors: 50, for: 5_000 };
  expect(stopReason(rows.slice(0, 4), stop)).toBeUndefined();
  expect(stopReason(rows, stop)).toContain("more than 50 %");
  expect(stopReason(rows, { errors: 99.9, for: 5_000 })).toBeUndefined();
  expect(stopReason(rows, undefined)).toBeUndefined();
});
