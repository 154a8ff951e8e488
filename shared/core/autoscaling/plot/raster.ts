import { textStrokes, textWidth } from "./font.ts";
import type { Drawing, Place, Shape } from "./types.ts";

/** Pixels of a picture: red, green and blue of each, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Share of each pixel that is covered, by signed areas that are summed up along each row. */
interface Coverage {
  readonly width: number;
  readonly height: number;
  readonly sums: Float32Array;
}

/** A drawing as pixels, `scale` of them for one of the drawing's. Edges are smoothed. Equal arguments give equal pixels. */
export function raster(drawing: Drawing, scale: number): Pixels {
  const [width, height] = [Math.round(drawing.width * scale), Math.round(drawing.height * scale)];
  const rgb = new Uint8Array(width * height * 3);
  const [red, green, blue] = colour(drawing.background);
  for (let at = 0; at < rgb.length; at += 3) {
    rgb[at] = red;
    rgb[at + 1] = green;
    rgb[at + 2] = blue;
  }
  const pixels = { width, height, rgb };
  for (const shape of drawing.shapes) paint(pixels, shape, scale);
  return pixels;
}

const colour = (text: string): readonly [number, number, number] => {
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
};

function paint(pixels: Pixels, shape: Shape, scale: number): void {
  const ink = shape.kind === "line" ? shape.stroke : shape.fill;
  const opacity = shape.kind === "rect" || shape.kind === "area" ? (shape.opacity ?? 1) : 1;
  fill(pixels, outlinesOf(shape, scale), ink, opacity);
}

/** What is to be filled, in pixels. */
function outlinesOf(shape: Shape, scale: number): readonly (readonly Place[])[] {
  const up = (points: readonly Place[]): readonly Place[] => points.map(([x, y]) => [x * scale, y * scale]);
  switch (shape.kind) {
    case "rect": {
      const { x, y, width, height } = shape;
      const [right, bottom] = [x + width, y + height];
      return [
        up([
          [x, y],
          [right, y],
          [right, bottom],
          [x, bottom],
        ]),
      ];
    }
    case "area":
      return [up(shape.points)];
    case "line":
      return outlines(up(shape.points), shape.width * scale, false);
    case "text": {
      const size = shape.size * scale;
      const wide = textWidth(shape.text, size);
      const left = shape.x * scale - (shape.anchor === "end" ? wide : shape.anchor === "middle" ? wide / 2 : 0);
      const pen = size * (shape.bold ? 0.125 : 0.085);
      return textStrokes(shape.text, left, shape.y * scale, size).flatMap((stroke) => outlines(stroke, pen, true));
    }
  }
}

/** One outline for each piece of a line, all turning the same way so that overlaps do not cancel out. */
function outlines(points: readonly Place[], width: number, round: boolean): readonly (readonly Place[])[] {
  const half = width / 2;
  const found: (readonly Place[])[] = [];
  for (let index = 1; index < points.length; index += 1) {
    const [[x0, y0], [x1, y1]] = [points[index - 1] as Place, points[index] as Place];
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length === 0) continue;
    const [ux, uy] = [((x1 - x0) / length) * half, ((y1 - y0) / length) * half];
    // Square ends reach half a width further, which also closes right angles.
    const [ex, ey] = round ? [0, 0] : [ux, uy];
    found.push([
      [x0 - ex + uy, y0 - ey - ux],
      [x1 + ex + uy, y1 + ey - ux],
      [x1 + ex - uy, y1 + ey + ux],
      [x0 - ex - uy, y0 - ey + ux],
    ]);
  }
  return round ? [...found, ...points.map((point) => dot(point, half))] : found;
}

const CORNERS = 10;

const dot = ([x, y]: Place, radius: number): readonly Place[] =>
  Array.from({ length: CORNERS }, (_, corner): Place => {
    const angle = (corner / CORNERS) * 2 * Math.PI;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });

