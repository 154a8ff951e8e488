import type { Place, Shape } from "./types.ts";

/** Pixels: the picture, and from where to where its parts go. */
export const AT = {
  width: 1200,
  height: 660,
  left: 84,
  right: 1176,
  tasks: { top: 112, bottom: 400 },
  violated: { top: 412, bottom: 426 },
  actions: { top: 434, bottom: 460 },
  backlog: { top: 490, bottom: 594 },
};

/** From top to bottom. */
export type Strip = (typeof AT)["tasks"];

/** Light theme; each pair of neighbours also differs in form or place, not in colour alone. */
export const INK = { text: "#1b2430", quiet: "#55606e", grid: "#e3e7ec", frame: "#b4bcc6", paper: "#ffffff" };
export const HUE = {
  load: { light: "#d8e5f4", band: "#9fbfe3", edge: "#5f8fc4" },
  capacity: "#153e75",
  desired: "#c2570c",
  bad: "#c81e1e",
  waiting: "#6d3fb0",
  out: "#0b6e4f",
  in: "#8a6100",
};

/** Three digits are enough on a picture. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

/** A line of text on its baseline, small and quiet unless said otherwise. */
export function text(x: number, y: number, said: string, more: Partial<Extract<Shape, { kind: "text" }>> = {}): Shape {
  return { kind: "text", x, y, text: said, size: 12, fill: INK.quiet, ...more };
}

/** A rectangle, without its fill. */
export const box = (x0: number, x1: number, top: number, bottom: number) =>
  ({ kind: "rect", x: x0, y: top, width: x1 - x0, height: bottom - top }) as const;

export const line = (points: readonly Place[], stroke: string, width: number): Shape => ({
  kind: "line",
  points,
  stroke,
  width,
});

/** Base at `from`, tip at `to`. */
export const triangle = (x: number, from: number, to: number, half: number, fill: string): Shape => ({
  kind: "area",
  points: [
    [x - half, from],
    [x + half, from],
    [x, to],
  ],
  fill,
});
