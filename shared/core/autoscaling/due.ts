import type { Millis } from "../kernel/time.ts";
import { boundsOf } from "./bounds.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";
import { earliest } from "./recheck.ts";
import { isInstant } from "./signal.ts";
import type { AutoscalingState } from "./types.ts";

/** Going in needs no alarm: while the count is above its minimum the service is looked at every so many periods. */
const QUIET_PERIODS = 5;

/**
 * When a service wants to be looked at although nothing woke us: what is open (see `recheckAt` in the state), the end of
 * what a person has set, the next schedule, and, above the minimum, every five periods, counted from the last decision.
 * A quiet service at its minimum is never due. Without `now` the instant of the last decision counts as now.
 */
export function dueAt(config: AutoscalingConfig, state: AutoscalingState, now?: Millis): Millis | undefined {
  const { recheckAt, pause, override, last } = state;
  const since = now !== undefined && isInstant(now) ? now : last?.at;
  const person = earliest(recheckAt, pause?.until, override?.until);
  if (!last || since === undefined) return person;
  const bounds = boundsOf(config, since);
  const resting = pause?.direction === "all" || override !== undefined || last.reason === "held_off";
  const above = !resting && state.desired !== undefined && state.desired > bounds.min && config.policies.some(goesIn);
  return earliest(
    person,
    bounds.nextAt,
    above ? onGrid(Math.min(last.at, since), QUIET_PERIODS * config.period, since) : undefined,
  );
}

/** The first instant after `now` on the grid that begins at `start`: the same for every `now` in between. */
function onGrid(start: Millis, stepMs: number, now: Millis): Millis {
  return start + Math.max(1, Math.floor((now - start) / stepMs) + 1) * stepMs;
}

function goesIn(policy: Policy): boolean {
  switch (policy.type) {
    case "target-tracking":
      return !policy.disableScaleIn;
    case "hpa":
      return policy.in.select !== "disabled";
    case "step":
      return policy.adjustment === "exact" || policy.steps.some(({ by }) => by < 0);
    case "instances":
    case "parallelism":
    case "demand":
    case "predictive":
    case "kafka-lag":
    case "flink":
    case "auto":
      return true;
    case "scheduled":
      return false;
  }
}
