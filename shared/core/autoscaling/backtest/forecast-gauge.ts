import { MINUTE_MS } from "../../kernel/time.ts";
import type { AutoscalingConfig } from "../config.ts";
import { factorAt } from "../forecast/events.ts";
import { expected } from "../forecast/expected.ts";
import { forecaster, push } from "../forecast/forecaster.ts";
import type { PredictivePolicy } from "../forecast/predictive.ts";
import type { Forecast } from "../forecast/types.ts";
import { leadMinutes } from "../learned.ts";
import type { AutoscalingState } from "../types.ts";
import type { Load } from "./grid.ts";
import type { View, WorldOptions } from "./simulate.ts";

/** Minutes until a task asked for now serves: as configured, else the longest that the world has. */
export function leadOf(
  config: Pick<AutoscalingConfig, "startDelay">,
  world: Pick<WorldOptions, "startDelayMs">,
): number {
  return leadMinutes({ startDelay: config.startDelay ?? world.startDelayMs[1] }, {});
}

/** Minutes from the newest that is visible to the first that a decision of now still changes. */
export function horizonOf(lead: number, world: Pick<WorldOptions, "metricDelayMinutes">): number {
  return lead + 1 + world.metricDelayMinutes;
}

type World = Pick<WorldOptions, "startDelayMs" | "metricDelayMinutes" | "learnStarts">;

/** What the forecaster expects from the visible minutes alone. Where another lead is learned, it learns its horizon anew from all of them. */
export function forecastGauge(
  policy: Pick<PredictivePolicy, "forecaster" | "events">,
  config: Pick<AutoscalingConfig, "capacity" | "startDelay">,
  work: Load,
  world: World,
): (view: Pick<View, "arrivals">, state?: AutoscalingState) => Forecast | undefined {
  const { events } = policy;
  const perTask = config.capacity ?? work.unitsPerTaskSecond;
  const scale = work.unitsPerTaskSecond / perTask;
  let model = forecaster(policy.forecaster, horizonOf(leadOf(config, world), world));
  let read = 0;
  return ({ arrivals }, state) => {
    if (world.learnStarts && state) {
      const horizon = horizonOf(leadMinutes(config, state), world);
      if (horizon !== model.horizon) [model, read] = [forecaster(policy.forecaster, horizon), 0];
    }
    for (; read < arrivals.length; read += 1) {
      const at = work.startAt + read * MINUTE_MS;
      push(model, (arrivals[read] as number) * scale, factorAt(events, at));
    }
    if (read === 0) return undefined;
    return expected(model, { knownAt: work.startAt + (read - 1) * MINUTE_MS, perTask, events });
  };
}
