import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { AutoPolicy } from "../../shared/core/autoscaling/auto.ts";
import { Policy } from "../../shared/core/autoscaling/config.ts";
import { tuningMachine } from "../../shared/core/autoscaling/tune/machine.ts";
import type { Found, Judged, TuningInput, TuningState } from "../../shared/core/autoscaling/tune/tuning-types.ts";

const NOW = 1_767_571_200_000;
const DAY = 86_400_000;
const auto = (given: object = {}) => v.parse(Policy, { type: "auto", ...given }) as AutoPolicy;
const tracking = (target: number) => v.parse(Policy, { type: "target-tracking", target });
const EMPTY = tuningMachine.initial(auto(), NOW);

const found = (cost: number, target = 60, more: Partial<Found> = {}): Found => ({
  ...{ name: `target ${target}`, family: "target-tracking", policy: tracking(target), cost, j: cost / 80, keeps: true },
  ...{ written: { type: "target-tracking", target }, withinLimits: true, ...more },
});
const result = (one: Found, currentCost = 100, more: Partial<Judged> = {}): TuningInput => ({
  kind: "result",
  found: one,
  current: { name: "what runs", policy: tracking(70), cost: currentCost, j: 1.5, keeps: true, ...more },
  days: 14,
});
const step = (config: AutoPolicy, state: TuningState, input: TuningInput, now = NOW) =>
  tuningMachine.step(config, state, input, now);
const texts = (made: ReturnType<typeof step>) => made.trace.map(({ text }) => text).join("\n");
const PROPOSED = step(auto(), EMPTY, result(found(90))).state;

describe("what a backtest found", () => {
  it("is proposed, and runs only when a person applies it", () => {
    const proposed = step(auto(), EMPTY, result(found(90)));
    expect(proposed.reason).toBe("proposed");
    expect(proposed.state.pick).toBeUndefined();
    expect(proposed.state.proposal).toEqual({ ...found(90), at: NOW });
    expect(texts(proposed)).toContain("10 % better");
    const applied = step(auto(), proposed.state, { kind: "apply", by: "ada", why: "looks right" }, NOW + DAY);
    expect(applied.reason).toBe("applied");
    expect(applied.state.pick).toEqual({ ...found(90), at: NOW });
    expect(applied.state.proposal).toBeUndefined();
    expect(texts(applied)).toContain("ada applies target 60: looks right");
  });

  it("runs at once where the configuration says so", () => {
    const picked = step(auto({ apply: "apply" }), EMPTY, result(found(90)));
    expect(picked.reason).toBe("picked");
    expect(picked.state.pick?.policy).toEqual(tracking(60));
    expect(picked.actions, "the next evaluation reads it: there is nothing to do in the world").toEqual([]);
  });

  it.each([
    [97.1, "kept"],
    [97, "picked"],
    [90, "picked"],
    [100, "kept"],
    [120, "kept"],
  ])("costs %d instead of 100 with a margin of 3 %%: %s", (cost, reason) => {
    expect(step(auto({ apply: "apply", margin: 3 }), EMPTY, result(found(cost))).reason).toBe(reason);
  });

  it("changes nothing for nothing, not even without a margin", () => {
    expect(step(auto({ apply: "apply", margin: 0 }), EMPTY, result(found(100))).reason).toBe("kept");
    expect(step(auto({ apply: "apply", margin: 0 }), EMPTY, result(found(90, 70))).reason, "the same policy").toBe(
      "kept",
    );
  });

  it("takes the place of what misses the SLO whatever it costs, and never the other way round", () => {
    const config = auto({ apply: "apply", objective: { slo: 99.9 } });
    expect(step(config, EMPTY, result(found(150), 100, { keeps: false })).reason).toBe("picked");
    expect(step(config, EMPTY, result(found(50, 60, { keeps: false })))).toMatchObject({ reason: "kept" });
  });

  it("says where no candidate kept the limits", () => {
    const made = step(auto({ apply: "apply" }), EMPTY, result(found(80, 60, { withinLimits: false })));
    expect(texts(made)).toContain("no candidate kept the limits");
  });

  it("makes no proposal stale: one that is no longer better is taken back, one that still is keeps its age", () => {
    expect(step(auto(), PROPOSED, result(found(99)), NOW + DAY).state.proposal).toBeUndefined();
    expect(step(auto(), PROPOSED, result(found(89)), NOW + DAY).state.proposal).toMatchObject({ cost: 89, at: NOW });
    expect(step(auto(), PROPOSED, result(found(89, 80)), NOW + DAY).state.proposal).toMatchObject({ at: NOW + DAY });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("of a cost of %d is not believed", (cost) => {
    const made = step(auto({ apply: "apply" }), PROPOSED, result(found(cost)));
    expect(made.reason).toBe("held_bad_result");
    expect(made.state).toMatchObject({ proposal: PROPOSED.proposal, dueAt: NOW + DAY });
  });
});

describe("a person", () => {
  it("dismisses a proposal, and the same is not made again for seven periods", () => {
    const dismissed = step(auto(), PROPOSED, { kind: "dismiss", by: "ada", why: "a sale is in it" });
    expect(dismissed.reason).toBe("dismissed");
    expect(dismissed.state.proposal).toBeUndefined();
    const again = step(auto(), dismissed.state, result(found(90)), NOW + 6 * DAY);
    expect(again).toMatchObject({ reason: "held_dismissed", state: { dismissed: dismissed.state.dismissed } });
    expect(again.state.proposal).toBeUndefined();
    expect(step(auto(), again.state, result(found(90, 80)), NOW + 6 * DAY).reason, "another one is").toBe("proposed");
    expect(step(auto(), again.state, result(found(90)), NOW + 7 * DAY).reason).toBe("proposed");
  });

  it("finds nothing to apply or dismiss where nothing is proposed, and nothing changes", () => {
    for (const kind of ["apply", "dismiss"] as const) {
      const made = step(auto(), EMPTY, { kind, by: "ada", why: "eager" });
      expect(made.reason).toBe("held_no_proposal");
      expect(made.state).toBe(EMPTY);
    }
  });
});

describe("too little to go by", () => {
  it.each(["too_little_history", "no_capacity", "no_samples"] as const)(
    "%s holds, keeps what runs and what is proposed, and looks again within six hours",
    (what) => {
      const made = step(auto(), PROPOSED, { kind: "unfound", what, why: "12h were recorded", days: 0 });
      expect(made.reason).toBe(`held_${what}`);
      expect(made.state).toEqual({
        ...PROPOSED,
        last: { at: NOW, reason: `held_${what}`, why: "12h were recorded", days: 0 },
        dueAt: NOW + DAY / 4,
      });
    },
  );

  it("looks again no later than its period", () => {
    const made = step(auto({ every: "1h" }), EMPTY, { kind: "unfound", what: "no_samples", why: "none" });
    expect(made.state.dueAt).toBe(NOW + DAY / 24);
  });
});
