import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LagSeen, PartitionSeen } from "../../shared/core/autoscaling/lag/types.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingInput } from "../../shared/core/autoscaling/types.ts";
import { machineLaws } from "../contract/machine.ts";
import { asked, EMPTY, fleet, T0 } from "./given.ts";
import { lagConfig } from "./lag-given.ts";

const offsets = fc
  .tuple(fc.integer({ min: -1, max: 500 }), fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }))
  .map(([committed, end, start]): PartitionSeen => [committed, end, Math.min(start, end)]);
/** What a broken adapter might say. */
const broken = fc.constantFrom<unknown>(null, [], [1, 2], [0.5, 9, 0], [-7, 9, 0], "x", [5, 1e300, 0], [9, 3, 7]);
const partition = fc.oneof({ weight: 12, arbitrary: offsets }, { weight: 1, arbitrary: broken as typeof offsets });
const state = fc.constantFrom("Stable", "Stable", "Stable", "Empty", "PreparingRebalance", "Dead", "");

/** Ages of looks: of now, a little earlier, far too old, from ahead. */
const seen = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      back: fc.constantFrom(0, 0, 0, 900, 60_000, 900_000, -1_000, -1e9),
      state,
      absent: fc.boolean(),
      topics: fc.dictionary(
        fc.constantFrom("a", "b", "constructor", "__proto__"),
        fc.array(partition, { maxLength: 6 }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ back: 0, why: "brokers: ECONNREFUSED" }) },
);

const at = (drawn: { readonly back: number; readonly absent?: boolean }, now: number): LagSeen => {
  const { back, absent, ...rest } = drawn;
  return { ...rest, ...(absent ? { absent: true } : {}), at: now - back } as unknown as LagSeen;
};

const settings = fc.record({
  rule: fc.constantFrom("catch-up" as const, "keda" as const),
  offsetReset: fc.constantFrom("latest" as const, "earliest" as const),
  lagThreshold: fc.integer({ min: 1, max: 200 }),
  excludePersistentLag: fc.boolean(),
  ensureEvenDistributionOfPartitions: fc.boolean(),
  activation: fc.constantFrom(0, 50),
  cooldown: fc.constantFrom("0s", "5m"),
  window: fc.constantFrom("0s", "5m"),
  learned: fc.boolean(),
  fallback: fc.boolean(),
});

const config = fc
  .tuple(settings, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 3, max: 30 }))
  .map(([{ learned, fallback, ...policy }, min, max]) =>
    lagConfig(
      {
        ...policy,
        ...(learned ? {} : { perConsumer: 2 }),
        ...(fallback ? { fallback: { replicas: 5, failureThreshold: 2 } } : {}),
      },
      { min, max },
    ),
  );

const input = fc.tuple(seen, fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }), fc.boolean()).map(
  ([drawn, desired, ready, given]) =>
    (_: unknown, now: number): AutoscalingInput => ({
      kind: "evaluate",
      service: "billing",
      actual: fleet(desired, { ready: Math.min(desired, ready), at: now }),
      readings: {},
      ...(given || drawn.back === 0 ? { lags: { "0": at(drawn, now) } } : {}),
    }),
);

machineLaws("autoscaling by lag", autoscaling, { config, input, maxPauseMs: 20 * 60_000, runs: 60 });

describe("any lag", () => {
  it("is answered inside the bounds, never by 0 on an error or an unknown partition", () => {
    fc.assert(
      fc.property(config, seen, fc.integer({ min: 1, max: 30 }), (given, drawn, desired) => {
        const look = at(drawn, T0);
        const known = !("why" in look) && Math.abs(drawn.back) < 300_000;
        const inputs = {
          kind: "evaluate",
          service: "billing",
          actual: fleet(desired),
          readings: {},
          lags: { "0": look },
        } as const;
        const step = autoscaling.step(given, EMPTY, inputs, T0);
        const count = asked(step);
        if (count === undefined) return;
        expect(Number.isInteger(count)).toBe(true);
        expect(count).toBeGreaterThanOrEqual(given.min);
        expect(count).toBeLessThanOrEqual(given.max);
        if (!known && desired <= given.max) expect(count).toBeGreaterThanOrEqual(Math.min(desired, given.max));
      }),
      { numRuns: 300 },
    );
  });
});
