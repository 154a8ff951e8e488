import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backtest } from "../../shared/core/autoscaling/backtest/backtest.ts";
import type { Load } from "../../shared/core/autoscaling/backtest/grid.ts";
import { lagGauge } from "../../shared/core/autoscaling/backtest/lag-gauge.ts";
import type { View } from "../../shared/core/autoscaling/backtest/simulate.ts";
import type { GroupSeen } from "../../shared/core/autoscaling/lag/types.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { lagConfig } from "./lag-given.ts";

const load = (unitsPerTaskSecond: number): Load => ({
  startAt: DAY_MS,
  arrivals: new Float64Array(100),
  unitsPerTaskSecond,
});

function view(arrivals: readonly number[], backlog: readonly number[], ready = 3): View {
  const minute = arrivals.length + 1;
  return { minute, desired: ready, ready, starting: 0, cpu: [], capacity: [], arrivals, backlog };
}

const sums = (seen: unknown) => {
  const all = Object.values((seen as GroupSeen).topics).flat();
  return all.reduce<[number, number]>(
    ([end, lag], one) => [end + (one?.[1] ?? 0), lag + (one ? one[1] - one[0] : 0)],
    [0, 0],
  );
};

describe("the group that simulated tasks are", () => {
  it("sees nothing before the first minute is visible", () => {
    expect(lagGauge(load(10), { max: 5 })(view([], []))).toBeUndefined();
  });

  it("has the records that arrived and those that wait, in a partition for each task of the largest fleet", () => {
    const gauge = lagGauge(load(10), { max: 7 });
    const seen = gauge(view([2, 3], [0, 0.5])) as GroupSeen;
    expect(seen.topics["load"]).toHaveLength(7);
    expect(sums(seen)).toEqual([5 * 600, 300]);
    expect(seen).toMatchObject({ at: DAY_MS + 2 * MINUTE_MS, state: "Stable" });
  });

  it("is empty while no task is ready, whether or not a newer minute is visible", () => {
    const gauge = lagGauge(load(10), { max: 2 });
    expect(gauge(view([2], [0]))).toMatchObject({ state: "Stable" });
    expect(gauge(view([2], [0], 0))).toMatchObject({ state: "Empty" });
  });

  it("loses no record and shares them evenly, whatever arrives", () => {
    const minute = fc.tuple(fc.double({ min: 0, max: 50, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(minute, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (drawn, max) => {
        const gauge = lagGauge(load(7.5), { max });
        const [arrivals, backlog]: [number[], number[]] = [[], []];
        let all = 0;
        let before: GroupSeen | undefined;
        for (const [arrived, share] of drawn) {
          arrivals.push(arrived);
          all += arrived;
          backlog.push(share * all);
          const seen = gauge(view(arrivals, backlog)) as GroupSeen;
          const [ends, lag] = sums(seen);
          expect(Math.abs(ends - all * 450)).toBeLessThan(1.001);
          expect(Math.abs(lag - share * all * 450)).toBeLessThan(2.001);
          const partitions = seen.topics["load"] ?? [];
          const own = partitions.map((one) => one?.[1] ?? 0);
          expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
          expect(partitions.every((one) => one && one[0] <= one[1] && one[0] >= 0)).toBe(true);
          for (const [index, one] of (before?.topics["load"] ?? []).entries())
            expect(partitions[index]?.[1] ?? 0).toBeGreaterThanOrEqual(one?.[1] ?? 0);
          before = seen;
        }
      }),
    );
  });
});

describe("a backtest of kafka-lag", () => {
  const points = Array.from({ length: 1440 }, (_, minute) => ({
    at: DAY_MS + minute * MINUTE_MS,
    value: 600 * (8 + 5 * Math.sin((2 * Math.PI * minute) / 720)),
  }));
  const trace = { points, stepMs: MINUTE_MS };
  const run = (policy: Parameters<typeof lagConfig>[0]) =>
    backtest(trace as Parameters<typeof backtest>[0], lagConfig(policy, { min: 2, max: 40 }), { max: 40 }).measures;

  it("keeps up by what arrives, where lag alone runs behind it", () => {
    const good = run({ perConsumer: 10, catchUp: "2m" });
    const keda = run({ rule: "keda", lagThreshold: 600 });
    expect(good.violationMinutes).toBeLessThan(30);
    expect(good.costRatio).toBeLessThan(1.5);
    expect(keda.violationMinutes).toBeGreaterThan(10 * good.violationMinutes);
  });

  it("learns what a consumer does where nobody says it", () => {
    expect(run({}).costRatio).toBeLessThan(2);
  });
});
