import type { RolloutLook } from "../../shared/core/delivery/rollout/types.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Counts, CountsInterval, VersionCounts } from "../../shared/core/ports/counts.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { DeliverySettings } from "./settings.ts";

/** Intervals that one look reads at the most; those behind are the next look's. */
const MOST_INTERVALS = 240;

type Interval = NonNullable<RolloutLook["counts"]>[number];
type Tick = NonNullable<RolloutLook["history"]>[number];

/** What to read, by the names the versions have in the source. */
export interface CountsAsk {
  readonly canary: string;
  readonly baseline?: string;
  readonly from: Millis;
  readonly everyMs: DurationMs;
  readonly slowMs?: number;
  /** Nothing after it is asked for. */
  readonly until?: Millis;
  /** Intervals at the most; default: what one look of a rollout reads. */
  readonly most?: number;
}

const plain = ({ requests, errors, slow, p99Ms }: VersionCounts): Tick => ({
  requests,
  errors,
  ...(slow === undefined ? {} : { slow }),
  ...(p99Ms === undefined ? {} : { p99Ms }),
});

const versionIn = ({ versions }: CountsInterval, name: string | undefined): Tick | undefined => {
  const found = name !== undefined && Object.hasOwn(versions, name) ? versions[name] : undefined;
  return found && plain(found);
};

/** Whole intervals after `from` that are complete by now. */
const settledTo = (counts: Counts, ask: CountsAsk, now: Millis): Millis => {
  const { from, everyMs, until = Number.POSITIVE_INFINITY, most = MOST_INTERVALS } = ask;
  const whole = Math.floor((Math.min(counts.settledUntil(now), now, until) - from) / everyMs);
  return from + Math.max(0, Math.min(whole, most)) * everyMs;
};

/**
 * What both versions served since `from`, in whole intervals that are complete, oldest first. An interval of which nothing is known of a
 * version has no such side.
 *
 * @throws HeadgateError `counts.unavailable`
 */
export async function readIntervals(
  counts: Counts,
  service: string,
  ask: CountsAsk,
  now: Millis,
): Promise<readonly Interval[]> {
  const { canary, baseline, from, everyMs, slowMs } = ask;
  const to = settledTo(counts, ask, now);
  if (to <= from) return [];
  const read = await counts.read({
    service,
    versions: [canary, ...(baseline === undefined ? [] : [baseline])],
    from,
    to,
    everyMs,
    ...(slowMs === undefined ? {} : { slowMs }),
  });
  return read.map((interval): Interval => {
    const [c, b] = [versionIn(interval, canary), versionIn(interval, baseline)];
    return { from: interval.at, to: interval.at + everyMs, ...(c ? { canary: c } : {}), ...(b ? { baseline: b } : {}) };
  });
}

/**
 * What is normal for the version that serves: the median of its p99 over the history, each interval as often as it had requests. That is
 * what the gate's "slow" is counted above (a rate of about 1 % then).
 */
export function normalP99(history: readonly Tick[]): number | undefined {
  const known = history
    .flatMap(({ requests, p99Ms }) => (p99Ms === undefined || !(requests > 0) ? [] : [{ requests, p99Ms }]))
    .sort((a, b) => a.p99Ms - b.p99Ms);
  const half = known.reduce((sum, { requests }) => sum + requests, 0) / 2;
  let seen = 0;
  for (const { requests, p99Ms } of known) {
    seen += requests;
    if (seen >= half) return p99Ms;
  }
  return undefined;
}

/** Ticks of one version before an instant, and what was counted as slow in them. */
export interface History {
  readonly history: readonly Tick[];
  readonly slowMs?: number;
}

/**
 * Ticks of a version up to an instant, oldest first. Where the bound of slow is not given it is found here first, from the same ticks.
 *
 * @throws HeadgateError `counts.unavailable`
 */
export async function readHistory(
  counts: Counts,
  service: string,
  ask: {
    readonly baseline: string;
    /** The end, not included. */
    readonly to: Millis;
    readonly ticks: number;
    readonly everyMs: DurationMs;
    readonly slowMs?: number;
  },
): Promise<History> {
  const { baseline, to, ticks, everyMs } = ask;
  if (ticks === 0) return { history: [], ...(ask.slowMs === undefined ? {} : { slowMs: ask.slowMs }) };
  const read = async (slowMs?: number): Promise<readonly Tick[]> => {
    const from = to - ticks * everyMs;
    const bound = slowMs === undefined ? {} : { slowMs };
    const all = await counts.read({ service, versions: [baseline], from, to, everyMs, ...bound });
    return all.flatMap((interval) => versionIn(interval, baseline) ?? []);
  };
  const first = await read(ask.slowMs);
  if (ask.slowMs !== undefined) return { history: first, slowMs: ask.slowMs };
  const slowMs = normalP99(first);
  return slowMs === undefined ? { history: first } : { history: await read(slowMs), slowMs };
}

/** Who counts the requests of a service's versions; undefined: nobody does. */
export const countsOf = (runtime: Runtime, { delivery, service, places }: DeliverySettings): Counts | undefined =>
  runtime.counts?.(delivery.counts, service, places);
