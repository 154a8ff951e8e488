import type uPlot from "uplot";
import { number, unitText } from "../format.ts";
import { ink } from "./palette.ts";
import type { Threshold } from "./thresholds.ts";

/** A name beside a line: placed near `y`, pushed apart from its neighbours. Canvas pixels. */
export interface Label {
  readonly text: string;
  readonly color: string;
  y: number;
}

/** Pushes labels apart until none overlaps, keeping their order, inside top..bottom. */
export function spread(labels: readonly Label[], height: number, top: number, bottom: number): readonly Label[] {
  const placed = [...labels].sort((a, b) => a.y - b.y);
  placed.forEach((label, index) => {
    const above = placed[index - 1];
    label.y = Math.max(label.y, above === undefined ? top + height / 2 : above.y + height);
  });
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    const label = placed[index];
    const below = placed[index + 1];
    if (label !== undefined) label.y = Math.min(label.y, below === undefined ? bottom - height / 2 : below.y - height);
  }
  return placed;
}

const font = (ratio: number, size: number): string => `${size * ratio}px system-ui, sans-serif`;

/** Names and newest values at the right end of each line: they are the legend. */
export function drawLineEnds(u: uPlot, names: readonly string[], colors: readonly string[], unit: string): void {
  const ratio = devicePixelRatio;
  const { ctx, bbox } = u;
  const labels: Label[] = [];
  names.forEach((name, index) => {
    const column = u.data[index + 1];
    if (column === undefined) return;
    let row = column.length - 1;
    while (row >= 0 && typeof column[row] !== "number") row -= 1;
    const value = column[row];
    if (typeof value !== "number") return;
    const suffix = unitText(unit);
    const text = `${name} ${number(value)}${suffix === "" ? "" : ` ${suffix}`}`;
    labels.push({ text, color: ink(colors[index] ?? "--line-other"), y: u.valToPos(value, "y", true) });
  });
  ctx.save();
  ctx.font = font(ratio, 11);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const label of spread(labels, 13 * ratio, bbox.top - 6 * ratio, bbox.top + bbox.height + 6 * ratio)) {
    ctx.fillStyle = label.color;
    ctx.fillText(label.text, bbox.left + bbox.width + 6 * ratio, label.y);
  }
  ctx.restore();
}

/** Zero, where it means something, and thresholds with their names at the left edge. */
export function drawLines(u: uPlot, thresholds: readonly Threshold[]): void {
  const ratio = devicePixelRatio;
  const { ctx, bbox } = u;
  const across = (value: number, color: string, dash: readonly number[]) => {
    const y = Math.round(u.valToPos(value, "y", true)) + 0.5;
    ctx.strokeStyle = color;
    ctx.lineWidth = ratio;
    ctx.setLineDash(dash.map((part) => part * ratio));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    return y;
  };
  ctx.save();
  across(0, ink("--axis-zero"), []);
  ctx.font = font(ratio, 10.5);
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  const height = 13 * ratio;
  const used: number[] = [];
  for (const threshold of [...thresholds].sort((a, b) => b.value - a.value)) {
    const max = u.scales["y"]?.max ?? 0;
    if (threshold.value > max) continue;
    const y = across(threshold.value, ink("--threshold"), [2, 4]);
    // Above its line, or below where another name is in the way; two lines are told apart by their names.
    const bottom = [y - ratio, y + height].find((place) => used.every((other) => Math.abs(other - place) >= height));
    if (bottom === undefined) continue;
    used.push(bottom);
    ctx.fillStyle = ink("--surface");
    ctx.globalAlpha = 0.82;
    ctx.fillRect(bbox.left + 3 * ratio, bottom - 11 * ratio, ctx.measureText(threshold.label).width + 4 * ratio, 12 * ratio);
    ctx.globalAlpha = 1;
    ctx.fillStyle = ink("--muted");
    ctx.fillText(threshold.label, bbox.left + 5 * ratio, bottom - 2 * ratio);
  }
  ctx.restore();
}

/** Where Headgate decided: violet lines through every chart, at the times of the marks above them. */
export function drawDecisions(u: uPlot, times: readonly number[]): void {
  const { ctx, bbox } = u;
  const min = u.scales["x"]?.min ?? 0;
  const max = u.scales["x"]?.max ?? 0;
  ctx.save();
  ctx.strokeStyle = ink("--acted");
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (const at of times) {
    if (at / 1000 < min || at / 1000 > max) continue;
    const x = Math.round(u.valToPos(at / 1000, "x", true)) + 0.5;
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}
