import { quantity } from "../format.ts";
import type { Point } from "../shapes.ts";

/**
 * A small line on a zero base. Where points are further apart than one and a half of the usual distance there is a gap:
 * missing is neither a line across nor a zero.
 */
export function Sparkline(props: {
  points: readonly Point[];
  unit: string;
  metric: string;
  width?: number;
  height?: number;
}) {
  const { points, unit, metric, width = 120, height = 28 } = props;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return <span class="none">no {metric} known</span>;
  const values = points.map((point) => point.value);
  const top = Math.max(...values, 1e-9);
  const spanMs = Math.max(1, last.at - first.at);
  const x = (at: number) => 1 + ((at - first.at) / spanMs) * (width - 5);
  const y = (value: number) => height - 2 - (Math.max(0, value) / top) * (height - 5);
  const usual = usualStep(points);
  const path = points
    .map((point, index) => {
      const before = points[index - 1];
      const joined = before !== undefined && point.at - before.at <= usual * 1.5;
      return `${joined ? "L" : "M"}${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}${joined ? "" : "h.01"}`;
    })
    .join("");
  const label = `${metric}: ${quantity(Math.min(...values), unit)} to ${quantity(Math.max(...values), unit)}, newest ${quantity(last.value, unit)}`;
  return (
    <svg class="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path class="spark-zero" d={`M0 ${height - 1.5}H${width}`} />
      <path class="spark-line" d={path} />
      <circle class="spark-end" cx={x(last.at)} cy={y(last.value)} r="2" />
    </svg>
  );
}

/** The most common distance of neighbours (their median), so that one gap does not widen what counts as one. */
export function usualStep(points: readonly Point[]): number {
  const steps = points.slice(1).map((point, index) => point.at - (points[index]?.at ?? point.at));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 60_000;
}
