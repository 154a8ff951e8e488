import uPlot from "uplot";
import { axisDay, axisTime, number } from "../format.ts";
import { drawDecisions, drawLabels, drawLines } from "./draw.ts";
import { drawAlarms, drawAnomalies, drawBands } from "./draw-scored.ts";
import { ink } from "./ink.ts";
import { type Plot, reach } from "./plot.ts";

/** Space left of and right of every chart, so that their time axes stand exactly above each other. CSS pixels. */
export const leftOf = (width: number): number => (width < 480 ? 36 : 44);
export const rightOf = (width: number): number => (width < 480 ? 106 : 120);

/** What a chart shows now; read at each drawing, so that new data needs no new chart. */
export interface Shown {
  readonly from: number;
  readonly to: number;
  readonly plot: Plot;
  readonly decisions: readonly number[];
}

const TIME_STEPS = [60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800];

/** Half an instance is none. */
const COUNT_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

export function chartOptions(
  plot: Plot,
  width: number,
  last: boolean,
  shown: () => Shown,
  onCursor: (index: number | undefined) => void,
): uPlot.Options {
  const grid = { stroke: ink("--hairline"), width: 1 };
  const axis = { stroke: ink("--muted"), font: "11px system-ui, sans-serif", ticks: { show: false }, grid };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    width,
    height: plot.height + (last ? 22 : 0),
    padding: [8, rightOf(width), last ? 0 : 6, 0],
    legend: { show: false },
    cursor: {
      sync: { key: "page", scales: ["x", null] },
      drag: { x: false, y: false },
      points: { size: 5, width: 1 },
      y: false,
    },
    scales: {
      x: { time: true, range: () => [shown().from / 1000, shown().to / 1000] },
      y: {
        ...(plot.log ? { distr: 3 as const, log: 10 as const } : {}),
        range: (_u, min, max) => [...reach(shown().plot, min, max)] as [number, number],
      },
    },
    axes: [
      {
        ...axis,
        show: true,
        size: last ? 22 : 0,
        space: 64,
        incrs: TIME_STEPS,
        values: (_u, splits) =>
          last ? splits.map((at) => (axisTime(at * 1000) === "00:00" ? axisDay(at * 1000) : axisTime(at * 1000))) : [],
      },
      {
        ...axis,
        size: leftOf(width),
        space: 34,
        ...(plot.stepped ? { incrs: COUNT_STEPS } : {}),
        ...(plot.log ? { splits: (_u: uPlot, _axis: number, min: number, max: number) => decades(min, max) } : {}),
        // On a logarithmic scale only powers of ten are named.
        values: (_u, splits: readonly (number | null)[]) =>
          splits.map((value) => (value === null ? "" : number(value))),
      },
    ],
    series: [
      {},
      ...plot.lines.map(
        ({ name, stroke }): uPlot.Series => ({
          label: name,
          stroke: ink(stroke.color),
          width: stroke.width,
          ...(stroke.dash ? { dash: [...stroke.dash] } : {}),
          ...(plot.stepped && stepped ? { paths: stepped } : {}),
          // A point alone between two gaps has no line: it is drawn as a dot.
          points: {
            show: true,
            size: 4,
            width: 0,
            fill: ink(stroke.color),
            filter: (u, index) => alone(u.data[index] ?? []),
          },
          spanGaps: false,
        }),
      ),
    ],
    hooks: {
      drawAxes: [
        (u) => {
          const { plot: now, to } = shown();
          now.under?.(u);
          drawBands(u, now.bands);
          drawAnomalies(u, now.anomalies, to);
          drawLines(u, now);
        },
      ],
      draw: [
        (u) => {
          drawDecisions(u, shown().decisions);
          drawAlarms(u, shown().plot.alarms);
          drawLabels(u, shown().plot);
        },
      ],
      setCursor: [(u) => onCursor(u.cursor.idx ?? undefined)],
    },
  };
}

/** Powers of ten between two: what stands between them would be a grid nobody reads. */
function decades(min: number, max: number): number[] {
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const count = Math.max(0, Math.floor(Math.log10(max) + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, index) => 10 ** (first + index));
}

function alone(column: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  for (let index = 0; index < column.length; index += 1) {
    if (typeof column[index] !== "number") continue;
    let left = index - 1;
    while (left >= 0 && column[left] === undefined) left -= 1;
    let right = index + 1;
    while (right < column.length && column[right] === undefined) right += 1;
    if (typeof column[left] !== "number" && typeof column[right] !== "number") found.push(index);
  }
  return found;
}
