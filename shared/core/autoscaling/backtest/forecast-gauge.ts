import type { AutoscalingConfig } from "../config.ts";
import type { PredictivePolicy } from "../forecast/predictive.ts";
import type { Forecast } from "../forecast/types.ts";
import type { Load } from "./grid.ts";
import type { View, WorldOptions } from "./simulate.ts";

/** What the forecaster expects from the visible minutes alone. */
export function forecastGauge(
  _policy: PredictivePolicy,
  _config: AutoscalingConfig,
  _work: Load,
  _world: WorldOptions,
): (view: View) => Forecast | undefined {
  return () => undefined;
}
