import { describe, expect, it } from "vitest";
import { trendOf } from "../../shared/core/cost/allocate/trend.ts";
import { unitCost } from "../../shared/core/cost/allocate/unit-cost.ts";
import { addDays } from "../../shared/core/cost/day.ts";

/** Reproducible noise about zero (Park and Miller), the sum of twelve uniform draws less six. */
function noise(seed: number) {
  let state = seed;
  const draw = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return () => Array.from({ length: 12 }, draw).reduce((sum, one) => sum + one, -6);
}
const days = (count: number, value: (day: number) => number) =>
  Array.from({ length: count }, (_, day) => ({ day, value: value(day) }));

describe("a trend", () => {
  it("is the change a week, whatever single days do", () => {
    const found = trendOf(days(20, (day) => (day === 7 ? 900 : 100 + 2 * day)));
    expect(found?.perWeek).toBeCloseTo(14, 1);
    expect(found).toMatchObject({ moreThanNoise: true, days: 20 });
  });

  it("is told from eight days on", () => {
    expect(trendOf(days(7, (day) => day))).toBeUndefined();
    expect(trendOf(days(8, (day) => day))?.moreThanNoise).toBe(true);
  });

  it("of noise alone is said to be one in at most two of a hundred series, of a fifth of a deviation a day nearly always", () => {
    let [falsely, found] = [0, 0];
    for (let seed = 1; seed <= 300; seed += 1) {
      const [one, other] = [noise(seed * 7919), noise(seed * 104_729)];
      if (trendOf(days(30, () => 10 + one()))?.moreThanNoise) falsely += 1;
      if (trendOf(days(30, (day) => 10 + 0.2 * day + other()))?.moreThanNoise) found += 1;
    }
    expect(falsely).toBeLessThanOrEqual(6);
    expect(found).toBeGreaterThan(270);
  });

  it("is not taken from the shape of the week", () => {
    const week = [10, 12, 13, 12, 11, 4, 3];
    const found = trendOf(days(24, (day) => week[day % 7] ?? 0));
    expect(found).toMatchObject({ perWeek: 0, moreThanNoise: false });
  });

  it("of a figure that does not move is none", () => {
    expect(trendOf(days(30, () => 5))).toMatchObject({ perWeek: 0, percentPerWeek: 0, moreThanNoise: false });
  });
});

describe("a unit cost", () => {
  const DAY = "2024-09-01";
  it("is money for a million events, of the time that was watched", () => {
    const found = unitCost([
      { day: DAY, cost: 10, events: 2_000_000, seen: 1 },
      { day: addDays(DAY, 1), cost: 10, events: 1_000_000, seen: 0.5 },
      { day: addDays(DAY, 2), cost: 10, events: 0, seen: 0 },
    ]);
    expect(found).toEqual({ perMillion: 5, events: 3_000_000, days: 2 });
  });
  it("of what had no events is not known, which is not zero", () => {
    expect(unitCost([{ day: DAY, cost: 10, events: 0, seen: 1 }])).toBeUndefined();
    expect(unitCost([])).toBeUndefined();
  });
});
