import type { SeriesView, ServiceSummary } from "../../../functions/api/views.ts";

/** One chart: which metrics share it, and what zero means there. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly string[];
  readonly unit: string;
  /** The scale reaches at least this far, so that a quiet line does not fill the chart. */
  readonly atLeast: number;
  /** Counts jump, they do not glide. */
  readonly stepped: boolean;
  readonly height: number;
}

export const PANELS: readonly Panel[] = [
  {
    id: "load",
    title: "Load",
    metrics: ["requests", "offered"],
    unit: "req/s",
    atLeast: 1,
    stepped: false,
    height: 132,
  },
  { id: "errors", title: "Errors", metrics: ["errors"], unit: "req/s", atLeast: 1, stepped: false, height: 72 },
  {
    id: "use",
    title: "Utilisation",
    metrics: ["cpu", "busy", "process_cpu", "memory"],
    unit: "%",
    atLeast: 100,
    stepped: false,
    height: 172,
  },
  {
    id: "instances",
    title: "Instances",
    metrics: ["desired", "running", "ready"],
    unit: "",
    atLeast: 4,
    stepped: true,
    height: 132,
  },
  {
    id: "latency",
    title: "Latency p99",
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
  return runsOn === "ecs" ? all.filter((metric) => !LOCAL_ONLY.has(metric)) : all;
}

type Series = SeriesView["series"][number];

/** The series of a chart in its order of drawing; those nobody measures are left out. */
export function seriesOf(panel: Panel, view: SeriesView): readonly Series[] {
  return panel.metrics.flatMap((metric) =>
    view.series.filter((series) => series.metric === metric && series.points.length > 0),
  );
}
