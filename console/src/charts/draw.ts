import type uPlot from "uplot";
import { number } from "../format.ts";
import { ink } from "./ink.ts";
import type { Plot } from "./plot.ts";
import { type Label, spread } from "./spread.ts";
import type { Threshold } from "./thresholds.ts";

/** The margin holds about twenty characters, the value among them. */
const NAME_CHARACTERS = 13;
const short = (name: string, most = NAME_CHARACTERS): string => {
  const all = [...name];
  return all.length > most ? `${all.slice(0, most - 1).join("")}…` : name;
};

/** "expected 90–140", short enough for the margin: its second half is what it is for. */
export function expectedLabel(
  name: string | undefined,
  { low, high }: { readonly low: number; readonly high: number },
): string {
  const coarse = (value: number) => number(Math.abs(value) >= 10 ? Math.round(value) : value);
  const [from, to] = [coarse(low), coarse(high)];
  const span = from === to ? from : `${from}${low < 0 ? " to " : "–"}${to}`;
  return `${name === undefined ? "expected" : `${short(name, 8)} exp.`} ${span}`;
}

/** Names and newest values at the lines' right ends, and the names of bands and thresholds: they are the legend. */
export function drawLabels(u: uPlot, { lines, bands, thresholds }: Plot): void {
  const ratio = devicePixelRatio;
  const { ctx, bbox } = u;
  const labels: Label[] = [];
  const add = (text: string, color: string, value: number) => {
    const line = u.valToPos(value, "y", true);
    labels.push({ text, color: ink(color), line, y: line });
  };
  lines.forEach(({ name, stroke }, index) => {
    const value = [...(u.data[index + 1] ?? [])].findLast((one) => typeof one === "number");
    if (typeof value === "number") add(`${short(name)} ${number(value)}`, stroke.color, value);
  });
  for (const band of bands) {
    const newest = band.points.at(-1);
    const middle = newest && Math.min((newest.low + newest.high) / 2, u.scales["y"]?.max ?? newest.high);
    if (newest && middle !== undefined)
      add(
        expectedLabel(bands.length > 1 ? lines.find(({ id }) => id === band.line)?.name : undefined, newest),
        band.color,
        middle,
      );
  }
  for (const threshold of thresholds) if (inside(u, threshold)) add(threshold.label, "--muted", threshold.value);
  const edge = bbox.left + bbox.width;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.lineWidth = ratio;
  for (const label of spread(labels, 13 * ratio, bbox.top - 6 * ratio, bbox.top + bbox.height + 6 * ratio)) {
    ctx.fillStyle = label.color;
    ctx.strokeStyle = label.color;
    // A name that had to move keeps a thread to its line.
    ctx.globalAlpha = 0.6;
    ctx.beginPath();
    ctx.moveTo(edge + ratio, label.line);
    ctx.lineTo(edge + 8 * ratio, label.y);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.fillText(label.text, edge + 11 * ratio, label.y);
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
export function drawLines(u: uPlot, { thresholds, log }: Pick<Plot, "thresholds" | "log">): void {
  if (!log) across(u, 0, ink("--axis-zero"), []);
  for (const threshold of thresholds) if (inside(u, threshold)) across(u, threshold.value, ink("--threshold"), [2, 4]);
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
