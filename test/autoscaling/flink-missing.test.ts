import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FlinkSeen } from "../../shared/core/autoscaling/flink/types.ts";
import { config, job, source, watch, work } from "./flink-given.ts";

describe("whatever is missing, nothing is done", () => {
  const missing = fc.constantFrom(
    ...(["recordsIn", "busyMax", "parallelism", "maxParallelism"] as const).map((name) => ["work", name] as const),
    ...(["recordsIn", "parallelism", "maxParallelism"] as const).map((name) => ["source", name] as const),
  );
  const broken = fc.constantFrom(undefined, null, Number.NaN, -1, Number.POSITIVE_INFINITY);

  test("no action while any part that is needed is absent or no number, whatever the load", () => {
    const of = config({ scaleDownInterval: "0" });
    fc.assert(
      fc.property(
        missing,
        broken,
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 1, max: 12 }),
        ([id, name], value, busy, parallelism) => {
          const at = (now: number) => {
            const whole = job(now, { vertices: [source(now), work(now, { busy, parallelism })] });
            // What a source did not read may still be told by what it handed on.
            const both = id === "source" && name === "recordsIn" ? { recordsOut: value } : {};
            const vertices = whole.vertices.map((one) => (one.id === id ? { ...one, ...both, [name]: value } : one));
            return JSON.parse(JSON.stringify({ ...whole, vertices })) as FlinkSeen;
          };
          const step = watch(of, at, { times: 17 });
          expect(step.reason).toBe("held_incomplete");
          expect(step.actions).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("inside the bounds, inside what a vertex can use, and never less for more load", () => {
    const of = config({ scaleDownInterval: "0" }, { min: 2, max: 20 });
    const drawn = fc.record({
      rate: fc.integer({ min: 1, max: 5000 }),
      more: fc.integer({ min: 0, max: 5000 }),
      cost: fc.integer({ min: 1, max: 20 }),
      parallelism: fc.integer({ min: 2, max: 20 }),
      maxParallelism: fc.integer({ min: 20, max: 64 }),
      ship: fc.constantFrom("HASH", "FORWARD"),
    });
    fc.assert(
      fc.property(drawn, ({ rate, more, cost, parallelism, maxParallelism, ship }) => {
        const count = (load: number) => {
          const inputs = [{ id: "source", ship }];
          const step = watch(of, (now) => {
            const vertex = work(now, {
              rate: load,
              busy: (load * cost) / parallelism,
              parallelism,
              more: { maxParallelism, inputs },
            });
            return job(now, { vertices: [source(now, { rate: load, parallelism: 2, busy: 500 }), vertex] });
          });
          const [action] = step.actions;
          return action?.type === "require" ? (action.parallelism["work"] ?? 0) : parallelism;
        };
        const [less, greater] = [count(rate), count(rate + more)];
        expect(greater).toBeGreaterThanOrEqual(less);
        for (const one of [less, greater]) {
          expect(one).toBeGreaterThanOrEqual(2);
          expect(one).toBeLessThanOrEqual(Math.min(20, maxParallelism));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("the state stays small: 40 vertices for hours, 30 readings each at the most", () => {
    const of = config({ window: "2h", scalability: true });
    const at = (now: number) =>
      job(now, {
        vertices: [
          source(now),
          ...Array.from({ length: 39 }, (_, index) => ({ ...work(now), id: `${index}`.padStart(32, "0") })),
        ],
      });
    const step = watch(of, at, { times: 150 });
    expect(step.state.window?.points.length).toBeLessThanOrEqual(30);
    expect(JSON.stringify(step.state).length).toBeLessThan(100_000);
  });
});
