import * as v from "valibot";
import { Policy } from "./config.ts";

type Auto = Extract<Policy, { type: "auto" }>;

/** What `auto` is until a backtest has picked something: the default forecast, which falls back to demand by itself. */
export function untuned(policy: Auto): Extract<Policy, { type: "predictive" }> {
  const { arrivals, backlog } = policy;
  return v.parse(Policy, { type: "predictive", arrivals, backlog }) as Extract<Policy, { type: "predictive" }>;
}
