import type { SeriesView, ServiceSummary } from "../../../functions/api/views.ts";
import type { AnomalyServiceView } from "../../../functions/api/views-anomaly.ts";
import { strokeOf } from "./palette.ts";
import type { Plot } from "./plot.ts";
import { type Scored, scoredOf, scoredPlot } from "./scored.ts";
import type { Threshold } from "./thresholds.ts";

/** One chart of what is measured of every service: which metrics share it, and what zero means there. */
interface Panel extends Pick<Plot, "id" | "title" | "unit" | "atLeast" | "stepped" | "height"> {
  readonly metrics: readonly string[];
  readonly role: "latency" | "traffic" | "errors" | "saturation" | "instances";
}

const PANELS: readonly Panel[] = [
  {
    id: "load",
    title: "Load",
    role: "traffic",
    metrics: ["requests", "offered"],
    unit: "req/s",
    atLeast: 1,
    stepped: false,
    height: 132,
  },
  {
    id: "errors",
    title: "Errors",
    role: "errors",
    metrics: ["errors"],
    unit: "req/s",
    atLeast: 1,
    stepped: false,
    height: 72,
  },
  {
    id: "use",
    title: "Utilisation",
    role: "saturation",
    metrics: ["cpu", "busy", "process_cpu", "memory"],
    unit: "%",
    atLeast: 100,
    stepped: false,
    height: 172,
  },
  {
    id: "instances",
    title: "Instances",
    role: "instances",
    metrics: ["desired", "running", "ready"],
    unit: "",
    atLeast: 4,
    stepped: true,
    height: 132,
  },
  {
    id: "latency",
    title: "Latency p99",
    role: "latency",
    metrics: ["latency_p99"],
    unit: "ms",
    atLeast: 10,
    stepped: false,
    height: 112,
  },
];

/** Names as they stand at a line's end. */
const LINE_NAMES: Readonly<Record<string, string>> = {
  requests: "requests",
  process_cpu: "process",
  latency_p99: "p99",
};

export const nameOf = (metric: string): string => LINE_NAMES[metric] ?? metric;

/** What only the laptop's own gateway, scraper and fleet measure: elsewhere nobody is asked for it. */
const LOCAL_ONLY: ReadonlySet<string> = new Set(["offered", "errors", "busy", "process_cpu", "ready", "latency_p99"]);

/** The metrics of all charts that can be had for a service that runs there. */
export function chartedOn(runsOn: ServiceSummary["runsOn"]): readonly string[] {
  const all = PANELS.flatMap((panel) => panel.metrics);
  return runsOn === "local" || runsOn === "other" ? all : all.filter((metric) => !LOCAL_ONLY.has(metric));
}

/**
 * The charts of a service's page. A scored signal whose metric is drawn anyway has its band and its anomalies there; any
 * other one has a chart of its own, behind those of the same golden signal.
 */
export function plotsOf(
  view: SeriesView,
  thresholds: readonly Threshold[],
  anomaly: AnomalyServiceView | undefined,
): readonly Plot[] {
  const scored = scoredOf(anomaly, view);
  const drawn = PANELS.map((panel) => panelPlot(panel, view, thresholds, scored));
  const bound = new Set(drawn.flatMap(({ plot }) => plot.lines.map((line) => line.id)));
  const own = scored.filter((one) => !bound.has(one.signal.source) && one.points.length > 0);
  const plots = drawn.flatMap(({ panel, plot }) => [
    ...(plot.lines.length > 0 ? [plot] : []),
    ...own.filter((one) => one.signal.role === panel.role).map(scoredPlot),
  ]);
  return plots;
}

function panelPlot(panel: Panel, view: SeriesView, thresholds: readonly Threshold[], scored: readonly Scored[]) {
  const series = panel.metrics.flatMap((metric) =>
    view.series.filter((one) => one.metric === metric && one.points.length > 0),
  );
  const lines = series.map(({ metric, points, periodMs }) => {
    const failing = metric === "errors" && points.some(({ value }) => value > 0);
    return { id: metric, name: nameOf(metric), stroke: strokeOf(metric, failing), points, periodMs };
  });
  const here = scored.filter((one) => lines.some((line) => line.id === one.signal.source));
  const plot: Plot = {
    ...panel,
    lines,
    bands: here.map((one) => ({
      line: one.signal.source,
      color: strokeOf(one.signal.source).color,
      periodMs: one.signal.everyMs,
      points: one.band,
    })),
    thresholds: thresholds.filter((line) => lines.some(({ id }) => id === line.metric)),
    anomalies: here.flatMap((one) => one.anomalies),
    alarms: here.flatMap((one) => one.alarms),
    missing: view.series
      .filter((one) => panel.metrics.includes(one.metric) && one.status === "failed")
      .map((one) => nameOf(one.metric)),
  };
  return { panel, plot };
}

/** Charts that are not there because nothing of them could be read. */
export const unreadPanels = (view: SeriesView): readonly string[] =>
  PANELS.filter((panel) => {
    const own = view.series.filter((one) => panel.metrics.includes(one.metric));
    return own.every((one) => one.points.length === 0) && own.some((one) => one.status === "failed");
  }).map((panel) => panel.title);
