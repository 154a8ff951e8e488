// Loaded when a service has a forecast, see evaluate.ts and routes.ts.
import "../shared-parts.ts";

export { forecastView } from "./forecast-view.ts";
export { forecastsOf } from "./forecasts.ts";
