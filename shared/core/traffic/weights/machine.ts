import { type ActionResult, steady } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { step } from "./step.ts";
import type { SetWeightsAction, WeightsConfig, WeightsInput, WeightsReason, WeightsState } from "./types.ts";

/** Subject of a service's weights; circuits and backends of the noun have others. */
export const weightsSubject = (service: string): string => `weights:${service}`;

const settle = (
  _config: WeightsConfig,
  state: WeightsState,
  results: readonly ActionResult[],
  now: Millis,
): WeightsState => {
  const [result] = results;
  const { setting, ...rest } = state;
  if (!result || !setting) return state;
  const { parts } = setting;
  switch (result.status) {
    case "done":
      return { ...rest, set: { parts, at: result.at } };
    case "refused":
      return { ...rest, refused: { wanted: parts, why: result.detail, at: now } };
    case "superseded":
      // What there is now is read by the next look, which is told here that it is not ours.
      return { ...rest, other: { parts: {}, wanted: parts, at: now } };
    default:
      return rest;
  }
};

/** Weights of a service's versions on a load balancer, as the shell sees them. */
export const trafficWeights = steady<WeightsConfig, WeightsState, WeightsInput, SetWeightsAction, WeightsReason>({
  noun: "traffic",
  initial: () => ({ v: 1 }),
  step,
  settle,
  // It is looked at each minute where it is configured: nobody else would see another hand.
  dueAt: () => undefined,
});
