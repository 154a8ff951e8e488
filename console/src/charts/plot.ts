import type uPlot from "uplot";
import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import type { Point } from "../shapes.ts";
import type { Stroke } from "./palette.ts";
import type { Threshold } from "./thresholds.ts";

/** One line of a chart. Its name stands at its end and in the readout. */
export interface PlotLine {
  readonly id: string;
  readonly name: string;
  readonly stroke: Stroke;
  readonly points: readonly Point[];
  readonly periodMs: number;
}

/** Where a line was expected to be, point by point. */
export interface Band {
  readonly line: string;
  readonly color: string;
  readonly periodMs: number;
  readonly points: readonly { readonly at: number; readonly low: number; readonly high: number }[];
}

/** One chart: what it is called, what is drawn, and what happened on it. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** The scale reaches at least this far, so that a quiet line does not fill the chart. */
  readonly atLeast: number;
  /** Counts jump, they do not glide. */
  readonly stepped: boolean;
  /** A logarithmic scale: for what multiplies. Its values are above zero. */
  readonly log?: boolean;
  readonly height: number;
  readonly lines: readonly PlotLine[];
  readonly bands: readonly Band[];
  readonly thresholds: readonly Threshold[];
  readonly anomalies: readonly AnomalyView[];
  /** Points whose score made them an alarm. */
  readonly alarms: readonly Point[];
  /** Names of lines that could not be read. */
  readonly missing: readonly string[];
  /** Which golden signal it is. */
  readonly role?: string;
  /** Drawn below the lines. */
  readonly under?: (u: uPlot) => void;
}

/** How far up and down a chart reaches: its lines, and its bands as long as they do not make the lines unreadable. */
export function reach(plot: Plot, min: number, max: number): readonly [number, number] {
  if (plot.log) return logReach(plot, min, max);
  const low = Number.isFinite(min) ? Math.min(0, min) : 0;
  const top = Number.isFinite(max) ? max : 0;
  const lowest = Math.min(0, ...plot.lines.flatMap((line) => line.points.map((point) => point.value)));
  const bands = plot.bands.flatMap((band) => band.points.map((point) => point.high));
  const high = Math.max(plot.atLeast, top, Math.min(Math.max(0, ...bands), 2 * Math.max(top, plot.atLeast)));
  const end = high > 0 ? high * 1.12 : 1;
  return [Math.min(low, lowest) * 1.12, end];
}

/** Whole powers of ten around the lines: a scale that ends between two cannot be read. */
function logReach({ atLeast }: Plot, min: number, max: number): readonly [number, number] {
  const low = Number.isFinite(min) && min > 0 ? min : 0.1;
  const high = Math.max(atLeast, Number.isFinite(max) ? max : 0);
  return [10 ** Math.floor(Math.log10(Math.min(low, 0.1))), 10 ** Math.ceil(Math.log10(high * 1.5))];
}

/** Runs of points that follow each other: where one is missing the band is broken, as the line is. */
export function runsOf(band: Band): readonly (readonly Band["points"][number][])[] {
  const runs: Band["points"][number][][] = [];
  let before: number | undefined;
  for (const point of band.points) {
    const run = runs.at(-1);
    if (run !== undefined && before !== undefined && point.at - before <= band.periodMs * 1.5) run.push(point);
    else runs.push([point]);
    before = point.at;
  }
  return runs;
}
