import { prng } from "../../kernel/prng.ts";
import type { Point } from "../../kernel/reading.ts";
import { DAY_MS, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { Trace } from "../../kernel/trace.ts";

export interface SyntheticOptions {
  /** Default 2024-01-01T00:00:00Z. */
  readonly startAt?: Millis;
  /** Default 14. */
  readonly days?: number;
  /** Mean requests a minute of the day curve, before spikes. Default 6000. */
  readonly mean?: number;
  /** Half of the distance between night and day over the mean, 0..1. Default 0.6. */
  readonly swing?: number;
  /** Standard deviation of a minute over its expectation. Default 0.05. */
  readonly noise?: number;
  /** Default: one of three times the level for half an hour in the middle of the second half. */
  readonly spikes?: readonly { readonly atMinute: number; readonly minutes: number; readonly factor: number }[];
  /** Default 1. */
  readonly seed?: number;
}

/** 2024-01-01T00:00:00Z, a Monday. */
const DEFAULT_START = 1_704_067_200_000;
const MINUTES = DAY_MS / MINUTE_MS;

/**
 * A made-up load for whoever has no recording: a day curve (lowest at midnight, highest at noon), quieter weekends, noise and
 * spikes that rise within two minutes and ebb away. Whole numbers, never negative; the same seed gives the same trace.
 */
export function syntheticTrace(options: SyntheticOptions = {}): Trace {
  const { startAt = DEFAULT_START, days = 14, mean = 6000, swing = 0.6, noise = 0.05, seed = 1 } = options;
  const total = Math.max(2, Math.round(days * MINUTES));
  const spikes = options.spikes ?? [{ atMinute: Math.round(total * 0.75), minutes: 30, factor: 3 }];
  const random = prng(seed);
  const points: Point[] = [];
  for (let minute = 0; minute < total; minute += 1) {
    const day = Math.floor(minute / MINUTES);
    const weekend = day % 7 >= 5 ? 0.7 : 1;
    const curve = 1 - swing * Math.cos((2 * Math.PI * (minute % MINUTES)) / MINUTES);
    const spike = spikes.reduce((factor, one) => Math.max(factor, spikeFactor(one, minute)), 1);
    // Sum of twelve uniform numbers: close to a normal one, and cheap to do the same on every machine.
    let normal = -6;
    for (let count = 0; count < 12; count += 1) normal += random();
    const value = mean * weekend * curve * spike * (1 + noise * normal);
    points.push({ at: startAt + minute * MINUTE_MS, value: Math.max(0, Math.round(value)) });
  }
  return { points, stepMs: MINUTE_MS };
}

function spikeFactor(spike: { atMinute: number; minutes: number; factor: number }, minute: number): number {
  const into = minute - spike.atMinute;
  if (into < 0) return 1;
  const rise = Math.min(1, (into + 1) / 2);
  const ebb = into < spike.minutes ? 1 : Math.exp(-(into - spike.minutes) / 10);
  return 1 + (spike.factor - 1) * rise * ebb;
}
