import type uPlot from "uplot";
import { number } from "../format.ts";
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
export function drawLineEnds(u: uPlot, names: readonly string[], colors: readonly string[]): void {
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
    const text = `${name} ${number(value)}`;
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

function across(u: uPlot, value: number, color: string, dash: readonly number[]): void {
  const ratio = devicePixelRatio;
  const { ctx, bbox } = u;
  const y = lineAt(u, value);
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = ratio;
  ctx.setLineDash(dash.map((part) => part * ratio));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

const lineAt = (u: uPlot, value: number): number => Math.round(u.valToPos(value, "y", true)) + 0.5;
const inside = (u: uPlot, line: Threshold): boolean => line.value <= (u.scales["y"]?.max ?? 0);

/** Zero, where it means something, and the thresholds: below the data. */
export function drawLines(u: uPlot, thresholds: readonly Threshold[]): void {
  across(u, 0, ink("--axis-zero"), []);
  for (const threshold of thresholds) if (inside(u, threshold)) across(u, threshold.value, ink("--threshold"), [2, 4]);
}

/** Names of the thresholds at the left edge, above the data: each over its line, or under it where another name is in the way. */
export function drawNames(u: uPlot, thresholds: readonly Threshold[]): void {
  const ratio = devicePixelRatio;
  const { ctx, bbox } = u;
  const height = 13 * ratio;
  const used: number[] = [];
  ctx.save();
  ctx.font = font(ratio, 10.5);
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  for (const threshold of [...thresholds].sort((a, b) => b.value - a.value)) {
    if (!inside(u, threshold)) continue;
    const y = lineAt(u, threshold.value);
    const bottom = [y - ratio, y + height].find((place) => used.every((other) => Math.abs(other - place) >= height));
    if (bottom === undefined) continue;
    used.push(bottom);
    // A halo instead of a box: it hides as little of the data as can be.
    ctx.strokeStyle = ink("--surface");
    ctx.lineWidth = 3 * ratio;
    ctx.strokeText(threshold.label, bbox.left + 5 * ratio, bottom - 2 * ratio);
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
