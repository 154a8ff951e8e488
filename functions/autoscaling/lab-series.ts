import type { Minute } from "../../shared/core/autoscaling/backtest/simulate.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { LabSeriesView } from "../api/views-autoscaling-tune.ts";

/** What a chart as wide as a screen can show. */
export const MOST_POINTS = 1_500;

/** Numbers are read off a chart: more digits would only make the answer larger. */
const short = (value: number): number => Math.round(value * 1000) / 1000;

/** Minutes joined to at most {@link MOST_POINTS} points: means of what flows, sums of what is counted, and the most of what waits. */
export function seriesView(minutes: readonly Minute[], startAt: Millis, before: number): LabSeriesView {
  const each = Math.max(1, Math.ceil(minutes.length / MOST_POINTS));
  const load: number[] = [];
  const capacity: number[] = [];
  const desired: number[] = [];
  const backlog: number[] = [];
  const violated: number[] = [];
  const actions: number[] = [];
  let last = before;
  for (let from = 0; from < minutes.length; from += each) {
    const part = minutes.slice(from, from + each);
    let [arrived, ready, most, bad, changes] = [0, 0, 0, 0, 0];
    for (const minute of part) {
      arrived += minute.arrivals;
      ready += minute.capacity;
      most = Math.max(most, minute.backlog);
      if (minute.violated) bad += 1;
      if (minute.desired !== last) changes += 1;
      last = minute.desired;
    }
    load.push(short(arrived / part.length));
    capacity.push(short(ready / part.length));
    desired.push(last);
    backlog.push(short(most));
    violated.push(bad);
    actions.push(changes);
  }
  return { startAt, stepMs: each * MINUTE_MS, load, capacity, desired, backlog, violated, actions };
}
