import { autoOf, resolved } from "../auto.ts";
import { type Days, warmupDays } from "../backtest/days.ts";
import type { AutoscalingConfig } from "../config.ts";
import type { Stage } from "./play.ts";
import { choosing } from "./tune.ts";
import type { Objective } from "./types.ts";

const text = ([from, to]: Days) => (from === to ? `day ${from}` : `days ${from}-${to}`);

export interface Frozen {
  readonly config: AutoscalingConfig;
  readonly notes: readonly string[];
}

/**
 * The configuration with what `auto` would have run by then: picked on the days before those that are scored, and frozen. Without an `auto` it is
 * the same. `notes` says what was picked, and on what. Some hours of the load each turn.
 */
export function* freezing(
  stage: Stage,
  config: AutoscalingConfig,
  score: Days,
  given?: Objective,
): Generator<undefined, Frozen> {
  const auto = autoOf(config);
  if (!auto) return { config, notes: [] };
  const last = score[0] - 1;
  if (last < 1) {
    const why = `auto: there is no day before ${text(score)} to pick on, the default forecast is scored`;
    return { config: resolved(config, undefined), notes: [why] };
  }
  const train: Days = [Math.min(warmupDays(stage.work.arrivals.length) + 1, last), last];
  const objective = given ?? auto.objective;
  const { picked, withinLimits } = yield* choosing(stage, train, {
    ...(objective ? { objective } : {}),
    actionsPerDay: auto.actionsPerDay,
    signals: { arrivals: auto.arrivals, backlog: auto.backlog },
  });
  const limits = withinLimits ? "" : "; no candidate kept the limits";
  return {
    config: resolved(config, picked.policy),
    notes: [`auto: ${picked.name} was picked on ${text(train)}, frozen, and scored on ${text(score)}${limits}`],
  };
}
