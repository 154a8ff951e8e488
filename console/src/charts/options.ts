import uPlot from "uplot";
import { axisDay, axisTime, number } from "../format.ts";
import { drawDecisions, drawLabels, drawLines } from "./draw.ts";
import { ink, strokeOf } from "./palette.ts";
import { nameOf, type Panel } from "./panels.ts";
import type { Threshold } from "./thresholds.ts";

/** Space left of and right of every chart, so that their time axes stand exactly above each other. CSS pixels. */
export const leftOf = (width: number): number => (width < 480 ? 36 : 44);
export const rightOf = (width: number): number => (width < 480 ? 106 : 120);

/** What a chart shows now; read at each drawing, so that new data needs no new chart. */
export interface Shown {
  readonly from: number;
  readonly to: number;
  readonly metrics: readonly string[];
  /** Those of them that tell of failures, and have some to tell. */
  readonly failing: ReadonlySet<string>;
  readonly thresholds: readonly Threshold[];
  readonly decisions: readonly number[];
}

const TIME_STEPS = [60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800];

/** Half an instance is none. */
const COUNT_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

export function chartOptions(
  panel: Panel,
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
    height: panel.height + (last ? 22 : 0),
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
      y: { range: (_u, _min, max) => [0, Math.max(panel.atLeast, (Number.isFinite(max) ? max : 0) * 1.12)] },
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
        ...(panel.stepped ? { incrs: COUNT_STEPS } : {}),
        values: (_u, splits) => splits.map((value) => number(value)),
      },
    ],
    series: [
      {},
      ...shown().metrics.map((metric): uPlot.Series => {
        const stroke = strokeOf(metric, shown().failing);
        return {
          label: nameOf(metric),
          stroke: ink(stroke.color),
          width: stroke.width,
          ...(stroke.dash ? { dash: [...stroke.dash] } : {}),
          ...(panel.stepped && stepped ? { paths: stepped } : {}),
          // A point alone between two gaps has no line: it is drawn as a dot.
          points: {
            show: true,
            size: 4,
            width: 0,
            fill: ink(stroke.color),
            filter: (u, index) => alone(u.data[index] ?? []),
          },
          spanGaps: false,
        };
      }),
    ],
    hooks: {
      drawAxes: [(u) => drawLines(u, shown().thresholds)],
      draw: [
        (u) => {
          drawDecisions(u, shown().decisions);
          const { metrics, failing } = shown();
          drawLabels(
            u,
            metrics.map(nameOf),
            metrics.map((metric) => strokeOf(metric, failing).color),
            shown().thresholds,
          );
        },
      ],
      setCursor: [(u) => onCursor(u.cursor.idx ?? undefined)],
    },
  };
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