/** Fills outlines with one colour. What they cover twice is painted once. */
function fill(pixels: Pixels, shapes: readonly (readonly Place[])[], paint: string, opacity: number): void {
  const bounds = boundsOf(pixels, shapes);
  if (!bounds) return;
  const { left, top, right, bottom } = bounds;
  const [width, height] = [right - left, bottom - top];
  const coverage: Coverage = { width, height, sums: new Float32Array((width + 2) * height) };
  for (const points of shapes) {
    for (let index = 0; index < points.length; index += 1) {
      const [from, to] = [points[index] as Place, points[(index + 1) % points.length] as Place];
      edge(coverage, from[0] - left, from[1] - top, to[0] - left, to[1] - top);
    }
  }
  blend(pixels, coverage, left, top, colour(paint), opacity);
}

function boundsOf({ width, height }: Pixels, shapes: readonly (readonly Place[])[]) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const points of shapes) {
    for (const [x, y] of points) {
      left = Math.min(left, Math.floor(x));
      top = Math.min(top, Math.floor(y));
      right = Math.max(right, Math.ceil(x));
      bottom = Math.max(bottom, Math.ceil(y));
    }
  }
  [left, top, right, bottom] = [Math.max(0, left), Math.max(0, top), Math.min(width, right), Math.min(height, bottom)];
  return left < right && top < bottom ? { left, top, right, bottom } : undefined;
}

/** Adds what one edge covers: in each row, the area to its right. What lies left of the picture counts at its border. */
function edge({ width, height, sums }: Coverage, x0: number, y0: number, x1: number, y1: number): void {
  if (y0 === y1) return;
  const turn = y0 < y1 ? 1 : -1;
  const [upX, upY, downX, downY] = y0 < y1 ? [x0, y0, x1, y1] : [x1, y1, x0, y0];
  const slope = (downX - upX) / (downY - upY);
  const last = Math.min(height, downY);
  let y = Math.max(0, upY);
  let x = upX + (y - upY) * slope;
  while (y < last) {
    const row = Math.floor(y);
    const next = Math.min(row + 1, last);
    const nextX = x + (next - y) * slope;
    const [from, to] = x < nextX ? [x, nextX] : [nextX, x];
    span(sums, row * (width + 2), width, clamp(from, width), clamp(to, width), turn * (next - y));
    x = nextX;
    y = next;
  }
}

const clamp = (x: number, width: number): number => Math.min(width, Math.max(0, x));

/** One edge inside one row: from `x0` to `x1`, `tall` high (signed). */
function span(sums: Float32Array, row: number, width: number, x0: number, x1: number, tall: number): void {
  const first = Math.min(width, Math.floor(x0));
  const end = Math.ceil(x1);
  if (end <= first + 1) {
    const middle = (x0 + x1) / 2 - first;
    sums[row + first] = (sums[row + first] as number) + tall * (1 - middle);
    sums[row + first + 1] = (sums[row + first + 1] as number) + tall * middle;
    return;
  }
  // Share of the height that the edge has passed at the right border of each pixel; what a pixel adds is the difference of its areas.
  const perPixel = tall / (x1 - x0);
  let before = 0;
  for (let pixel = first; pixel < end; pixel += 1) {
    const [a, b] = [Math.max(x0, pixel), Math.min(x1, pixel + 1)];
    const area = perPixel * (b - a) * (pixel + 1 - (a + b) / 2) + perPixel * (a - x0);
    sums[row + pixel] = (sums[row + pixel] as number) + area - before;
    before = area;
  }
  sums[row + end] = (sums[row + end] as number) + tall - before;
}

function blend(
  { width, rgb }: Pixels,
  coverage: Coverage,
  left: number,
  top: number,
  [red, green, blue]: readonly [number, number, number],
  opacity: number,
): void {
  for (let row = 0; row < coverage.height; row += 1) {
    let sum = 0;
    for (let column = 0; column < coverage.width; column += 1) {
      sum += coverage.sums[row * (coverage.width + 2) + column] as number;
      const share = Math.min(1, Math.abs(sum)) * opacity;
      // Below a quarter of one step of colour nothing would change.
      if (share < 0.001) continue;
      const at = ((top + row) * width + left + column) * 3;
      rgb[at] = Math.round((rgb[at] as number) * (1 - share) + red * share);
      rgb[at + 1] = Math.round((rgb[at + 1] as number) * (1 - share) + green * share);
      rgb[at + 2] = Math.round((rgb[at + 2] as number) * (1 - share) + blue * share);
    }
  }
}
