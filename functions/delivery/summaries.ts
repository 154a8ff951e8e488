import type { Rollout, RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import type { DeliveryServiceSummary, RolloutSummaryView } from "../api/views-delivery.ts";
import type { DeliverySettings } from "./settings.ts";

/** Percent of the traffic that the new version is to have in the phase it is in. */
export function shareOf({ phase, steps, step }: Pick<Rollout, "phase" | "steps" | "step">): number {
  switch (phase) {
    case "starting":
    case "checking":
    case "returning":
    case "cleaning":
    case "rolled_back":
      return 0;
    case "baking":
    case "retiring":
    case "promoted":
      return 100;
    default:
      return steps[step]?.percent ?? 0;
  }
}

/** A rollout as lists have it. */
export function rolloutSummary(service: string, rollout: Rollout): RolloutSummaryView {
  const { id, strategy, release, from, phase, since, steps, step, startedAt, endedAt, deadline } = rollout;
  const { started, paused, verdict, failure } = rollout;
  return {
    id,
    service,
    strategy,
    version: release.version,
    ...(from === undefined ? {} : { from }),
    phase,
    since,
    steps,
    step,
    share: shareOf(rollout),
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    deadline,
    started,
    ...(paused ? { paused } : {}),
    ...(verdict ? { verdict } : {}),
    ...(failure ? { failure } : {}),
  };
}

/** A service as the list of all has it. */
export function serviceSummary(
  { service, configured, delivery }: DeliverySettings,
  state: RolloutState | undefined,
  observed?: string,
): DeliveryServiceSummary {
  const { current, ended: [last] = [] } = state ?? {};
  const stable = observed ?? state?.stable;
  return {
    service,
    configured,
    strategy: delivery.strategy,
    mode: delivery.mode,
    ...(stable === undefined ? {} : { stable }),
    ...(current ? { current: rolloutSummary(service, current) } : {}),
    ...(last ? { last: rolloutSummary(service, last) } : {}),
  };
}
