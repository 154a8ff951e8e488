import type { PolicyForecastView } from "../../../functions/api/views-autoscaling.ts";
import type { Plot } from "../charts/plot.ts";
import { number, plural, unitText } from "../format.ts";

const MINUTE_MS = 60_000;

/** What was expected beside what came; minutes that nobody measured, or nothing was expected of, are gaps. */
export function forecastPlot({ metric, unit, points }: PolicyForecastView): Plot {
  const line = (of: "came" | "likely") =>
    points.flatMap((point) => (point[of] === undefined ? [] : [{ at: point.at, value: point[of] }]));
  return {
    id: `forecast ${metric}`,
    title: `Forecast of ${metric}`,
    unit: unitText(unit),
    atLeast: 1,
    stepped: false,
    height: 148,
    lines: [
      {
        ...{ id: "likely", name: "forecast", periodMs: MINUTE_MS, points: line("likely") },
        stroke: { color: "--acted", width: 1, dash: [4, 3] },
      },
      {
        id: "came",
        name: "came",
        stroke: { color: "--line-load", width: 1.5 },
        periodMs: MINUTE_MS,
        points: line("came"),
      },
    ].filter(({ points: own }) => own.length > 0),
    bands: [
      {
        line: "likely",
        color: "--acted",
        periodMs: MINUTE_MS,
        points: points.flatMap(({ at, low, high }) =>
          low === undefined || high === undefined ? [] : [{ at, low, high }],
        ),
      },
    ],
    thresholds: [],
    anomalies: [],
    alarms: [],
    missing: [],
  };
}

/** Whether the forecast decides, how good it was, and from how much it was learned. */
export function forecastText(view: PolicyForecastView): readonly string[] {
  const { trusted, why, inside, minutes, horizon, forecaster } = view;
  const from =
    minutes < 120
      ? plural(minutes, "minute")
      : minutes < 2880
        ? `${number(Math.round(minutes / 60))} hours`
        : `${number(Math.round(minutes / 1440))} days`;
  return [
    trusted
      ? "The forecast is trusted."
      : `The forecast is not trusted, so the demand rule decides: ${why ?? "it is not known why"}.`,
    inside === undefined
      ? "How often the load came as expected is not known yet."
      : `${number(Math.round(inside * 100))}\u00a0% of the minutes came inside the interval; 80\u00a0% are meant to.`,
    `${forecaster === "last" ? "The last value" : "A regression"} over ${from}, ${plural(horizon, "minute")} ahead.`,
  ];
}
