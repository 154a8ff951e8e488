import type { FlinkState } from "../../shared/core/delivery/flink/types.ts";
import type { Rollout, RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import type { DeliveryServiceSummary, RolloutSummaryView } from "../api/views-delivery.ts";
import { flinkSummaries } from "./flink-summary.ts";
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

/** The last ones that ended, of both kinds, newest first. */
export const endedOf = (
  service: string,
  state: RolloutState | undefined,
  flink: FlinkState | undefined,
): readonly RolloutSummaryView[] =>
  [...(state?.ended ?? []).map((one) => rolloutSummary(service, one)), ...flinkSummaries(service, flink).ended].sort(
    (a, b) => b.startedAt - a.startedAt,
  );

/** A service as the list of all has it. */
export function serviceSummary(
  { service, configured, delivery }: DeliverySettings,
  state: RolloutState | undefined,
  { observed, flink }: { readonly observed?: string | undefined; readonly flink?: FlinkState | undefined } = {},
): DeliveryServiceSummary {
  const current = state?.current ? rolloutSummary(service, state.current) : flinkSummaries(service, flink).current;
  const [last] = endedOf(service, state, flink);
  const stable = observed ?? state?.stable ?? flink?.stable?.release?.version;
  return {
    service,
    configured,
    strategy: delivery.strategy,
    mode: delivery.mode,
    ...(stable === undefined ? {} : { stable }),
    ...(current ? { current } : {}),
    ...(last ? { last } : {}),
  };
}
