import type { Point } from "../shapes.ts";

export interface Line {
  readonly points: readonly Point[];
  readonly periodMs: number;
}

/** Columns as uPlot takes them: seconds, then one column per line. `null` breaks a line, `undefined` only skips a row. */
export type Columns = readonly [number[], ...(number | null | undefined)[][]];

/**
 * Puts lines on one time axis. Where a line has no point for more than one and a half of its periods it is broken: what
 * was not measured is neither drawn across nor drawn as zero.
 */
export function align(lines: readonly Line[]): Columns {
  const times = new Set<number>();
  for (const line of lines) {
    line.points.forEach((point, index) => {
      times.add(point.at);
      const next = line.points[index + 1];
      if (next !== undefined && next.at - point.at > line.periodMs * 1.5) times.add(point.at + line.periodMs);
    });
  }
  const axis = [...times].sort((a, b) => a - b);
  return [axis.map((at) => at / 1000), ...lines.map((line) => column(axis, line))];
}

function column(axis: readonly number[], line: Line): (number | null | undefined)[] {
  const values = new Map(line.points.map((point) => [point.at, point.value]));
  let before: number | undefined;
  let index = 0;
  return axis.map((at) => {
    const value = values.get(at);
    if (value !== undefined) {
      before = at;
      while ((line.points[index]?.at ?? Number.POSITIVE_INFINITY) <= at) index += 1;
      return value;
    }
    const next = line.points[index]?.at;
    const inside = before !== undefined && next !== undefined && next - before <= line.periodMs * 1.5;
    return inside ? undefined : null;
  });
}
