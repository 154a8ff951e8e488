import type { JudgedInterval } from "../../shared/core/delivery/hooks/judging.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type CountsAsk, countsOf, normalP99, readIntervals as readCounts } from "./counts-look.ts";
import type { DeliverySettings } from "./settings.ts";

/** The two sides of somebody else's rollout, as the source of counts names them. */
export interface Pair {
  readonly canary: string;
  readonly baseline: string;
}

export interface ReadIntervals {
  /** Absent: they could not be read. */
  readonly intervals?: readonly JudgedInterval[];
  readonly failure?: string;
}

/** A judgement is read from its beginning at each look, however long it is by now. */
const MOST = 20_000;

/** What is normal for the baseline: before the canary was asked anything, or, where there is nothing before, beside it. */
function normalSlow(intervals: readonly JudgedInterval[]): number | undefined {
  const first = intervals.findIndex(({ canary }) => (canary?.requests ?? 0) > 0);
  const before = first < 0 ? intervals : intervals.slice(0, first);
  const ticks = (of: readonly JudgedInterval[]) => of.flatMap(({ baseline }) => baseline ?? []);
  return normalP99(ticks(before)) ?? normalP99(ticks(intervals));
}

/**
 * Counts of both sides from `from` on, in whole intervals of the service's tick, up to what is complete by now. Before the canary's
 * first request they are the baseline's history. Where the configuration does not say what is slow, it is what is above the baseline's
 * normal p99, as in our own rollouts.
 */
export async function readIntervals(
  runtime: Runtime,
  settings: DeliverySettings,
  { canary, baseline }: Pair,
  span: { readonly from: Millis; readonly to?: Millis },
): Promise<ReadIntervals> {
  const { service, delivery } = settings;
  const source = countsOf(runtime, settings);
  if (!source) return { failure: `nobody counts the requests of ${service} by version here` };
  const { every, gate } = delivery;
  const ask: CountsAsk = {
    canary,
    baseline,
    from: Math.floor(span.from / every) * every,
    everyMs: every,
    most: MOST,
    ...(span.to === undefined ? {} : { until: span.to }),
  };
  const read = (slowMs: number | undefined) =>
    readCounts(source, service, { ...ask, ...(slowMs === undefined ? {} : { slowMs }) }, runtime.now());
  try {
    const known = gate === "off" ? undefined : gate.slow;
    const intervals = await read(known);
    const slowMs = known === undefined && gate !== "off" ? normalSlow(intervals) : undefined;
    return { intervals: slowMs === undefined ? intervals : await read(slowMs) };
  } catch (error) {
    const failure = `counts of ${service}: ${error instanceof Error ? error.message : String(error)}`;
    runtime.telemetry.log("warn", "counts could not be read; the gate holds", { service, failure });
    return { failure };
  }
}
