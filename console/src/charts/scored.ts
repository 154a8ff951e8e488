import type { SeriesView } from "../../../functions/api/views.ts";
import type { AnomalyServiceView, AnomalySignalView, AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { unitText, words } from "../format.ts";
import type { Point } from "../shapes.ts";
import { strokeOf } from "./palette.ts";
import type { Band, Plot } from "./plot.ts";

/** A signal as it was scored, as far as it lies on the page's axis. */
export interface Scored {
  readonly signal: AnomalySignalView;
  readonly points: readonly Point[];
  readonly band: Band["points"];
  readonly alarms: readonly Point[];
  readonly anomalies: readonly AnomalyView[];
}

/** Every scored signal of a service between two instants. A point without a band breaks the band. */
export function scoredOf(
  view: AnomalyServiceView | undefined,
  { from, to }: Pick<SeriesView, "from" | "to">,
): readonly Scored[] {
  if (view === undefined) return [];
  const happened = [...view.open, ...view.past];
  return view.service.signals.map((signal) => {
    const all = view.series.find((one) => one.signal === signal.name)?.points ?? [];
    const anomalies = happened.filter((one) => one.signal === signal.name);
    const points = all.filter((point) => point.at >= from && point.at <= to);
    // What is never negative is not expected to be: the band of a quantity ends at zero, as its line does.
    const floor = points.every((point) => point.value >= 0) ? 0 : Number.NEGATIVE_INFINITY;
    return {
      signal,
      points,
      band: points.flatMap(({ at, low, high }) =>
        low === undefined || high === undefined ? [] : [{ at, low: Math.max(floor, low), high: Math.max(floor, high) }],
      ),
      // What was unusual while the detector still learnt alarmed nobody.
      alarms: points.filter(({ at, score }) => score >= view.service.threshold && anomalies.some(covers(at))),
      anomalies,
    };
  });
}

const covers =
  (at: number) =>
  ({ since, until }: AnomalyView): boolean =>
    at >= since && at <= (until ?? Number.POSITIVE_INFINITY);

const ROLE_COLORS = {
  latency: "--line-latency",
  traffic: "--line-load",
  errors: "--line-other",
  saturation: "--line-cpu",
} as const;

/** The chart of a signal that no other chart draws. */
export function scoredPlot({ signal, points, band, alarms, anomalies }: Scored): Plot {
  const { name, role, everyMs } = signal;
  const failing = role === "errors" && points.some(({ value }) => value > 0);
  const color = failing ? "--red" : ROLE_COLORS[role];
  const unit = signal.unit === undefined ? "" : unitText(signal.unit);
  return {
    id: `signal ${name}`,
    title: words(name).replace(/^./u, (first) => first.toUpperCase()),
    unit,
    atLeast: signal.unit === "ratio" ? 0.05 : 0,
    stepped: false,
    height: role === "errors" ? 84 : 112,
    role,
    lines: [{ id: name, name: words(name), stroke: { ...strokeOf(name), color }, points, periodMs: everyMs }],
    bands: [{ line: name, color, periodMs: everyMs, points: band }],
    thresholds: [],
    anomalies,
    alarms,
    missing: [],
  };
}
