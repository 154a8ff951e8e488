import type { Window } from "./windows.ts";

/** Distance to an end of the range, beyond which the series is taken to begin or end inside it, in sample intervals. */
const THRESHOLD = 1.1;

interface RateKind {
  /** Falls are resets, and it did not begin below zero. */
  readonly counter: boolean;
  readonly perSecond: boolean;
  readonly v2: boolean;
}

/**
 * rate, increase and delta: the difference between last and first sample, with counter resets added, extrapolated to the whole range
 * unless the series seems to begin or end inside it (promql/functions.go, extrapolatedRate). Where it begins inside, half a
 * sample interval is added; a counter is not extrapolated to below zero. Prometheus 2 compares the distance with the threshold
 * after that last rule, Prometheus 3 before.
 */
export function extrapolated(window: Window, { counter, perSecond, v2 }: RateKind): number {
  const { times, values, low, high } = window;
  if (high - low < 2) return nothing(window);
  const first = values[low] as number;
  let result = (values[high - 1] as number) - first;
  if (counter) {
    for (let index = low + 1; index < high; index++) {
      const before = values[index - 1] as number;
      if ((values[index] as number) < before) result += before;
    }
  }
  const firstAt = times[low] as number;
  const lastAt = times[high - 1] as number;
  const sampled = (lastAt - firstAt) / 1000;
  const interval = sampled / (high - low - 1);
  const threshold = interval * THRESHOLD;
  let toStart = (firstAt - window.start) / 1000;
  let toEnd = (window.end - lastAt) / 1000;
  const toZero = counter && result > 0 && first >= 0 ? sampled * (first / result) : Infinity;
  if (v2 && toZero < toStart) toStart = toZero;
  if (toStart >= threshold) toStart = interval / 2;
  if (!v2 && toZero < toStart) toStart = toZero;
  if (toEnd >= threshold) toEnd = interval / 2;
  const factor = (sampled + toStart + toEnd) / sampled;
  return result * (perSecond ? factor / ((window.end - window.start) / 1000) : factor);
}

/** irate and idelta: between the last two samples. */
export function lastDifference(window: Window, perSecond: boolean): number {
  const { times, values, low, high } = window;
  if (high - low < 2) return nothing(window);
  const [before, last] = [values[high - 2] as number, values[high - 1] as number];
  const seconds = ((times[high - 1] as number) - (times[high - 2] as number)) / 1000;
  if (seconds === 0) return nothing(window);
  if (!perSecond) return last - before;
  return (last < before ? last : last - before) / seconds;
}

/** Says that the function has no result for this window. */
export function nothing(window: Window): number {
  window.none = true;
  return 0;
}

export function resets({ values, low, high }: Window): number {
  let count = 0;
  for (let index = low + 1; index < high; index++)
    if ((values[index] as number) < (values[index - 1] as number)) count += 1;
  return count;
}

export function changes({ values, low, high }: Window): number {
  let count = 0;
  for (let index = low + 1; index < high; index++) {
    const [before, now] = [values[index - 1] as number, values[index] as number];
    if (now !== before && !(Number.isNaN(now) && Number.isNaN(before))) count += 1;
  }
  return count;
}
