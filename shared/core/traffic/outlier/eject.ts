import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import type { OutlierConfig } from "../section.ts";
import type { OutlierReason } from "../types.ts";
import { isEjected, OUTLIER_REASONS, type Outliers } from "./state.ts";

/** What happened to one host. Only `ejected` and `returned` change who gets requests. */
export interface OutlierVerdict {
  readonly index: number;
  readonly id: string;
  readonly at: Millis;
  /** `detected`: found, but by a detector that is not enforced; `overflow`: found, but too many are ejected already. */
  readonly action: "ejected" | "returned" | "detected" | "overflow";
  readonly reason?: OutlierReason;
  /** Passed over until then, at least; it returns with the first sweep from then on. */
  readonly until?: Millis;
  readonly times: number;
  /** What was seen, as the end of a sentence: "5 answers in a row were 5xx". */
  readonly detail: string;
}

/** Base × ejections in a row, at most max(`maxEjection`, `baseEjection`), without jitter. */
export function ejectionTime(config: OutlierConfig, times: number): DurationMs {
  return Math.min(config.baseEjection * times, Math.max(config.maxEjection, config.baseEjection));
}

const enforcing: Readonly<Record<OutlierReason, (config: OutlierConfig) => number>> = {
  consecutive_5xx: (config) => config.enforcingConsecutive5xx,
  consecutive_gateway_failure: (config) => config.enforcingConsecutiveGatewayFailure,
  consecutive_local_origin_failure: (config) => config.enforcingConsecutiveLocalOriginFailure,
  success_rate: (config) => config.enforcingSuccessRate,
  failure_percentage: (config) => config.enforcingFailurePercentage,
  success_rate_local_origin: (config) => config.enforcingLocalOriginSuccessRate,
  failure_percentage_local_origin: (config) => config.enforcingFailurePercentageLocalOrigin,
};

/**
 * Whether one more may be ejected: the share *with* it must not be above the cap (so 10 % of ten hosts is one), and the first may
 * always be.
 */
export function mayEject(ejected: number, hosts: number, maxPercent: number): boolean {
  return ejected === 0 || 100 * (ejected + 1) <= maxPercent * hosts;
}

/** A detector has found a host: counts it, draws whether it is enforced, and ejects it if the cap allows. */
export function foundOutlier(
  outliers: Outliers,
  index: number,
  reason: OutlierReason,
  detail: string,
  at: Millis,
): OutlierVerdict | undefined {
  if (isEjected(outliers, index)) return undefined;
  const { config, ids, draws } = outliers;
  const which = OUTLIER_REASONS.indexOf(reason);
  outliers.detected[which] = (outliers.detected[which] ?? 0) + 1;
  const id = ids[index] ?? "";
  const before = outliers.times[index] ?? 0;
  if (!mayEject(outliers.ejected, ids.length, config.maxEjectedPercent)) {
    outliers.overflow += 1;
    const capped = `${detail}; ${outliers.ejected} of ${ids.length} are ejected already, at most ${config.maxEjectedPercent} % may be`;
    return { index, id, at, action: "overflow", reason, times: before, detail: capped };
  }
  const share = enforcing[reason](config);
  if (!(draws.next() * 100 < share)) {
    const seen = `${detail}; only ${share} % of such findings are enforced`;
    return { index, id, at, action: "detected", reason, times: before, detail: seen };
  }
  // Beyond the cap counting on would only delay the way back to short ejections.
  const most = Math.max(config.maxEjection, config.baseEjection);
  const times = before * config.baseEjection < most + config.baseEjection ? before + 1 : before;
  const jitter = Math.floor(draws.next() * (config.ejectionJitter + 1));
  const forMs = ejectionTime(config, times) + jitter;
  outliers.enforced[which] = (outliers.enforced[which] ?? 0) + 1;
  outliers.ejected += 1;
  outliers.times[index] = times;
  outliers.ejectedAt[index] = at;
  outliers.until[index] = at + forMs;
  outliers.why[index] = which;
  const told = `${detail}; out for ${formatDuration(forMs)}${times > 1 ? `, ${times} times in a row` : ""}`;
  return { index, id, at, action: "ejected", reason, until: at + forMs, times, detail: told };
}

/**
 * Takes a host back, because its time is over or an active check passed. All its counts in a row begin anew: otherwise a count that
 * had not fired would eject it again after very few errors, or one past its threshold never.
 */
export function returnOutlier(outliers: Outliers, index: number, at: Millis, why: string): OutlierVerdict | undefined {
  if (!isEjected(outliers, index)) return undefined;
  outliers.ejected -= 1;
  outliers.fives[index] = 0;
  outliers.gateways[index] = 0;
  outliers.locals[index] = 0;
  outliers.ejectedAt[index] = Number.NaN;
  outliers.until[index] = Number.NaN;
  outliers.returnedAt[index] = at;
  const reason = OUTLIER_REASONS[outliers.why[index] ?? 0];
  const times = outliers.times[index] ?? 0;
  const id = outliers.ids[index] ?? "";
  return { index, id, at, action: "returned", ...(reason === undefined ? {} : { reason }), times, detail: why };
}
