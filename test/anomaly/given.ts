import * as v from "valibot";
import { toBase64 } from "../../shared/core/anomaly/base64.ts";
import { AnomalyConfig, type AnomalyConfigInput } from "../../shared/core/anomaly/config.ts";
import { openScorer } from "../../shared/core/anomaly/scorer.ts";
import { signalsOf } from "../../shared/core/anomaly/signals.ts";
import type { SignalBatch } from "../../shared/core/anomaly/types.ts";

export const MINUTE = 60_000;
export const DAY = 1_440 * MINUTE;
/** Monday 2026-01-05T00:00:00Z. */
export const MONDAY = 1_767_571_200_000;

/** The effective configuration of a service on this machine: every signal written out. */
export function given(input: AnomalyConfigInput = {}): AnomalyConfig {
  const config = v.parse(AnomalyConfig, input);
  const signals = signalsOf(config, { local: true, requests: true });
  return { ...config, signals: Object.fromEntries(signals.map(({ name, ...signal }) => [name, signal])) };
}

/** A day's wave with some noise, the same for everybody. */
export function wave(at: number, mean = 100): number {
  const noise = ((Math.floor(at / MINUTE) * 7_919) % 101) / 101 - 0.5;
  return mean * (1 + 0.3 * Math.sin((2 * Math.PI * at) / DAY) + 0.1 * noise);
}

/** A detector that has seen `days` of the wave before `at`, as base64. */
export function learnt(config: AnomalyConfig, signal: string, at: number, days = 3, mean = 100): string {
  const found = config.signals[signal];
  if (!found) throw new Error(`no signal ${signal}`);
  const scorer = openScorer(config, found, undefined);
  for (let time = at - days * DAY; time < at; time += MINUTE) scorer.push(time, wave(time, mean));
  return toBase64(scorer.save());
}

/** Points of one minute each from `at` on. */
export const points = (at: number, ...values: readonly number[]): SignalBatch["points"] =>
  values.map((value, index) => [at + index * MINUTE, value] as const);
