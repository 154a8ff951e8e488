import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withDifference } from "../../shared/core/delivery/gate/apart.ts";
import { massAfter, onsetMass } from "../../shared/core/delivery/gate/constants.ts";
import { gateStart, gateTick } from "../../shared/core/delivery/gate/gate.ts";
import { logOdds, overdispersion } from "../../shared/core/delivery/gate/odds.ts";
import { gatePlan } from "../../shared/core/delivery/gate/plan.ts";
import { GATE_DEFAULTS, type GateRule } from "../../shared/core/delivery/gate/settings.ts";
import type { GateState } from "../../shared/core/delivery/gate/state.ts";
import type { GateTick } from "../../shared/core/delivery/gate/types.ts";
import { arm, last, QUIET, same, tick, watch } from "./gate-kit.ts";

const counts = fc
  .record({ requests: fc.integer({ min: 0, max: 5000 }), e: fc.float({ min: 0, max: 1, noNaN: true }) })
  .map(({ requests, e }) => arm(requests, Math.floor((requests * e) / 20), Math.floor((requests * e) / 30), 100));
const anyArm = fc.option(counts, { nil: undefined });
const ticks = fc
  .array(fc.tuple(anyArm, anyArm), { minLength: 1, maxLength: 12 })
  .map((pairs) => pairs.map(([canary, baseline], at) => tick(at + 1, canary, baseline)));
const rules = fc.constantFrom<GateRule>("sequential", "threshold", "kayenta");

describe("laws of the gate", () => {
  it("a state that went through JSON decides the same, and every verdict is plain JSON", () => {
    fc.assert(
      fc.property(ticks, rules, (all, rule) => {
        const settings = { ...GATE_DEFAULTS, rule };
        let state = gateStart(settings, QUIET);
        for (const one of all) {
          const step = gateTick(settings, state, one);
          const copy = gateTick(settings, JSON.parse(JSON.stringify(state)) as GateState, one);
          expect(copy).toEqual(step);
          expect(JSON.parse(JSON.stringify(step))).toEqual(step);
          state = step.state;
        }
      }),
      { numRuns: 40 },
    );
  });

  it("never passes at a look at which a side is missing", () => {
    fc.assert(
      fc.property(ticks, rules, (all, rule) => {
        const settings = { ...GATE_DEFAULTS, rule, ticks: 3 };
        for (const [at, step] of watch(all, settings).entries()) {
          const { canary, baseline } = all[at] as GateTick;
          if (canary === undefined || baseline === undefined) expect(step.verdict).not.toBe("pass");
        }
      }),
      { numRuns: 60 },
    );
  });

  it("more errors in the canary are never less evidence against it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 30 }), (errors, baseline) => {
        const joint = (canary: number) =>
          last(watch([tick(1, arm(1000, canary, 10), arm(1000, baseline, 10))])).evidence.metrics?.[0]?.eValue ?? 0;
        expect(joint(Math.max(errors, baseline) + 5)).toBeGreaterThanOrEqual(joint(Math.max(errors, baseline)) * 0.999);
      }),
      { numRuns: 60 },
    );
  });

  it("a fault in the baseline is no evidence against the canary", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), (errors) => {
        expect(last(watch(same(10, arm(1000, 10, 10), arm(1000, errors, 10)))).verdict).not.toBe("fail");
      }),
      { numRuns: 20 },
    );
  });

  it("the masses of all onsets add up to one", () => {
    let spent = 0;
    for (let look = 1; look <= 500; look += 1) {
      spent += onsetMass(look);
      expect(spent + massAfter(look)).toBeCloseTo(1, 9);
    }
  });

  it("the odds of one tick are the binomial likelihood ratio", () => {
    // 12 of 20 events in half of the traffic, at twice the rate: 12 ln(4/3) + 8 ln(2/3).
    expect(logOdds({ c: 12, b: 8, q: 0.5 }, 2)).toBeCloseTo(12 * Math.log(4 / 3) + 8 * Math.log(2 / 3), 12);
    expect(overdispersion(21, 0.5, 0.09)).toBeCloseTo(1.9, 12);
  });

  it("a single look cannot turn a large fault into noise by itself", () => {
    const none = { a: Array(11).fill(0), p: Array(11).fill(0), logs: Array(11).fill(0) };
    const { logs } = withDifference(none, { c: 400, b: 10, q: 0.5 }, true);
    expect(Math.max(...logs)).toBeLessThanOrEqual(2);
  });
});

describe("bounds", () => {
  it.each<GateRule>(["sequential", "threshold", "kayenta"])(
    "%s: the state fits into 8 KB with 240 ticks of history, a bake and seven digits, and hundreds of ticks later",
    (rule) => {
      const settings = { ...GATE_DEFAULTS, rule };
      const busy = (at: number) =>
        arm(4_000_000 + at * 7919, 40_123 + ((at * 271) % 997), 39_871 + ((at * 97) % 911), 101.2345678 + at / 7);
      const history = Array.from({ length: 240 }, (_, at) => busy(at));
      for (const past of [history, []]) {
        let state = gateStart(settings, past);
        let most = JSON.stringify(state).length;
        for (let look = 1; look <= 400; look += 1) {
          const step = gateTick(settings, state, tick(look, busy(look % 9), busy(look % 7)));
          state = step.state;
          if (look <= 90 || look % 100 === 0) most = Math.max(most, JSON.stringify(state).length);
        }
        expect(most).toBeLessThanOrEqual(8192);
      }
    },
  );

  it("a history without any event stays small too", () => {
    const history = Array.from({ length: 240 }, () => arm(4_000_000, 0, 0));
    const steps = watch(same(80, arm(4_000_000, 0, 0), arm(4_000_000, 0, 0)), GATE_DEFAULTS, history);
    expect(JSON.stringify(last(steps).state).length).toBeLessThanOrEqual(8192);
    expect(steps.every(({ verdict }) => verdict === "insufficient")).toBe(true);
  });
});

describe("the plan", () => {
  it("tells that 1.5 × is visible at 1000 requests in each arm within ten minutes, and is not at 100 of 1000", () => {
    const even = gatePlan({ canary: 1000, baseline: 1000, errorRate: 0.01 });
    expect(even.enough).toBe(true);
    expect(even.visible.at(-1)?.errors).toBeLessThan(1.5);
    expect(even.pass.minutes).toBeLessThanOrEqual(5);
    const small = gatePlan({ canary: 100, baseline: 900, errorRate: 0.01 });
    expect(small.enough).toBe(false);
    expect(small.visible.at(-1)?.errors).toBeGreaterThan(2);
  });

  it("sees smaller ratios in more looks", () => {
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 20_000 }), fc.integer({ min: 50, max: 20_000 }), (canary, baseline) => {
        const seen = gatePlan({ canary, baseline, errorRate: 0.02 }).visible.map(({ errors }) => errors ?? Infinity);
        for (const [at, ratio] of seen.entries()) expect(ratio).toBeLessThanOrEqual((seen[at - 1] ?? Infinity) + 1e-3);
      }),
      { numRuns: 30 },
    );
  });

  it("tells null, not a number, where nothing is visible", () => {
    const plan = gatePlan({ canary: 1, baseline: 1, errorRate: 0 });
    expect(plan.visible.at(-1)?.errors).toBeNull();
    expect(plan.pass.ticks).toBeNull();
  });
});
