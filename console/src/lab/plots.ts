import type uPlot from "uplot";
import type { LabSeriesView } from "../../../functions/api/views-autoscaling-tune.ts";
import { ink } from "../charts/ink.ts";
import { strokeOf } from "../charts/palette.ts";
import type { Plot, PlotLine } from "../charts/plot.ts";
import type { Point } from "../shapes.ts";

/** A column as points; what is no number is a gap. */
export const pointsOf = ({ startAt, stepMs }: LabSeriesView, column: readonly (number | null)[]): readonly Point[] =>
  column.flatMap((value, index) =>
    value !== null && Number.isFinite(value) ? [{ at: startAt + index * stepMs, value }] : [],
  );

/** Stretches in which something holds, as [first, last + 1]. */
export function stretches(column: readonly number[]): readonly (readonly [from: number, to: number])[] {
  const found: [number, number][] = [];
  column.forEach((value, index) => {
    if (!(value > 0)) return;
    const last = found.at(-1);
    if (last?.[1] === index) last[1] = index + 1;
    else found.push([index, index + 1]);
  });
  return found;
}

/** Bad minutes as red ground, and changes of the count as ticks at the lower edge. */
function ground(series: LabSeriesView, ticks: boolean) {
  const bad = stretches(series.violated);
  return (u: uPlot): void => {
    const { ctx, bbox } = u;
    const x = (index: number) => u.valToPos((series.startAt + index * series.stepMs) / 1000, "x", true);
    ctx.save();
    ctx.fillStyle = ink("--red");
    ctx.globalAlpha = 0.22;
    for (const [from, to] of bad)
      ctx.fillRect(x(from), bbox.top, Math.max(1.5 * devicePixelRatio, x(to) - x(from)), bbox.height);
    if (ticks) {
      ctx.fillStyle = ink("--acted");
      ctx.globalAlpha = 0.8;
      const height = 6 * devicePixelRatio;
      series.actions.forEach((count, index) => {
        if (count > 0) ctx.fillRect(x(index), bbox.top + bbox.height - height, devicePixelRatio, height);
      });
    }
    ctx.restore();
  };
}

const EMPTY = { bands: [], thresholds: [], anomalies: [], alarms: [], missing: [] } as const;
const TODAY = { color: "--line-running", width: 1, dash: [4, 3] } as const;

/** What was tried in colour, what runs today in grey: load and capacity, the count that was asked for, and what waited. */
export function labPlots(tried: LabSeriesView, today: LabSeriesView | undefined, ticks = true): readonly Plot[] {
  const periodMs = tried.stepMs;
  const line = (id: string, name: string, column: readonly number[], stroke = strokeOf(id)): PlotLine => ({
    ...{ id, name, stroke, periodMs },
    points: pointsOf(tried, column),
  });
  const grey = (id: keyof LabSeriesView & ("capacity" | "desired" | "backlog")): readonly PlotLine[] =>
    today === undefined || today.stepMs !== tried.stepMs
      ? []
      : [{ id: `today ${id}`, name: "today", stroke: TODAY, periodMs, points: pointsOf(today, today[id]) }];
  return [
    {
      ...{
        ...EMPTY,
        id: "lab-load",
        title: "Load and capacity",
        unit: "tasks",
        atLeast: 2,
        stepped: false,
        height: 190,
      },
      lines: [
        ...grey("capacity"),
        line("load", "load", tried.load, strokeOf("requests")),
        line("ready", "ready", tried.capacity, { color: "--line-ready", width: 1.5 }),
      ],
      under: ground(tried, false),
    },
    {
      ...{ ...EMPTY, id: "lab-desired", title: "Asked for", unit: "tasks", atLeast: 2, stepped: true, height: 130 },
      lines: [...grey("desired"), line("desired", "desired", tried.desired)],
      under: ground(tried, ticks),
    },
    {
      ...{
        ...EMPTY,
        id: "lab-backlog",
        title: "Waiting work",
        unit: "task-min",
        atLeast: 1,
        stepped: false,
        height: 90,
      },
      lines: [...grey("backlog"), line("backlog", "waiting", tried.backlog, strokeOf("busy-work"))],
      under: ground(tried, false),
    },
  ];
}
