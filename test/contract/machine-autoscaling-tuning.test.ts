import fc from "fast-check";
import * as v from "valibot";
import type { AutoPolicy } from "../../shared/core/autoscaling/auto.ts";
import { Policy } from "../../shared/core/autoscaling/config.ts";
import { tuningMachine } from "../../shared/core/autoscaling/tune/machine.ts";
import type { Found, TuningInput } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import { machineLaws } from "./machine.ts";

const parsed = (policy: v.InferInput<typeof Policy>) => v.parse(Policy, policy);
const policies = [60, 70, 80].map((target) => parsed({ type: "target-tracking", target }));
const policy = fc.constantFrom(...policies);
const cost = fc.oneof(
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(-1, 1e300, null as unknown as number),
);
const judged = { cost, j: fc.double({ min: 1, max: 9, noNaN: true }), keeps: fc.boolean() };
const who = { by: fc.constant("ada"), why: fc.constant("a week looked right") };

const found = fc.record({ ...judged, policy, withinLimits: fc.boolean() }).map(
  (one): Found => ({
    ...one,
    name: JSON.stringify(one.policy).slice(0, 40),
    family: "target-tracking",
    written: { type: "target-tracking" },
  }),
);
const input = fc.oneof(
  fc
    .record({ found, current: fc.record({ ...judged, policy }), days: fc.integer({ min: 0, max: 60 }) })
    .map(({ current, ...rest }): TuningInput => ({ kind: "result", current: { ...current, name: "now" }, ...rest })),
  fc
    .constantFrom("too_little_history" as const, "no_capacity" as const, "no_samples" as const)
    .map((what): TuningInput => ({ kind: "unfound", what, why: "one day was recorded" })),
  fc.record(who).map((said): TuningInput => ({ kind: "apply", ...said })),
  fc.record(who).map((said): TuningInput => ({ kind: "dismiss", ...said })),
);

machineLaws("tuning of a service", tuningMachine, {
  config: fc
    .record({
      apply: fc.constantFrom("propose" as const, "apply" as const),
      margin: fc.integer({ min: 0, max: 20 }),
      every: fc.constantFrom("1h", "1d"),
    })
    .map((given) => parsed({ type: "auto", ...given }) as AutoPolicy),
  input: input.map((one) => () => one),
  maxPauseMs: 40 * 3_600_000,
  runs: 60,
});
