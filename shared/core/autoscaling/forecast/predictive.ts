import type { Policy } from "../config.ts";
import { type Facts, type Opinion, unknown } from "../opinion.ts";
import type { Forecast, PredictiveMemory } from "./types.ts";

export type PredictivePolicy = Extract<Policy, { type: "predictive" }>;

/** Head-room by price over what is expected of the minute that this decision can still change. */
export function predictive(
  policy: PredictivePolicy,
  _facts: Facts,
  memory: PredictiveMemory | undefined,
  _forecast: Forecast | undefined,
): { readonly opinion: Opinion; readonly memory: PredictiveMemory | undefined } {
  return { opinion: unknown(policy.type, "held_learning", "not built yet"), memory };
}
