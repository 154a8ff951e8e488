import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { SampleAnswer, Samples } from "../../shared/core/ports/samples.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, type World } from "../api/kit.ts";

const DAY = 1440 * MINUTE;

/** So many days of a load of about 100 requests a second, which ends now. */
export function history(days: number, now: number): readonly Point[] {
  const spikes = [2000, 2300, 2600, 3000, 3300, 3700, 4000].map((atMinute) => ({ atMinute, minutes: 20, factor: 1.6 }));
  const { points } = syntheticTrace({ days, startAt: now - days * DAY, mean: 6000, seed: 3, spikes });
  return points.map(({ at, value }) => ({ at, value: value / 60 }));
}

/** Answers `requests` from a list, and other metrics as `more` says: putting thousands of points in one by one takes longer than everything else. */
export function withHistory(
  w: World,
  points: readonly Point[],
  more: Readonly<Record<string, readonly Point[] | Pick<SampleAnswer, "status" | "detail">>> = {},
): Runtime {
  const series: typeof more = { requests: points, ...more };
  const samples: Samples = {
    read: async (queries) =>
      queries.map(({ id, metric, from, to }) => {
        const known = series[metric] ?? [];
        if ("status" in known) return { id, source: "list", points: [], ...known };
        const inside = known.filter(({ at }) => at >= from && at < to);
        return { ...{ id, status: "complete" as const, source: "list" }, points: inside };
      }),
  };
  return { ...w.runtime, samples };
}
