import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";

/** Small enough to leave the chart visible, large enough to be hit with a finger. CSS pixels. */
const LEAST_PX = 24;

export interface Span {
  readonly left: number;
  readonly width: number;
  /** Ascending; those that would overlap share one span. */
  readonly items: readonly AnomalyView[];
}

/** Anomalies as stretches of the time axis; those outside of it are left out, those that overlap are joined. */
export function placeSpans(
  items: readonly AnomalyView[],
  axis: { readonly from: number; readonly to: number; readonly left: number; readonly width: number },
): readonly Span[] {
  const { from, to, left, width } = axis;
  const x = (at: number) => left + ((Math.min(to, Math.max(from, at)) - from) / Math.max(1, to - from)) * width;
  const spans: { left: number; width: number; items: AnomalyView[] }[] = [];
  for (const item of items.toSorted((a, b) => a.since - b.since)) {
    const until = item.until ?? to;
    if (until < from || item.since > to) continue;
    const start = Math.min(x(item.since), left + width - LEAST_PX);
    const length = Math.max(LEAST_PX, x(until) - start);
    const last = spans.at(-1);
    if (last !== undefined && start < last.left + last.width) {
      last.items.push(item);
      last.width = Math.max(last.width, start + length - last.left);
    } else spans.push({ left: start, width: length, items: [item] });
  }
  return spans;
}
