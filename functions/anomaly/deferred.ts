/** What the API needs of this noun for some requests only, in one part: see ../deferred.ts. */
import "../shared-parts.ts";

export { anomaly } from "../../shared/core/anomaly/machine.ts";
export { runAnomalyBacktest } from "./backtest.ts";
export { judge } from "./judge.ts";
export { scoreQuality } from "./quality.ts";
export { scoreTargetsOf } from "./targets.ts";
export { anomaliesView, anomalySeriesView, anomalyServiceView } from "./view.ts";
