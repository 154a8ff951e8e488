import { DAY_MS, type Millis } from "../kernel/time.ts";
import { DEFAULT_THRESHOLD, type Role } from "./config.ts";
import { openScorer } from "./scorer.ts";
import { isAlarm, track } from "./track.ts";
import type { DetectorName, OpenAnomaly, Seen } from "./types.ts";
import { pointText } from "./words.ts";

/** Thresholds that are tried: the default one, and up to where one anomaly in a thousand is left. */
export const THRESHOLDS = [
  0.5,
  DEFAULT_THRESHOLD,
  0.6,
  0.65,
  0.7,
  0.75,
  0.8,
  0.85,
  0.9,
  0.95,
  0.97,
  0.99,
  0.995,
] as const;
/** Alerts a week of one signal that people still look at (SRE practice: a page a shift is the most; a service has some signals). */
export const DEFAULT_BUDGET = 2;
const MOST_EXAMPLES = 20;

export interface BacktestOptions {
  readonly detector: DetectorName;
  readonly timezone?: string;
  readonly role?: Role;
  readonly unit?: string;
  readonly direction?: "both" | "high" | "low";
  readonly quiet?: number;
  readonly settle?: number;
  /** Alerts a week that are wanted at the most. */
  readonly budget?: number;
}

export interface AlertExample {
  readonly at: Millis;
  readonly value: number;
  readonly score: number;
  readonly text: string;
}

export interface BacktestResult {
  readonly points: number;
  /** Points of the first day (or the first ten of the seed rules), which alert nobody. */
  readonly learningPoints: number;
  readonly weeks: number;
  readonly thresholds: readonly {
    readonly threshold: number;
    readonly alerts: number;
    readonly alertsPerWeek: number;
    readonly recommended: boolean;
  }[];
  readonly recommended: number;
  /** Alerts at the recommended threshold, the most unusual first, at most 20. */
  readonly examples: readonly AlertExample[];
}

/** A backtest that is fed point by point, in constant memory. */
export interface Backtest {
  push(at: Millis, value: number): void;
  result(): BacktestResult;
}

/**
 * How often the detector would have alerted, at each threshold at once: an alert is an anomaly as it would have been opened and
 * ended, not a point. Recommended is the default threshold where it keeps the budget, else the lowest that does.
 */
export function startBacktest(options: BacktestOptions): Backtest {
  const { detector, timezone = "UTC", role = "latency", unit, direction = "both", budget = DEFAULT_BUDGET } = options;
  const watched = { direction, quiet: options.quiet ?? 900_000, settle: options.settle ?? 21_600_000 };
  const scorer = openScorer({ detector, timezone }, { role, unit }, undefined);
  const tried = THRESHOLDS.map((threshold) => ({
    threshold,
    alerts: 0,
    open: undefined as OpenAnomaly | undefined,
    examples: [] as AlertExample[],
  }));
  let [points, learningPoints] = [0, 0];
  let learning = true;
  let firstAt: Millis | undefined;
  let lastAt: Millis | undefined;
  return {
    push: (at, value) => {
      const score = scorer.push(at, value);
      points += 1;
      // What was expected costs more to tell than the score itself; without an alarm only the bands of what is open count.
      const plain = !learning && score < THRESHOLDS[0] && tried.every((one) => !one.open || one.open.low !== undefined);
      const seen: Seen = plain ? { score, learning } : scorer.detail();
      learning = seen.learning;
      if (seen.learning) {
        learningPoints += 1;
        return;
      }
      firstAt ??= at;
      lastAt = at;
      for (const one of tried) {
        if (!one.open && !isAlarm(watched, one.threshold, value, seen)) continue;
        const { open, happened } = track(watched, { threshold: one.threshold, detector }, one.open, at, value, seen);
        one.open = happened === "ended" || happened === "settled" ? undefined : open;
        if (happened !== "opened") continue;
        one.alerts += 1;
        one.examples.push({ at, value, score: seen.score, text: pointText(value, seen, unit) });
        if (one.examples.length > 10 * MOST_EXAMPLES) one.examples = loudest(one.examples);
      }
    },
    result: () => {
      const weeks =
        firstAt === undefined || lastAt === undefined ? 0 : Math.max(lastAt - firstAt, DAY_MS) / (7 * DAY_MS);
      const rated = tried.map(({ threshold, alerts }) => ({
        threshold,
        alerts,
        alertsPerWeek: weeks === 0 ? 0 : alerts / weeks,
      }));
      const usable = rated.filter((one) => one.threshold >= DEFAULT_THRESHOLD);
      const recommended = (usable.find((one) => one.alertsPerWeek <= budget) ?? usable.at(-1))?.threshold as number;
      return {
        points,
        learningPoints,
        weeks,
        thresholds: rated.map((one) => ({ ...one, recommended: one.threshold === recommended })),
        recommended,
        examples: loudest(tried.find((one) => one.threshold === recommended)?.examples ?? []),
      };
    },
  };
}

const loudest = (examples: readonly AlertExample[]): AlertExample[] =>
  [...examples].sort((a, b) => b.score - a.score || a.at - b.at).slice(0, MOST_EXAMPLES);
