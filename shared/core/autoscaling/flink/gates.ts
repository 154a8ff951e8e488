import { DAY_MS, type DurationMs, formatDuration, HOUR_MS, type Millis } from "../../kernel/time.ts";
import { capacity, type Demand, type Times } from "./capacity.ts";
import type { VertexRates } from "./rates.ts";
import type { FlinkScalingState, FlinkSeen } from "./types.ts";

/** Band of utilization inside which nothing is changed. */
export interface Band {
  readonly min: number;
  readonly max: number;
}

/** While a backlog is worked off a vertex may be busy all its time, and nothing goes in. */
export const BACKLOG_BAND: Band = { min: 0, max: 1 };

/** Sources whose lag is worth more than so long at what they read now. */
export function backlogged(vertices: readonly VertexRates[], thresholdMs: DurationMs): VertexRates | undefined {
  return vertices.find(
    ({ source, lag = 0, inRate }) => source && lag > 0 && (inRate > 0 ? lag / inRate : Infinity) > thresholdMs / 1000,
  );
}

/** Whether a vertex does less than it must at the upper edge of the band, or more than it need at the lower one. */
export function outside(rate: number, demand: Demand, band: Band, times: Times): "short" | "idle" | undefined {
  if (rate < capacity(demand, band.max, false, times)) return "short";
  return rate > capacity(demand, band.min, true, times) ? "idle" : undefined;
}

type Down = NonNullable<FlinkScalingState["down"]>[string];

/** Points of one wait for a scale-in that are kept. */
const MOST_DOWN = 30;
const GAP_MS = 2 * HOUR_MS;

/**
 * A scale-in waits for `interval` from the first time it is recommended, and then goes to the largest that was recommended meanwhile.
 *
 * @returns the wait with this recommendation, and the parallelism that it lets through: undefined while it waits
 */
export function scaleDown(
  before: Down | undefined,
  now: Millis,
  to: number,
  interval: DurationMs,
): { readonly down: Down; readonly to: number | undefined; readonly leftMs: DurationMs } {
  const known = (before ?? []).filter(([at]) => at <= now);
  const newest = known.at(-1);
  // Nobody has looked for so long: what was recommended then is no longer about this load.
  const past = newest && now - newest[0] > Math.max(interval, GAP_MS) ? [] : known;
  const last = past.at(-1);
  const joins = last !== undefined && now - last[0] < interval / (MOST_DOWN - 2);
  const added: Down = joins ? [...past.slice(0, -1), [last[0], Math.max(last[1], to)]] : [...past, [now, to]];
  let first = 0;
  while (first + 1 < added.length && (added[first + 1] as Down[number])[0] <= now - interval) first += 1;
  const down = added.slice(Math.max(first, added.length - MOST_DOWN));
  const leftMs = Math.max(0, (down[0] as Down[number])[0] + interval - now);
  return { down, leftMs, to: leftMs > 0 ? undefined : Math.max(...down.map(([, count]) => count)) };
}

type Up = NonNullable<FlinkScalingState["ups"]>[string];

/** After so long a scale-out that did not help may be tried again: the world may be another one. */
const INEFFECTIVE_MS = DAY_MS;

/** Share of the expected gain that the last scale-out brought, where the vertex still is where it led; undefined: none to judge. */
export function gainOf(up: Up | undefined, current: number, rate: number, now: Millis): number | undefined {
  if (!up || up.to !== current || now - up.at >= INEFFECTIVE_MS) return undefined;
  const gain = (rate - up.rate) / (up.expected - up.rate);
  return Number.isFinite(gain) && up.expected > up.rate ? gain : undefined;
}

/** Busiest subtask far above the mean: a key that is hot stays on one subtask, whatever the parallelism. */
export function skewed({ busyMax, busyMean, parallelism }: VertexRates): boolean {
  return parallelism > 1 && busyMax !== undefined && busyMean !== undefined && busyMax > 500 && busyMax >= 2 * busyMean;
}

/** Why nothing is scaled out: what a task manager suffers from, more parallelism on it makes worse. Unknown counts as too much. */
export function vetoed(
  { gcShare, heapShare }: Pick<FlinkSeen, "gcShare" | "heapShare">,
  limits: { readonly gcPressure: number; readonly heapUsage: number },
): string | undefined {
  return (
    over("garbage collection takes", "of the time of a task manager", gcShare, limits.gcPressure) ??
    over("the heap of a task manager is", "full", heapShare, limits.heapUsage)
  );
}

function over(what: string, rest: string, share: number | undefined, limit: number): string | undefined {
  if (limit >= 1) return undefined;
  if (share === undefined || !Number.isFinite(share)) return `${what} an unknown share ${rest}`;
  const percent = (value: number) => `${Math.round(value * 1000) / 10} %`;
  return share > limit ? `${what} ${percent(share)} ${rest}, more than ${percent(limit)}` : undefined;
}

/** How long a job still has to run until it is judged; undefined: long enough. */
export function stabilizing(startedAt: Millis | undefined, now: Millis, stabilization: DurationMs): string | undefined {
  if (startedAt === undefined || now - startedAt >= stabilization) return undefined;
  const since = formatDuration(Math.max(0, now - startedAt));
  return `its tasks began ${since} ago, and are given ${formatDuration(stabilization)} to settle`;
}

/** Slots the job may have: with slot sharing one for each step of its largest vertex. Undefined: no limit is known. */
export function slotLimit(
  seen: Pick<FlinkSeen, "vertices" | "slots">,
  maxSlots: number | undefined,
): number | undefined {
  if (maxSlots !== undefined) return maxSlots;
  const { slots } = seen;
  if (!slots || !(slots.free >= 0)) return undefined;
  return Math.max(1, ...seen.vertices.map(({ parallelism }) => parallelism)) + Math.floor(slots.free);
}
