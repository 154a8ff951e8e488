import type { SeriesView } from "../../../functions/api/views.ts";

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
  { id: "load", title: "Load", metrics: ["requests"], unit: "req/s", atLeast: 1, stepped: false, height: 132 },
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
export const LINE_NAMES: Readonly<Record<string, string>> = {
  requests: "requests",
  process_cpu: "process",
  latency_p99: "p99",
};

export const CHARTED: readonly string[] = PANELS.flatMap((panel) => panel.metrics);

type Series = SeriesView["series"][number];

/** The series of a chart in its order of drawing; those nobody measures are left out. */
export function seriesOf(panel: Panel, view: SeriesView): readonly Series[] {
  return panel.metrics.flatMap((metric) =>
    view.series.filter((series) => series.metric === metric && series.points.length > 0),
  );
}
