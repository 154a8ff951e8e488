import type { Point, Reading } from "../../kernel/reading.ts";
import { MINUTE_MS } from "../../kernel/time.ts";
import type { Load } from "./grid.ts";
import type { ModelledMetric } from "./modelled.ts";
import type { View } from "./simulate.ts";

/** Keeps the newest points of one metric as they become visible. */
export function gauge(metric: ModelledMetric, count: number, work: Load): (view: View) => Reading {
  let points: Point[] = [];
  let read = 0;
  const value = reader(metric, work);
  return (view) => {
    if (read < view.cpu.length) points = points.slice();
    for (; read < view.cpu.length; read += 1) {
      const now = value(view, read);
      if (Number.isFinite(now)) points.push({ at: work.startAt + read * MINUTE_MS, value: now });
    }
    if (points.length > count) points.splice(0, points.length - count);
    return { metric, unit: UNITS[metric], periodMs: MINUTE_MS, points, source: "backtest" };
  };
}

const UNITS: Readonly<Record<ModelledMetric, string>> = {
  cpu: "percent",
  busy: "percent",
  requests: "per_second",
  requests_per_instance: "per_second",
  backlog: "count",
  desired: "count",
  running: "count",
  ready: "count",
};

function reader(metric: ModelledMetric, work: Load): (view: View, minute: number) => number {
  const requests = (view: View, minute: number) => (view.arrivals[minute] as number) * work.unitsPerTaskSecond;
  switch (metric) {
    case "cpu":
    case "busy":
      return (view, minute) => view.cpu[minute] as number;
    case "requests":
      return requests;
    case "requests_per_instance":
      return (view, minute) => requests(view, minute) / (view.capacity[minute] as number);
    case "backlog":
      // Task-minutes that wait, in units of the trace.
      return (view, minute) => (view.backlog[minute] as number) * 60 * work.unitsPerTaskSecond;
    case "desired":
    case "running":
    case "ready":
      return (view, minute) => view.capacity[minute] as number;
  }
}
