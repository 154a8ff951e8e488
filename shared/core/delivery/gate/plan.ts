import { METRICS } from "./counts.ts";
import { passRatios } from "./limits.ts";
import { overdispersion, shareAt } from "./odds.ts";
import { GATE_DEFAULTS, type GateSettings } from "./settings.ts";
import type { GateMetric } from "./types.ts";
import { type Sight, seesWithin, smallestVisible } from "./visible.ts";

/** Traffic that a release is to be judged on. */
export interface PlanInput {
  /** Requests of one tick. */
  readonly canary: number;
  readonly baseline: number;
  /** Events per request of the baseline, 0 to 1. Absent: the metric is not counted. Default of slow: 0.01, a p99. */
  readonly errorRate?: number;
  readonly slowRate?: number;
  /** Squared relative jitter of an arm's rate (0.09 are 30 %). Default: what chance alone looks like over an hour of history. */
  readonly tau2?: number;
  readonly kappa?: number;
  /** Planned looks; default: those of the settings. */
  readonly ticks?: number;
  readonly settings?: GateSettings;
}

/** Chance of failing to see is 20 % in all of it. `null`: not at all. */
export interface GatePlan {
  readonly ticks: number;
  readonly minutes: number;
  /** The smallest ratios visible after so many looks. */
  readonly visible: readonly {
    readonly ticks: number;
    readonly minutes: number;
    readonly errors: number | null;
    readonly slow: number | null;
  }[];
  /** How long until a release worse by `ratio` is found. */
  readonly found: readonly {
    readonly metric: GateMetric;
    readonly ratio: number;
    readonly ticks: number | null;
    readonly minutes: number | null;
  }[];
  /** Looks after which about half of the good releases have passed. */
  readonly pass: { readonly ticks: number | null; readonly minutes: number | null };
  /** Whether a release with 1.5 × the errors is visible in the planned looks. */
  readonly enough: boolean;
}

const AFTER = [1, 2, 5, 10, 20, 40, 60, 120];
const RATIOS = [1.5, 2, 3];
/** Looked no further than a day of half minutes. */
const LONGEST = 2880;
/** What sixty ticks without jitter are measured as, times the events of a tick; simulated. */
const CHANCE_TAU2 = 0.07;
const CHANCE_KAPPA = 1.1;

/** What can be seen at this traffic, in how long. */
export function gatePlan(input: PlanInput): GatePlan {
  const settings = input.settings ?? GATE_DEFAULTS;
  const ticks = input.ticks ?? settings.ticks;
  const minutesOf = (count: number) => (count * settings.everyMs) / 60_000;
  const sights = sightsOf(input, settings);
  const smallest = (metric: GateMetric, count: number): number | null => {
    const sight = sights.find((one) => one.metric === metric);
    return (sight && smallestVisible(sight, count)) ?? null;
  };
  const passTicks = sights.length === 0 ? null : Math.max(...sights.map((sight) => clearedAfter(sight, settings)));
  const pass = passTicks !== null && passTicks <= LONGEST ? passTicks : null;
  return {
    ticks,
    minutes: minutesOf(ticks),
    visible: [...new Set([...AFTER.filter((count) => count < ticks), ticks])].map((count) => ({
      ticks: count,
      minutes: minutesOf(count),
      errors: smallest("errors", count),
      slow: smallest("slow", count),
    })),
    found: sights.flatMap((sight) =>
      RATIOS.map((ratio) => {
        const count = foundAfter(sight, ratio);
        return { metric: sight.metric, ratio, ticks: count, minutes: count === null ? null : minutesOf(count) };
      }),
    ),
    pass: { ticks: pass, minutes: pass === null ? null : minutesOf(pass) },
    enough: (smallest("errors", ticks) ?? Infinity) <= 1.5,
  };
}

function sightsOf(input: PlanInput, settings: GateSettings): readonly Sight[] {
  const rates = { errors: input.errorRate, slow: input.slowRate ?? 0.01 };
  const counted = METRICS.filter((metric) => rates[metric] !== undefined);
  return counted.map((metric) => {
    const rate = rates[metric] ?? 0;
    const { canary, baseline, kappa = CHANCE_KAPPA } = input;
    const tau2 = input.tau2 ?? CHANCE_TAU2 / Math.max(rate * baseline, CHANCE_TAU2);
    return { metric, canary, baseline, rate, tau2, kappa, limit: 1 / settings.alpha, shared: counted.length > 1 };
  });
}

/** The first look count at which `ratio` is found 80 % of the time, by halving: what is seen in few looks is seen in more. */
function foundAfter(sight: Sight, ratio: number): number | null {
  if (!(sight.rate > 0) || !seesWithin(sight, ratio, LONGEST)) return null;
  let low = 0;
  let high = LONGEST;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (seesWithin(sight, ratio, middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Looks until the pass test of a good release has its limit on average. */
function clearedAfter({ metric, canary, baseline, rate, tau2, kappa, limit }: Sight, settings: GateSettings): number {
  const q = canary / (canary + baseline);
  const n = rate * (canary + baseline);
  const p = shareAt(passRatios(settings)[metric], q);
  const each = n * (q * Math.log(q / p) + (1 - q) * Math.log((1 - q) / (1 - p)));
  const slowed = overdispersion(n, q, tau2) * (1 + (kappa - 1) / 2);
  return Math.ceil((Math.log(limit) * slowed) / each);
}
