import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { backtest } from "../../shared/core/slo/backtest.ts";
import { look } from "../../shared/core/slo/evaluate.ts";
import { advanceBy, newTrack } from "../../shared/core/slo/track.ts";
import { given, repeat, START } from "./given.ts";

describe("burn rates", () => {
  test.each([
    ["30d", [14.4, 6, 3, 1]],
    ["28d", [13.44, 5.6, 2.8, 28 / 30]],
    ["7d", [13.44, 3.5, 1.4, 0.98]],
    ["month", [14.4, 6, 3, 1]],
    ["90d", [43.2, 18, 9, 3]],
  ])("of %s are exact", (window, factors) => {
    const { rows } = given({ window });
    expect(rows.map(({ factor }) => factor)).toEqual(factors);
    expect(rows.map(({ severity }) => severity)).toEqual(["page", "page", "ticket", "ticket"]);
    expect(rows.map(({ longMs, shortMs }) => [longMs / HOUR_MS, shortMs / MINUTE_MS])).toEqual([
      [1, 5],
      [6, 30],
      [24, 120],
      [72, 360],
    ]);
  });

  test("shares of a week are Sloth's", () => {
    expect(given({ window: "7d" }).rows.map(({ sharePercent }) => sharePercent)).toEqual([8, 12.5, 20, 42]);
  });

  test("of own rows by factor or by share, the short window a twelfth", () => {
    const { rows } = given({
      alerts: [
        { severity: "page", long: "2h", factor: 10 },
        { severity: "ticket", long: "1d", share: 10 },
      ],
    });
    expect(rows).toMatchObject([
      { name: "2h", factor: 10, shortMs: 10 * MINUTE_MS },
      { name: "1d", factor: 3, shortMs: 2 * HOUR_MS },
    ]);
  });
});

/** Minutes after calm until a row fires; undefined: not within its long window. */
function fired(target: number, index: number, rate: number): number | undefined {
  const objective = given({ target });
  const row = objective.rows[index];
  if (!row) return undefined;
  const alone = { ...objective, rows: [row] };
  const track = newTrack(alone);
  // As much calm as the long window holds, in steps of minutes.
  const calm = row.longMs / MINUTE_MS;
  const events = 1_000_000;
  for (let minute = 1; minute <= 2 * calm; minute += 1) {
    const bad = minute <= calm ? 0 : rate * events;
    advanceBy(alone, track, START + minute * MINUTE_MS, { bad, total: events });
    if (minute > calm && look(alone, track).rows[0]?.fires) return minute - calm;
  }
  return undefined;
}

test("a row fires after calm within one step of (1 − target) × factor × long / error rate", () => {
  let tried = 0;
  for (const target of [99.95, 99.9, 99, 95])
    for (const rate of [1, 0.5, 0.1, 0.02, 0.005])
      for (const index of [0, 1, 2]) {
        const row = given({ target }).rows[index];
        if (!row) continue;
        const bound = ((100 - target) / 100) * row.factor;
        if (rate <= bound * 1.001) continue;
        const formula = (bound * row.longMs) / rate / MINUTE_MS;
        // The short window has to be above the bound as well; it always is first.
        const took = fired(target, index, rate);
        const step = row.grainMs / MINUTE_MS;
        expect(took, `${target} ${rate} ${row.name}`).toBeGreaterThan(formula);
        expect(took, `${target} ${rate} ${row.name}`).toBeLessThanOrEqual(formula + step + 1e-9);
        tried += 1;
      }
  expect(tried).toBeGreaterThan(30);
});

describe("few events", () => {
  test("fewer than ten, bad or not, spread in whatever way, page nobody", () => {
    const events = fc.array(fc.tuple(fc.nat(179), fc.boolean()), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(events, (drawn) => {
        const minutes = repeat(180, { bad: 0, total: 0 });
        for (const [index, isBad] of drawn) {
          const { bad, total } = minutes[index] as { bad: number; total: number };
          minutes[index] = { bad: bad + (isBad ? 1 : 0), total: total + 1 };
        }
        expect(backtest(given(), START, minutes).pages).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  test("ten of them do", () => {
    const minutes = repeat(180, { bad: 0, total: 0 });
    minutes[100] = { bad: 10, total: 10 };
    expect(backtest(given(), START, minutes)).toMatchObject({ pages: 1 });
  });

  test.each([
    ["a threshold", { sli: { promql: { value: "lag" }, max: "30s" } }],
    ["slices", { budget: "slices", slice: "1m", sliceTarget: 99 }],
  ])("%s: one bad minute pages nobody, two do", (_, settings) => {
    const objective = given(settings);
    const play = (...bad: readonly number[]) =>
      backtest(
        objective,
        START,
        repeat(180, { bad: 0, total: 1 }).map((one, index) => (bad.includes(index) ? { bad: 1, total: 1 } : one)),
      );
    expect(play(100).pages).toBe(0);
    expect(play(100, 101).pages).toBe(1);
  });
});
