import type { DurationMs } from "../../kernel/time.ts";
import type { OutlierConfig } from "../section.ts";
import type { OutlierReason } from "../types.ts";

/** What a detector has found of one host: a count in a row, or a rate in percent, and the limit it has reached. */
export interface Finding {
  readonly reason: OutlierReason;
  readonly value: number;
  readonly limit: number;
}

/** Everything else that decides whether a finding ejects. Plain numbers, so that the decision can be made again. */
export interface Circumstances {
  /** Hosts of the service that are ejected already. */
  readonly ejected: number;
  readonly hosts: number;
  /** Ejections of this host in a row so far. */
  readonly times: number;
  /** Drawn for `enforcing…` and for `ejectionJitter`, 0 ≤ x < 1. */
  readonly enforceDraw: number;
  readonly jitterDraw: number;
}

export type Judgement =
  | { readonly action: "ejected"; readonly times: number; readonly forMs: DurationMs }
  | { readonly action: "overflow" | "detected"; readonly why: string };

const enforcing: Readonly<Record<OutlierReason, (config: OutlierConfig) => number>> = {
  consecutive_5xx: (config) => config.enforcingConsecutive5xx,
  consecutive_gateway_failure: (config) => config.enforcingConsecutiveGatewayFailure,
  consecutive_local_origin_failure: (config) => config.enforcingConsecutiveLocalOriginFailure,
  success_rate: (config) => config.enforcingSuccessRate,
  failure_percentage: (config) => config.enforcingFailurePercentage,
  success_rate_local_origin: (config) => config.enforcingLocalOriginSuccessRate,
  failure_percentage_local_origin: (config) => config.enforcingFailurePercentageLocalOrigin,
};

/** Base × ejections in a row, at most max(`maxEjection`, `baseEjection`), without jitter. */
export function ejectionTime(config: OutlierConfig, times: number): DurationMs {
  return Math.min(config.baseEjection * times, Math.max(config.maxEjection, config.baseEjection));
}

/**
 * Whether one more may be ejected: the share *with* it must not be above the cap (so 10 % of ten hosts is one), and the first may
 * always be.
 */
export function mayEject(ejected: number, hosts: number, maxPercent: number): boolean {
  return ejected === 0 || 100 * (ejected + 1) <= maxPercent * hosts;
}

/** Envoy's order: the cap first, then the draw. */
export function judgeOutlier(config: OutlierConfig, { reason }: Finding, seen: Circumstances): Judgement {
  if (!mayEject(seen.ejected, seen.hosts, config.maxEjectedPercent))
    return {
      action: "overflow",
      why: `${seen.ejected} of ${seen.hosts} are ejected already, at most ${config.maxEjectedPercent} % may be`,
    };
  const share = enforcing[reason](config);
  if (!(seen.enforceDraw * 100 < share))
    return { action: "detected", why: `only ${share} % of such findings are enforced` };
  // Beyond the cap counting on would only delay the way back to short ejections.
  const most = Math.max(config.maxEjection, config.baseEjection);
  const times = seen.times * config.baseEjection < most + config.baseEjection ? seen.times + 1 : seen.times;
  const jitter = Math.floor(seen.jitterDraw * (config.ejectionJitter + 1));
  return { action: "ejected", times, forMs: ejectionTime(config, times) + jitter };
}
