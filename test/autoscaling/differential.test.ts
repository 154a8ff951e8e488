import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, settled, T0 } from "./given.ts";
import { type Behaviour, hpaReference, stepReference } from "./references.ts";

const SECOND = 1_000;
const RUNS = { numRuns: 300 };

const rule = fc.record({
  type: fc.constantFrom("pods" as const, "percent" as const),
  value: fc.integer({ min: 1, max: 150 }),
  periodMs: fc.constantFrom(15 * SECOND, 60 * SECOND, 300 * SECOND),
});
const behaviour = (windows: readonly number[]): fc.Arbitrary<Behaviour> =>
  fc.record({
    windowMs: fc.constantFrom(...windows),
    select: fc.constantFrom("max" as const, "min" as const, "max" as const, "disabled" as const),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  });
const day = fc.array(
  fc.record({
    load: fc.integer({ min: 0, max: 400 }),
    after: fc.constantFrom(15, 30, 60, 300),
    late: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 5, maxLength: 40 },
);
const written = ({ windowMs, select, rules }: Behaviour) => ({
  stabilization: `${windowMs / SECOND}s`,
  select,
  rules: rules.map(({ type, value, periodMs }) => ({ type, value, period: `${periodMs / SECOND}s` })),
});

describe("the machine decides as rules written a second time, straight from the documentation", () => {
  test("HPA: tolerance, pods that are not ready, windows in both directions, rate rules, select policies", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(50, 70, 120),
        behaviour([0, 60 * SECOND, 300 * SECOND]),
        behaviour([0, 60 * SECOND, 300 * SECOND]),
        day,
        (target, up, down, looks) => {
          const of = config({
            min: 1,
            max: 60,
            policies: [{ type: "hpa", metrics: [{ target }], out: written(up), in: written(down) }],
          });
          const reference = hpaReference({ target, tolerance: 0.1, min: 1, max: 60, up, down });
          let state: AutoscalingState = { ...EMPTY };
          let now = T0;
          let count = 6;
          for (const { load, after, late } of looks) {
            const ready = Math.max(1, count - late);
            const cpu = Math.min(200, (load * 6) / ready);
            const expected = reference.look(now, cpu, ready, count);
            const step = decide(of, fleet(count, { ready, running: ready }), { cpu }, state, now);
            expect(step.desired ?? count, `${step.reason}: ${step.trace.at(-1)?.text}`).toBe(expected);
            state = { ...settled(of, step, now) };
            if (expected !== count) reference.changed(now, expected - count);
            // What becomes ready between two looks is the fleet's business, and is said by `ready` alone.
            delete (state as { watch?: unknown }).watch;
            delete (state as { followed?: unknown }).followed;
            count = expected;
            now += after * SECOND;
          }
        },
      ),
      RUNS,
    );
  });

  test("step scaling: bounds of the steps, rounding of percentages, and what was added while the cooldown runs", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        day,
        (sizes, percent, minMagnitude, looks) => {
          // More aggressive the further past the threshold, as people write them.
          const steps = sizes.sort((a, b) => a - b).map((by, index) => ({ from: index * 10, by }));
          const of = config({
            min: 1,
            max: 500,
            policies: [
              {
                type: "step",
                threshold: 60,
                adjustment: percent ? "percent" : "change",
                ...(percent ? { minMagnitude } : {}),
                steps: steps.map(({ from, by }, index) => ({
                  from,
                  by,
                  ...(steps[index + 1] ? { to: steps[index + 1]?.from as number } : {}),
                })),
              },
            ],
          });
          const reference = stepReference({
            threshold: 60,
            steps,
            percent,
            minMagnitude,
            cooldownMs: 300 * SECOND,
            max: 500,
          });
          let state: AutoscalingState = { ...EMPTY };
          let now = T0;
          let count = 6;
          for (const { load, after } of looks) {
            const cpu = load / 3;
            const expected = reference.look(now, cpu, count);
            const step = decide(of, fleet(count), { cpu }, state, now);
            expect(step.desired ?? count, `${step.reason}: ${step.trace.at(-1)?.text}`).toBe(expected);
            state = settled(of, step, now);
            count = expected;
            now += after * SECOND;
          }
        },
      ),
      RUNS,
    );
  });

  test("several policies: the largest wins outward, inward only if all that speak agree, and then the largest", () => {
    const policy = fc.record({ threshold: fc.integer({ min: 40, max: 90 }), metric: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(
        fc.array(policy, { minLength: 2, maxLength: 4 }),
        fc.record({
          a: fc.integer({ min: 1, max: 150 }),
          b: fc.integer({ min: 1, max: 150 }),
          c: fc.integer({ min: 1, max: 150 }),
        }),
        fc.integer({ min: 2, max: 30 }),
        (policies, values, count) => {
          const parts = policies.map(({ threshold, metric }) => ({
            type: "target-tracking" as const,
            metric,
            target: threshold,
            datapoints: { out: 1, in: 1 },
          }));
          const alone = parts.map((part) =>
            decide(config({ min: 1, max: 100, policies: [part] }), fleet(count), values),
          );
          const outward = alone.flatMap(({ desired }) => (desired !== undefined && desired > count ? [desired] : []));
          const inward = alone.flatMap(({ desired }) => (desired !== undefined && desired < count ? [desired] : []));
          const expected =
            outward.length > 0
              ? Math.max(...outward)
              : inward.length === parts.length
                ? Math.max(...inward)
                : undefined;
          expect(decide(config({ min: 1, max: 100, policies: parts }), fleet(count), values).desired).toBe(expected);
        },
      ),
      RUNS,
    );
  });
});
