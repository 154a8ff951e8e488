import fc from "fast-check";
import * as v from "valibot";
import { type BreakerPolicy, BreakerPolicySchema } from "../../shared/core/traffic/breaker/policy.ts";
import type { CircuitInput } from "../../shared/core/traffic/breaker/types.ts";

/** A breaker as people write it, with its defaults. */
export const policyOf = (spec: v.InferInput<typeof BreakerPolicySchema> | object | string): BreakerPolicy =>
  v.parse(BreakerPolicySchema, spec);

/** Exact times: no chance in the open time. */
export const exact = (settings: object = {}): BreakerPolicy =>
  policyOf({ rule: "consecutive", jitter: 0, ...settings });

const common = {
  recovery: fc.constantFrom("1s", "60s"),
  backoff: fc.constantFrom(1, 2),
  jitter: fc.constantFrom(0, 0.1, 1),
  successes: fc.integer({ min: 1, max: 3 }),
  probes: fc.constantFrom<(number | "all")[]>(1, 2, 3, "all"),
  probeLease: fc.constantFrom("10ms", "30s"),
  retryAfter: fc.boolean(),
};

export const somePolicy: fc.Arbitrary<BreakerPolicy> = fc
  .oneof(
    fc.record({
      rule: fc.constant("consecutive"),
      failures: fc.integer({ min: 1, max: 3 }),
      forget: fc.constantFrom("never", "1s", "10m"),
      ...common,
    }),
    fc.record({
      rule: fc.constant("rate"),
      failureRate: fc.constantFrom(1, 50, 100),
      slowRate: fc.constantFrom(50, 100),
      window: fc.constantFrom<object[]>({ calls: 5 }, { calls: 25 }, { time: "1s" }, { time: "60s" }),
      minimumCalls: fc.integer({ min: 1, max: 5 }),
      ...common,
    }),
    fc.constant("seed"),
  )
  .map(policyOf);

const by = fc.constantFrom("env-a", "env-b");
const owner = fc.constantFrom("call-1", "call-2", "call-3", "call-4");
const draw = fc.constantFrom(0, 0.25, 0.999);

/** What happens to a circuit at an instant. Epochs are those a walk of some steps can reach. */
export const someInput: fc.Arbitrary<(policy: BreakerPolicy, at: number) => CircuitInput> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({ by, draw, failures: fc.integer({ min: 0, max: 3 }), slow: fc.integer({ min: 0, max: 3 }) })
      .map((drawn) => (policy: BreakerPolicy, at: number): CircuitInput => {
        const bucket =
          policy.rule === "rate" && "time" in policy.window ? Math.floor(at / (policy.window.time / 10)) : 0;
        const mark =
          policy.rule === "consecutive" && policy.forget !== "never"
            ? `last/${Math.floor(at / (policy.forget / 10))}`
            : "failures";
        const add =
          policy.rule === "rate"
            ? { [`calls/${bucket}`]: 3, [`failures/${bucket}`]: drawn.failures, [`slow/${bucket}`]: drawn.slow }
            : { [mark]: drawn.failures, failures: drawn.failures };
        return { type: "counted", by: drawn.by, draw: drawn.draw, add };
      }),
  },
  { weight: 4, arbitrary: fc.record({ by, owner }).map((one) => () => ({ type: "probe_claimed" as const, ...one })) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        type: fc.constantFrom("probe_succeeded" as const, "probe_failed" as const, "probe_ignored" as const),
        by,
        owner,
        draw,
        epoch: fc.integer({ min: 0, max: 6 }),
        afterMs: fc.option(fc.constantFrom(-1, 500, 90_000, 1e12), { nil: undefined }),
      })
      .map(({ afterMs, ...one }) => (_: BreakerPolicy, at: number) => ({
        ...one,
        ...(afterMs === undefined ? {} : { notBefore: at + afterMs }),
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        state: fc.constantFrom("open" as const, "closed" as const, "disabled" as const),
        forMs: fc.option(fc.constantFrom(-1, 1_000, 600_000), { nil: undefined }),
      })
      .map(
        ({ state, forMs }) =>
          (_: BreakerPolicy, at: number): CircuitInput => ({
            type: "forced",
            by: "ada",
            why: "maintenance",
            state,
            ...(forMs === undefined ? {} : { until: at + forMs }),
          }),
      ),
  },
  { weight: 1, arbitrary: fc.constant(() => ({ type: "released" as const, by: "ada" })) },
  { weight: 1, arbitrary: fc.constant(() => ({ type: "looked" as const, by: "env-a" })) },
);
