import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ActiveAlerts,
  type AlertTimes,
  lookAtAlerts,
  RESOLVED_RETENTION_MS,
  type SeenAlert,
} from "../../shared/core/monitoring/alert-state.ts";

const seenOf = (...names: readonly string[]): ReadonlyMap<string, SeenAlert> =>
  new Map(names.map((name) => [name, { labels: { name }, value: "1", annotations: () => ({ text: name }) }]));

/** Prometheus's own loop over one rule, written down as its documentation and its Go code (AlertingRule.Eval) tell it. */
function upstream({ forMs, keepFiringForMs }: AlertTimes) {
  interface One {
    state: "inactive" | "pending" | "firing";
    activeAt: number;
    firedAt: number;
    resolvedAt: number;
    keepFiringSince: number;
  }
  const active = new Map<string, One>();
  return (at: number, seen: ReadonlySet<string>): Record<string, string> => {
    for (const name of seen) {
      const known = active.get(name);
      if (known && known.state !== "inactive") continue;
      active.set(name, { state: "pending", activeAt: at, firedAt: 0, resolvedAt: 0, keepFiringSince: 0 });
    }
    for (const [name, alert] of active) {
      if (!seen.has(name)) {
        let keepFiring = false;
        if (alert.state === "firing" && keepFiringForMs > 0) {
          if (alert.keepFiringSince === 0) alert.keepFiringSince = at;
          if (at - alert.keepFiringSince < keepFiringForMs) keepFiring = true;
        }
        const forgotten = alert.resolvedAt !== 0 && at - alert.resolvedAt > RESOLVED_RETENTION_MS;
        if (alert.state === "pending" || forgotten) active.delete(name);
        if (alert.state !== "inactive" && !keepFiring) {
          alert.state = "inactive";
          alert.resolvedAt = at;
        }
        if (!keepFiring) continue;
      } else alert.keepFiringSince = 0;
      if (alert.state === "pending" && at - alert.activeAt >= forMs) {
        alert.state = "firing";
        alert.firedAt = at;
      }
    }
    return Object.fromEntries(
      [...active].flatMap(([name, { state, activeAt, firedAt }]) =>
        state === "inactive" ? [] : [[name, `${state} since ${activeAt}, fired ${firedAt}`]],
      ),
    );
  };
}

const shown = (alerts: ActiveAlerts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(alerts).flatMap(([name, { state, activeAt, firedAt = 0 }]) =>
      state === "resolved" ? [] : [[name, `${state} since ${activeAt}, fired ${firedAt}`]],
    ),
  );

const names = ["a", "b", "c"] as const;
const walk = fc.array(
  fc.record({ pauseMs: fc.constantFrom(15_000, 15_000, 60_000, 1_000_000), seen: fc.subarray([...names]) }),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const times = fc.record({
  forMs: fc.constantFrom(0, 15_000, 30_000, 300_000),
  keepFiringForMs: fc.constantFrom(0, 15_000, 40_000, 600_000),
});

describe("alerts over time", () => {
  it("are at each instant what Prometheus has, for any rule and any course of events", () => {
    fc.assert(
      fc.property(times, walk, (rule, steps) => {
        const reference = upstream(rule);
        let alerts: ActiveAlerts = {};
        let at = 1_700_000_000_000;
        for (const { pauseMs, seen } of steps) {
          at += pauseMs;
          alerts = lookAtAlerts(rule, alerts, { at, seen: seenOf(...seen) }).alerts;
          expect(shown(alerts)).toEqual(reference(at, new Set(seen)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("change only with a transition or a gap, and the same object comes back else", () => {
    fc.assert(
      fc.property(times, walk, (rule, steps) => {
        let alerts: ActiveAlerts = {};
        let at = 1_700_000_000_000;
        for (const { pauseMs, seen } of steps) {
          at += pauseMs;
          const looked = lookAtAlerts(rule, alerts, { at, seen: seenOf(...seen) });
          if (looked.transitions.length === 0) expect(looked.alerts).toBe(alerts);
          else expect(looked.alerts).not.toEqual(alerts);
          expect(looked.active).toBe(Object.values(looked.alerts).filter(({ state }) => state !== "resolved").length);
          alerts = looked.alerts;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("with the absence of some unknown, nothing is ever dropped or ended", () => {
    fc.assert(
      fc.property(times, walk, (rule, steps) => {
        let alerts: ActiveAlerts = {};
        let at = 1_700_000_000_000;
        for (const { pauseMs, seen } of steps) {
          at += pauseMs;
          const looked = lookAtAlerts(rule, alerts, { at, seen: seenOf(...seen), absenceUnknown: true });
          for (const { to } of looked.transitions) expect(["pending", "firing"]).toContain(to);
          alerts = looked.alerts;
        }
      }),
      { numRuns: 200 },
    );
  });

  it("a gap never brings an alert closer to firing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000 }), (gapMs) => {
        const rule = { forMs: 60_000, keepFiringForMs: 0 };
        const first = lookAtAlerts(rule, {}, { at: 0, seen: seenOf("a") });
        const later = lookAtAlerts(rule, first.alerts, { at: 30_000 + gapMs, gapMs, seen: seenOf("a") });
        expect(later.alerts["a"]?.state).toBe("pending");
        expect(30_000 + gapMs - (later.alerts["a"]?.activeAt ?? 0)).toBe(30_000);
      }),
    );
  });

  it("keeps values and annotations of each evaluation when asked to, as unit tests of rules want it", () => {
    const rule = { forMs: 60_000, keepFiringForMs: 0 };
    const look = (alerts: ActiveAlerts, at: number, value: string, refresh: boolean) =>
      lookAtAlerts(rule, alerts, {
        at,
        refresh,
        seen: new Map([["a", { labels: {}, value, annotations: () => ({ value }) }]]),
      }).alerts;
    const plain = look(look({}, 0, "1", false), 15_000, "2", false)["a"];
    expect([plain?.value, plain?.annotations]).toEqual(["1", undefined]);
    const fresh = look(look({}, 0, "1", true), 15_000, "2", true)["a"];
    expect([fresh?.value, fresh?.annotations]).toEqual(["2", { value: "2" }]);
  });
});
