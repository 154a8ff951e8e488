import type { ForecastView } from "./views-autoscaling.ts";

const now = Date.UTC(2026, 0, 5, 12, 0, 0);

/** Examples of forecasts, for examples.ts. */
export const forecastExamples = {
  Forecast: {
    clock: { now, speed: 1, simulated: false },
    service: "orders",
    policies: [
      {
        policy: 0,
        metric: "requests",
        unit: "per_second",
        forecaster: "regression",
        horizon: 4,
        minutes: 20_160,
        trusted: true,
        inside: 1,
        points: [
          { at: now - 120_000, low: 391.2, likely: 412.8, high: 436.1, came: 405.5 },
          { at: now + 120_000, low: 398.4, likely: 420.3, high: 444 },
        ],
      },
    ],
  } satisfies ForecastView,
};
