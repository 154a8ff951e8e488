import fc from "fast-check";
import { trafficWeights } from "../../shared/core/traffic/weights/machine.ts";
import type { WeightsConfig, WeightsInput } from "../../shared/core/traffic/weights/types.ts";
import { machineLaws } from "./machine.ts";

const version = fc.constantFrom("v1", "v2", "v3");
const shares = fc.dictionary(
  version,
  fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: 100, noNaN: true })),
);
const parts = fc.record({ v1: fc.integer({ min: 0, max: 999 }), v2: fc.integer({ min: 0, max: 999 }) });
const look = fc.record(
  {
    observed: fc.record({ weights: parts, others: fc.integer({ min: 0, max: 9 }) }),
    failure: fc.constant("nobody answers"),
  },
  { requiredKeys: [] },
);
const who = { by: fc.constant("key 1"), why: fc.constant("canary") };

machineLaws("weights of versions", trafficWeights, {
  config: fc.record<WeightsConfig, "service" | "targets">(
    { service: fc.constant("orders"), versions: shares, targets: fc.uniqueArray(version) },
    { requiredKeys: ["service", "targets"] },
  ),
  input: fc
    .oneof(
      look.map((seen): WeightsInput => ({ kind: "weights_look", ...seen })),
      fc
        .record({ ...who, shares, takeOver: fc.boolean(), seen: look })
        .map(({ seen, ...ask }): WeightsInput => ({ kind: "weights_want", ...ask, ...seen })),
      fc
        .record({ ...who, seen: look })
        .map(({ seen, ...ask }): WeightsInput => ({ kind: "weights_release", ...ask, ...seen })),
    )
    .map((input) => () => input),
  runs: 60,
});
