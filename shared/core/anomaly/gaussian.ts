import type { Millis } from "../kernel/time.ts";

/** Values looked at, and by how many rows the full window slides (NAB `nab/detectors/gaussian/windowedGaussian_detector.py`). */
const WINDOW = 6400;
const STEP = 100;
/** What a deviation of 0 is replaced by. */
const NO_DEVIATION = 0.000001;
/** The published row scores carry 12 decimals, and the detector's best threshold is exactly 1: the rounding is part of it. */
const DECIMALS = 1e12;

/**
 * NAB's Windowed Gaussian: how far into the tails of a normal distribution of the last 6,400 values this one lies, below the
 * mean as above. Scored first, learnt afterwards. A peer to measure against, not a detector to alarm with.
 */
export function createGaussian(): { push(at: Millis, value: number): number } {
  const window = new Float64Array(WINDOW);
  const buffer: number[] = [];
  let filled = 0;
  let mean = 0;
  let squares = 0;

  /** Welford's update: the mean and the sum of squared deviations after one more value. */
  function include(value: number, count: number): void {
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }

  function learn(value: number): void {
    if (filled < WINDOW) {
      window[filled] = value;
      filled += 1;
      include(value, filled);
      return;
    }
    buffer.push(value);
    if (buffer.length < STEP) return;
    window.copyWithin(0, STEP);
    window.set(buffer, WINDOW - STEP);
    buffer.length = 0;
    mean = 0;
    squares = 0;
    for (let index = 0; index < WINDOW; index += 1) include(window[index] as number, index + 1);
  }

  return {
    push(_at, value) {
      if (!Number.isFinite(value)) return 0;
      let score = 0;
      if (filled > 0) {
        const deviation = Math.sqrt(squares / filled) || NO_DEVIATION;
        score = (1 + erf(Math.abs(value - mean) / deviation / Math.SQRT2)) / 2;
      }
      learn(value);
      return Math.round(score * DECIMALS) / DECIMALS;
    },
  };
}

/** The error function for x >= 0, to 1e-15: its power series, and from 2.5 on one minus the continued fraction of its rest. */
function erf(x: number): number {
  if (x > 6) return 1;
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
      if (term === 0) break;
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let rest = x;
  for (let n = 60; n >= 1; n -= 1) rest = x + n / 2 / rest;
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / rest;
}
