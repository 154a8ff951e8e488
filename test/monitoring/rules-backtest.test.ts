import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ActiveAlerts, lookAtAlerts } from "../../shared/core/monitoring/alert-state.ts";
import { fingerprint } from "../../shared/core/monitoring/rule-labels.ts";
import { backtestRule, comparedFors, type HeldSeries } from "../../shared/core/monitoring/rules-backtest.ts";

const MINUTE = 60_000;
const STEPS = 60;
const window = { from: 1_000_000, to: 1_000_000 + (STEPS - 1) * MINUTE, stepMs: MINUTE };
const at = (step: number) => window.from + step * MINUTE;
const held = (labels: Record<string, string>, ...steps: number[]): HeldSeries => ({
  labels: { __name__: "lag", ...labels },
  points: steps.map((step) => ({ at: at(step) })),
});
const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("a rule over a history", () => {
  it("fires after its for, for as long as it holds, and pending ones that never fired are counted apart", () => {
    const series = [held({ group: "a" }, ...run(0, 9), ...run(20, 21)), held({ group: "b" }, ...run(55, 59))];
    const { rows, firings, series: count } = backtestRule(series, window, { forMs: 3 * MINUTE, keepFiringForMs: 0 });
    expect(count).toBe(2);
    expect(rows.map((row) => row.forMs / MINUTE)).toEqual([0, 3, 6, 15, 30]);
    expect(rows.find((row) => row.given)).toMatchObject({
      forMs: 3 * MINUTE,
      firings: 2,
      firingMs: (10 - 3 + (59 - 58)) * MINUTE,
      longestMs: 7 * MINUTE,
      pendingOnly: 1,
      firingAtEnd: 1,
      pendingAtEnd: 0,
    });
    expect(rows[0]).toMatchObject({ forMs: 0, firings: 3, pendingOnly: 0 });
    expect(rows.at(-1)).toMatchObject({ firings: 0, pendingOnly: 2, pendingAtEnd: 1 });
    expect(firings).toEqual([
      { labels: { group: "a" }, activeAt: at(0), firedAt: at(3), resolvedAt: at(10), lengthMs: 7 * MINUTE },
      { labels: { group: "b" }, activeAt: at(55), firedAt: at(58), lengthMs: MINUTE },
    ]);
  });

  it("groups by a label, most firings first; alerts without it stand under the empty value", () => {
    const series = [held({ dc: "x", n: "1" }, 1, 5), held({ dc: "x", n: "2" }, 9), held({ dc: "y" }, 3), held({}, 30)];
    const { rows } = backtestRule(series, window, { forMs: 0, keepFiringForMs: 0 }, { groupBy: "dc", fors: [0] });
    expect(rows[0]?.groups?.map(({ value, firings }) => [value, firings])).toEqual([
      ["x", 3],
      ["", 1],
      ["y", 1],
    ]);
  });

  it("compares no for, its own and more patient ones", () => {
    expect(comparedFors(2 * MINUTE).map((ms) => ms / MINUTE)).toEqual([0, 2, 4, 10, 20]);
    expect(comparedFors(0).map((ms) => ms / MINUTE)).toEqual([0, 1, 5, 15]);
  });

  it("comes to the same as the alert state evaluated step by step, with any for and keep_firing_for", () => {
    const presence = fc.array(fc.boolean(), { minLength: STEPS, maxLength: STEPS });
    const times = fc.record({
      forMs: fc.integer({ min: 0, max: 5 * 60 }).map((seconds) => seconds * 1000),
      keepFiringForMs: fc.integer({ min: 0, max: 5 * 60 }).map((seconds) => seconds * 1000),
    });
    fc.assert(
      fc.property(fc.array(presence, { minLength: 1, maxLength: 3 }), times, (rows, given) => {
        const series = rows.map((row, index) =>
          held({ n: `${index}` }, ...row.flatMap((there, step) => (there ? [step] : []))),
        );
        let alerts: ActiveAlerts = {};
        const told = { firing: 0, dropped: 0 };
        for (let step = 0; step < STEPS; step += 1) {
          const present = rows.flatMap((row, index) => (row[step] ? [{ n: `${index}` }] : []));
          const seen = new Map(
            present.map((labels) => [fingerprint(labels), { labels, value: "1", annotations: () => ({}) }]),
          );
          const looked = lookAtAlerts(given, alerts, { at: at(step), seen });
          alerts = looked.alerts;
          for (const { to } of looked.transitions) if (to === "firing" || to === "dropped") told[to] += 1;
        }
        const states = Object.values(alerts).map((alert) => alert.state);
        const row = backtestRule(series, window, given, { fors: [] }).rows[0];
        expect(row).toMatchObject({
          firings: told.firing,
          pendingOnly: told.dropped,
          firingAtEnd: states.filter((state) => state === "firing").length,
          pendingAtEnd: states.filter((state) => state === "pending").length,
        });
      }),
      { numRuns: 300 },
    );
  });
});
