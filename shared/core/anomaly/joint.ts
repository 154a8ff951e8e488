import { type DurationMs, formatDuration, MINUTE_MS, type Millis } from "../kernel/time.ts";
import type { ContextFact, Emission, Movement } from "./types.ts";

/** Scores of a service's signals count together for so long: a detector says a thing once and then waits for a worse one. */
export const JOINT_WINDOW_MS = 15 * MINUTE_MS;
/** How far back the first sign of an anomaly is looked for. */
export const ONSET_WINDOW_MS = 30 * MINUTE_MS;
/** A score from which a signal counts as having begun to move: at least as surprising as not. Below the alarm. */
export const ONSET_SCORE = 0.5;
/** The loudest leads, agreement helps: the norm with which the detector itself mixes its channels. */
const NORM = 4;

type Recent = { readonly [signal: string]: readonly Emission[] };

/**
 * One number for a service: 1 − exp(−(Σ uᵢ⁴)^¼) with uᵢ = −ln(1 − sᵢ) and sᵢ the highest score of signal i in the last
 * 15 minutes (of those from 0.5 on; less is not remembered). A signal alone gives its own score; two equally surprising ones give more than either (0.56 and 0.56 make 0.62, 0.9
 * twice 0.935); signals that show nothing change nothing. So the threshold of a single signal is the threshold of the service too.
 */
export function jointScore(scores: readonly number[]): number {
  let sum = 0;
  for (const score of scores) if (score > 0) sum += surprise(score) ** NORM;
  return sum === 0 ? 0 : 1 - Math.exp(-(sum ** (1 / NORM)));
}

/** A score of exactly 1 is as far as doubles can tell from 1. */
const surprise = (score: number): number => -Math.log(Math.max(1 - Math.min(score, 1), 1e-12));

/** The highest score of each signal in the window that ends at `at`. Signals that showed nothing are left out. */
export function peaksAt(recent: Recent, at: Millis, windowMs: DurationMs = JOINT_WINDOW_MS) {
  const peaks: { [signal: string]: number } = {};
  for (const [signal, emissions] of Object.entries(recent)) {
    const inside = emissions.filter((one) => one.at <= at && one.at > at - windowMs);
    if (inside.length > 0) peaks[signal] = Math.max(...inside.map((one) => one.score));
  }
  return peaks;
}

/** Joint score of a service at an instant. */
export const jointAt = (recent: Recent, at: Millis): number => jointScore(Object.values(peaksAt(recent, at)));

export interface Driver {
  readonly signal: string;
  readonly movement: Movement;
  /** Its first sign. */
  readonly at: Millis;
  /** Its highest score since. */
  readonly score: number;
}

/**
 * The signal that moved first: the earliest emission of at least {@link ONSET_SCORE} in the half hour up to `at`; of those in the
 * same minute the most surprising one, then the first by name. A likely cause, no proof.
 */
export function driverAt(recent: Recent, at: Millis): Driver | undefined {
  const candidates = Object.entries(recent).flatMap(([signal, emissions]): Driver[] => {
    const inside = emissions.filter((one) => one.at <= at && one.at > at - ONSET_WINDOW_MS && one.score >= ONSET_SCORE);
    const first = inside.reduce<Emission | undefined>((old, one) => (old && old.at <= one.at ? old : one), undefined);
    if (!first) return [];
    return [{ signal, movement: first.movement, at: first.at, score: Math.max(...inside.map((one) => one.score)) }];
  });
  const minute = (one: Driver) => Math.floor(one.at / MINUTE_MS);
  return candidates.sort((a, b) => minute(a) - minute(b) || b.score - a.score || (a.signal < b.signal ? -1 : 1))[0];
}

/** Facts shortly before an instant (or within the minute after it, as clocks differ), newest last. */
export function contextAt(context: readonly ContextFact[], at: Millis, windowMs: DurationMs): readonly ContextFact[] {
  return context
    .filter((fact) => fact.at > at - windowMs && fact.at <= at + MINUTE_MS)
    .sort((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1));
}

/** "scaled out from 2 to 4, 2 min before". */
export function contextText(fact: ContextFact, at: Millis): string {
  const before = at - fact.at;
  return before < MINUTE_MS ? `${fact.text} at the same time` : `${fact.text}, ${formatDuration(before)} before`;
}

/** "traffic fell first, 3 min before"; undefined where nothing moved before the signal itself. */
export function driverText(driver: Driver | undefined, signal: string, since: Millis): string | undefined {
  if (!driver || driver.signal === signal) return undefined;
  const before = since - driver.at;
  const when = before < MINUTE_MS ? "at the same time" : `${formatDuration(before)} before`;
  return before < MINUTE_MS
    ? `${driver.signal} ${driver.movement} ${when}`
    : `${driver.signal} ${driver.movement} first, ${when}`;
}
