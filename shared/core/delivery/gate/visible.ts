import { AT_ONCE, METRIC_WEIGHT, WORSE } from "./constants.ts";
import { overdispersion, shareAt } from "./odds.ts";
import type { GateMetric } from "./types.ts";

/**
 * Deviations that the evidence at the end must clear the limit by, so that 80 % of the releases are found. The normal quantile would be
 * 0.84; fewer are enough, because the limit may be reached at any look before and fall short again at the last. By simulation.
 */
const POWER_80 = 0.7;
/** Between these the visible ratio is looked for; beyond the last nothing is called visible. */
const LEAST = 1.01;
const MOST = 200;
const HALVINGS = 40;

/** What decides how much can be seen. */
export interface Sight {
  readonly metric: GateMetric;
  /** Requests of a tick in each arm. */
  readonly canary: number;
  readonly baseline: number;
  /** Events per request of the baseline. */
  readonly rate: number;
  readonly tau2: number;
  readonly kappa: number;
  /** 1/alpha. */
  readonly limit: number;
  /** Whether the other metric is judged too and shares the limit. */
  readonly shared: boolean;
}

/** Mean and variance of a tick's log evidence for ratio `prior` when the canary's rate is `r` times the baseline's. */
function drift(
  { canary, baseline, rate, tau2, kappa }: Sight,
  prior: number,
  r: number,
): { mean: number; variance: number } {
  const q = canary / (canary + baseline);
  const n = rate * baseline + Math.min(1, rate * r) * canary;
  const p = shareAt(r, q);
  const at = shareAt(prior, q);
  const a = Math.log(at / q);
  const d = Math.log((1 - at) / (1 - q));
  const mu = p * a + (1 - p) * d;
  const phi = overdispersion(n, q, tau2);
  const spread = kappa * (p * a * a + (1 - p) * d * d - mu * mu) + mu * mu;
  return { mean: (n * mu) / (phi * kappa), variance: (n * spread) / (phi * kappa * kappa) };
}

/** Whether 80 % of the releases worse by `r` are found within `ticks` looks. */
export function seesWithin(sight: Sight, r: number, ticks: number): boolean {
  const weight = sight.shared ? METRIC_WEIGHT[sight.metric] : 1;
  return WORSE[sight.metric].some(([prior, share]) => {
    const { mean, variance } = drift(sight, prior, r);
    return ticks * mean - POWER_80 * Math.sqrt(ticks * variance) >= Math.log(sight.limit / (weight * AT_ONCE * share));
  });
}

/** The smallest ratio that 80 % of the time is found within `ticks` looks; undefined: none below 200 times. */
export function smallestVisible(sight: Sight, ticks: number): number | undefined {
  const { canary, baseline, rate } = sight;
  if (!(canary > 0 && baseline > 0 && rate > 0 && ticks > 0)) return undefined;
  let low = Math.log(LEAST);
  let high = Math.log(Math.min(MOST, 1 / rate));
  if (!(high > low) || !seesWithin(sight, Math.exp(high), ticks)) return undefined;
  for (let halving = 0; halving < HALVINGS && high - low > 1e-4; halving += 1) {
    const middle = (low + high) / 2;
    if (seesWithin(sight, Math.exp(middle), ticks)) high = middle;
    else low = middle;
  }
  return Math.exp(high);
}
