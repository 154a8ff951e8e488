import type uPlot from "uplot";
import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import type { Point } from "../shapes.ts";
import { ink } from "./ink.ts";
import { type Band, runsOf } from "./plot.ts";

/** Where the lines were expected to be: a wash with a fine edge under each line. */
export function drawBands(u: uPlot, bands: readonly Band[]): void {
  const { ctx } = u;
  const x = (at: number) => u.valToPos(at / 1000, "x", true);
  const y = (value: number) => u.valToPos(value, "y", true);
  inside(u, () => {
    for (const band of bands) {
      ctx.fillStyle = ink(band.color);
      ctx.strokeStyle = ctx.fillStyle;
      ctx.lineWidth = devicePixelRatio;
      for (const run of runsOf(band)) {
        const [first] = run;
        if (first === undefined) continue;
        // A point alone covers the period it stands for.
        const points = run.length > 1 ? run : [first, { ...first, at: first.at + band.periodMs }];
        ctx.beginPath();
        for (const point of points) ctx.lineTo(x(point.at), y(point.high));
        for (const point of points.toReversed()) ctx.lineTo(x(point.at), y(point.low));
        ctx.closePath();
        ctx.globalAlpha = 0.12;
        ctx.fill();
        ctx.globalAlpha = 0.3;
        ctx.stroke();
      }
    }
  });
}

/** How long an anomaly lasted, behind everything else; its triangle and bar stand above it. */
export function drawAnomalies(u: uPlot, anomalies: readonly AnomalyView[], to: number): void {
  const { ctx, bbox } = u;
  inside(u, () => {
    for (const { since, until, severity } of anomalies) {
      const left = u.valToPos(since / 1000, "x", true);
      const right = u.valToPos((until ?? to) / 1000, "x", true);
      ctx.fillStyle = ink(severity === "high" ? "--red" : "--amber");
      ctx.globalAlpha = 0.1;
      ctx.fillRect(left, bbox.top, Math.max(2 * devicePixelRatio, right - left), bbox.height);
    }
  });
}

/** Points that were alarms: triangles on the line, in the colour of what fails. */
export function drawAlarms(u: uPlot, alarms: readonly Point[]): void {
  const { ctx } = u;
  const size = 4.5 * devicePixelRatio;
  inside(u, () => {
    ctx.fillStyle = ink("--red");
    ctx.strokeStyle = ink("--surface");
    ctx.lineWidth = devicePixelRatio;
    for (const { at, value } of alarms) {
      const x = u.valToPos(at / 1000, "x", true);
      const y = u.valToPos(value, "y", true);
      ctx.beginPath();
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y + size * 0.8);
      ctx.lineTo(x - size, y + size * 0.8);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
  });
}

/** Nothing is drawn beyond the plot: margins belong to names and axes. */
function inside(u: uPlot, draw: () => void): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}
