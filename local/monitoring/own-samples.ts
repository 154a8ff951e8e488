import type { Millis } from "../../shared/core/kernel/time.ts";

/** Samples of one series that came with timestamps of their own, ascending. */
export interface OwnSamples {
  times: Float64Array;
  values: Float64Array;
  /** In use: [start, end). */
  start: number;
  end: number;
}

export const ownSamples = (): OwnSamples => ({
  times: new Float64Array(4),
  values: new Float64Array(4),
  start: 0,
  end: 0,
});

export const ownBytes = (own: OwnSamples | undefined): number => (own ? own.times.length * 16 + 300 : 0);

/** Adds a sample that is later than all before. */
export function pushOwn(own: OwnSamples, at: Millis, value: number): void {
  if (own.end === own.times.length) {
    const count = own.end - own.start;
    // What was dropped in front makes room; else twice the size.
    const size = own.start > own.times.length / 2 ? own.times.length : own.times.length * 2;
    const [times, values] = [new Float64Array(size), new Float64Array(size)];
    times.set(own.times.subarray(own.start, own.end));
    values.set(own.values.subarray(own.start, own.end));
    Object.assign(own, { times, values, start: 0, end: count });
  }
  own.times[own.end] = at;
  own.values[own.end] = value;
  own.end += 1;
}

/** Drops samples before the instant; how many. */
export function dropOwn(own: OwnSamples, at: Millis): number {
  const before = own.start;
  while (own.start < own.end && (own.times[own.start] as number) < at) own.start += 1;
  return own.start - before;
}
