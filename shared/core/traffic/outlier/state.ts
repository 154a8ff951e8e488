import type { Millis } from "../../kernel/time.ts";
import type { Random } from "../balance/random.ts";
import type { OutlierConfig } from "../section.ts";
import type { EjectionState, OutlierReason } from "../types.ts";

/** In the order of `detected` and `enforced`. */
export const OUTLIER_REASONS = [
  "consecutive_5xx",
  "consecutive_gateway_failure",
  "consecutive_local_origin_failure",
  "success_rate",
  "failure_percentage",
  "success_rate_local_origin",
  "failure_percentage_local_origin",
] as const satisfies readonly OutlierReason[];

/** Requests of one origin in an interval: the one that runs, and the finished one that the sweep judges. */
export interface Tally {
  all: Float64Array;
  good: Float64Array;
  lastAll: Float64Array;
  lastGood: Float64Array;
}

/** What passive detection knows of all hosts of one service, by index; typed arrays, so that a result allocates nothing. */
export interface Outliers {
  readonly config: OutlierConfig;
  readonly ids: readonly string[];
  /** What enforcing shares and jitter are drawn from. */
  readonly draws: Random;
  /** In a row. */
  readonly fives: Uint32Array;
  readonly gateways: Uint32Array;
  readonly locals: Uint32Array;
  readonly external: Tally;
  readonly local: Tally;
  /** Ejections in a row that the ejection time is multiplied by. */
  readonly times: Uint32Array;
  /** NaN: not ejected. */
  readonly ejectedAt: Float64Array;
  readonly until: Float64Array;
  /** NaN: never ejected. */
  readonly returnedAt: Float64Array;
  /** Index in OUTLIER_REASONS of the last ejection. */
  readonly why: Uint8Array;
  /** Hosts that are ejected now. */
  ejected: number;
  sweptAt: Millis;
  /** Found, by reason, enforced or not. */
  readonly detected: Float64Array;
  readonly enforced: Float64Array;
  /** Found, but too many are ejected already. */
  overflow: number;
}

const tallyOf = (size: number): Tally => ({
  all: new Float64Array(size),
  good: new Float64Array(size),
  lastAll: new Float64Array(size),
  lastGood: new Float64Array(size),
});

/** Detection of one service from `at` on, nothing ejected. `ids`: of its hosts, in the order of the host list. */
export function outlierDetector(config: OutlierConfig, ids: readonly string[], draws: Random, at: Millis): Outliers {
  const size = ids.length;
  return {
    config,
    ids,
    draws,
    fives: new Uint32Array(size),
    gateways: new Uint32Array(size),
    locals: new Uint32Array(size),
    external: tallyOf(size),
    local: tallyOf(size),
    times: new Uint32Array(size),
    ejectedAt: new Float64Array(size).fill(Number.NaN),
    until: new Float64Array(size).fill(Number.NaN),
    returnedAt: new Float64Array(size).fill(Number.NaN),
    why: new Uint8Array(size),
    ejected: 0,
    sweptAt: at,
    detected: new Float64Array(OUTLIER_REASONS.length),
    enforced: new Float64Array(OUTLIER_REASONS.length),
    overflow: 0,
  };
}

/** The same detection over another list of hosts (or with other settings): what is known of a host stays with its id. */
export function carryOutliers(from: Outliers, ids: readonly string[], config: OutlierConfig = from.config): Outliers {
  const to = outlierDetector(config, ids, from.draws, from.sweptAt);
  const before = new Map(from.ids.map((id, index) => [id, index]));
  const pairs: [ArrayLike<number>, { [index: number]: number }][] = [
    [from.fives, to.fives],
    [from.gateways, to.gateways],
    [from.locals, to.locals],
    [from.times, to.times],
    [from.ejectedAt, to.ejectedAt],
    [from.until, to.until],
    [from.returnedAt, to.returnedAt],
    [from.why, to.why],
  ];
  for (const origin of ["external", "local"] as const)
    for (const part of ["all", "good", "lastAll", "lastGood"] as const)
      pairs.push([from[origin][part], to[origin][part]]);
  for (const [index, id] of ids.entries()) {
    const old = before.get(id);
    if (old === undefined) continue;
    for (const [source, target] of pairs) target[index] = source[old] ?? 0;
    if (isEjected(to, index)) to.ejected += 1;
  }
  to.detected.set(from.detected);
  to.enforced.set(from.enforced);
  to.overflow = from.overflow;
  return to;
}

export function isEjected(outliers: Outliers, index: number): boolean {
  return !Number.isNaN(outliers.ejectedAt[index] ?? Number.NaN);
}

/** What views and journals show of one host. */
export function ejectionOf(outliers: Outliers, index: number): EjectionState {
  const times = outliers.times[index] ?? 0;
  if (!isEjected(outliers, index)) return { times };
  const why = OUTLIER_REASONS[outliers.why[index] ?? 0];
  return {
    times,
    ejectedAt: outliers.ejectedAt[index] as Millis,
    until: outliers.until[index] as Millis,
    ...(why === undefined ? {} : { why }),
  };
}
