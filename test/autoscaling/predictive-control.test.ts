import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { behind, type Controlled, control, early, guarded } from "../../shared/core/autoscaling/forecast/control.ts";
import type { PredictiveMemory } from "../../shared/core/autoscaling/forecast/types.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { T0 } from "./given.ts";

const HOLD = 2;
const WASTE = 15;

/** The rule in the words of its source, one minute after the other, with its own variables. */
function reference(recs: readonly number[], from: number, hold: number, theta: number, round: boolean): number[] {
  let desired = from;
  let waste = 0;
  return recs.map((rec, minute) => {
    const most = Math.max(...recs.slice(Math.max(0, minute - hold + 1), minute + 1));
    if (rec > desired) {
      desired = rec + (round ? Math.floor(0.05 * rec) : 0);
      waste = 0;
    } else if (most < desired) {
      waste += desired - most;
      if (waste >= theta) {
        desired = most;
        waste = 0;
      }
    } else waste = 0;
    return desired;
  });
}

/** The controller over the same minutes, its wish granted each time. */
function run(recs: readonly number[], from: number, hold: number, waste: number, round: boolean): number[] {
  let desired = from;
  let memory: PredictiveMemory | undefined;
  return recs.map((recommended, minute) => {
    const next = control(memory, { at: T0 + minute * MINUTE_MS, desired, recommended, hold, waste, round });
    memory = next.memory;
    desired = next.desired;
    return desired;
  });
}

const look = (recommended: number, desired: number, minute = 0, other = {}) => ({
  at: T0 + minute * MINUTE_MS,
  desired,
  recommended,
  hold: HOLD,
  waste: WASTE,
  round: true,
  ...other,
});

const looked = (...recs: readonly (readonly [recommended: number, desired: number])[]): Controlled =>
  recs.reduce<Controlled | undefined>(
    (before, [recommended, desired], minute) => control(before?.memory, look(recommended, desired, minute)),
    undefined,
  ) as Controlled;

describe("control of the predictive policy", () => {
  it("is the rule as written, for any recommendations, holds and excesses", () => {
    const recs = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 120 });
    const hold = fc.constantFrom(1, 2, 3, 6, 11);
    const waste = fc.constantFrom(0, 1, 5, 15, 40);
    fc.assert(
      fc.property(recs, fc.integer({ min: 1, max: 60 }), hold, waste, fc.boolean(), (all, from, held, theta, round) => {
        expect(run(all, from, held, theta, round)).toEqual(reference(all, from, held, theta, round));
      }),
      { numRuns: 200 },
    );
  });

  it("goes out at once, rounded up by a twentieth", () => {
    expect(looked([40, 8]).desired).toBe(42);
    expect(looked([19, 8]).desired).toBe(19);
  });

  it("goes out only where that saves what a start is worth, and counts what an excess costs, not its tasks", () => {
    const price = (saved: number, start = 0.5) => ({ price: { saves: () => saved, start } });
    expect(control(undefined, look(10, 8, 0, price(0.4))).desired).toBe(8);
    expect(control(undefined, look(10, 8, 0, price(0.5))).desired).toBe(10);
    const minutes = (saved: number): number => {
      let memory: PredictiveMemory | undefined;
      for (let minute = 0; minute < 100; minute += 1) {
        const next = control(memory, look(10, 14, minute, price(saved)));
        if (next.desired === 10) return minute + 1;
        memory = next.memory;
      }
      return Infinity;
    };
    expect([4, 2, 0.5, -1].map(minutes)).toEqual([4, 8, 30, Infinity]);
  });

  it("lets a large excess go fast and one spare task stay long", () => {
    const minutes = (excess: number): number => {
      let memory: PredictiveMemory | undefined;
      for (let minute = 0; minute < 100; minute += 1) {
        const next = control(memory, look(10, 10 + excess, minute));
        if (next.desired === 10) return minute + 1;
        memory = next.memory;
      }
      return Infinity;
    };
    expect([1, 3, 5, 15, 30].map(minutes)).toEqual([15, 5, 3, 1, 1]);
  });

  it("remembers nothing more of a second look in the same minute, and answers the same", () => {
    const first = looked([10, 14], [10, 14]);
    const again = control(first.memory, { ...look(10, 14, 1), at: T0 + MINUTE_MS + 30_000 });
    expect(again.memory).toBe(first.memory);
    expect(again.desired).toBe(first.desired);
  });

  it("does not go in at a second look right after it went out", () => {
    const out = control(undefined, look(40, 8, 0, { waste: 0 }));
    expect(out.desired).toBe(42);
    const again = control(out.memory, { ...look(40, 42, 0, { waste: 0 }), at: T0 + 20_000 });
    expect(again.desired).toBe(42);
  });

  it("keeps asking to go in while it is not let, and begins anew once the count has changed", () => {
    const asked = looked([10, 25]);
    expect(asked.desired).toBe(10);
    const still = control(asked.memory, look(10, 25, 1));
    expect(still.desired, "a deployment held it").toBe(10);
    const another = control(still.memory, look(10, 12, 2));
    expect(another.desired).toBe(12);
    expect(another.memory.waste).toBe(2);
  });

  it("takes the newest recommendation for minutes that were missed, as far as they count", () => {
    const first = control(undefined, look(10, 20, 0, { hold: 4 }));
    const later = control(first.memory, look(6, 20, 3, { hold: 4 }));
    expect(later.memory.recs).toEqual([10, 10, 10, 6]);
    expect(later.held).toBe(10);
    const muchLater = control(first.memory, look(6, 20, 60, { hold: 4 }));
    expect(muchLater.memory.recs).toHaveLength(4);
    expect(muchLater.memory.waste, "an hour of silence is no hour of waste").toBeLessThanOrEqual(10 + 10 * 15);
  });

  it("starts anew where the clock went back", () => {
    const first = looked([10, 20], [10, 20]);
    const back = control(first.memory, look(12, 20, -60));
    expect(back.memory).toMatchObject({ recs: [12], waste: 8 });
  });
});

describe("counts beside the forecast", () => {
  it("of the first day, of a backlog and of the surge guard", () => {
    expect(early(8, 0)).toBe(12);
    expect(early(7, 0), "exactly ten is not eleven").toBe(10);
    expect(early(7, 5)).toBe(11);
    expect(behind(9, 0)).toBe(10);
    expect(behind(9, 8)).toBe(14);
    expect(guarded(8, 5, 480, 190), "twelve tasks for a load of eight").toBe(12);
  });
});
