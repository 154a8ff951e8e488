import { prng } from "../../kernel/prng.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { Trace } from "../../kernel/trace.ts";

/** A stretch in which the rate runs in a straight line. Times are ms since the start, rates requests per second. */
export interface Segment {
  readonly from: DurationMs;
  readonly to: DurationMs;
  readonly rate: number;
  readonly end: number;
}

/** How a stage asks for load; `for` in ms. */
export type StageShape =
  | { readonly shape: "constant" | "soak"; readonly rate: number; readonly for: DurationMs }
  | { readonly shape: "ramp" | "spike"; readonly rate: number; readonly to: number; readonly for: DurationMs }
  | { readonly shape: "replay"; readonly trace: Trace; readonly scale: number; readonly speed: number };

type Line = readonly [length: DurationMs, rate: number, end: number];

/**
 * A trace as lines between its points, `speed` times as fast. A value is the work of the step that begins there, so value / step is a
 * rate; that is what is asked for, times `scale`, however fast the record runs. Gaps are bridged by a straight line: something has to be
 * sent, and silence would be the boldest guess.
 */
function replayed({ trace, scale, speed }: Extract<StageShape, { shape: "replay" }>): readonly Line[] {
  const { points, stepMs } = trace;
  const rate = (index: number): number => ((points[index]?.value ?? 0) * scale * 1000) / stepMs;
  return points.map((point, index) => {
    const next = points[index + 1];
    return next
      ? ([(next.at - point.at) / speed, rate(index), rate(index + 1)] as const)
      : ([stepMs / speed, rate(index), rate(index)] as const);
  });
}

function linesOf(stage: StageShape): readonly Line[] {
  switch (stage.shape) {
    case "constant":
    case "soak":
      return [[stage.for, stage.rate, stage.rate]];
    case "ramp":
      return [[stage.for, stage.rate, stage.to]];
    case "spike": {
      // A third before, a third of the spike, a third in which it has to be well again.
      const third = stage.for / 3;
      return [
        [third, stage.rate, stage.rate],
        [third, stage.to, stage.to],
        [third, stage.rate, stage.rate],
      ];
    }
    case "replay":
      return replayed(stage);
  }
}

/** The whole load, one segment behind the other. */
export function segmentsOf(stages: readonly StageShape[]): readonly Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const [length, rate, end] of stages.flatMap(linesOf)) {
    if (length > 0) segments.push({ from, to: from + length, rate, end });
    from += length;
  }
  return segments;
}

export const lengthOf = (segments: readonly Segment[]): DurationMs => segments.at(-1)?.to ?? 0;
export const peakOf = (segments: readonly Segment[]): number =>
  segments.reduce((most, { rate, end }) => Math.max(most, rate, end), 0);

/** Requests that are expected in a stretch, exactly: the integral of the rate. */
export function expectedIn(segments: readonly Segment[], from: DurationMs, to: DurationMs): number {
  let sum = 0;
  for (const one of segments) {
    const [a, b] = [Math.max(from, one.from), Math.min(to, one.to)];
    if (b <= a) continue;
    const at = (time: number): number => one.rate + ((one.end - one.rate) * (time - one.from)) / (one.to - one.from);
    sum += ((at(a) + at(b)) / 2) * ((b - a) / 1000);
  }
  return sum;
}

/** Time into a segment (s) at which `amount` requests of it are due: the integral of its line, turned round. */
function timeAt({ rate, end, from, to }: Segment, amount: number): number {
  const slope = (end - rate) / ((to - from) / 1000);
  if (Math.abs(slope) < 1e-9) return amount / rate;
  // The smaller root, in the form that does not cancel: rate·t + slope·t²/2 = amount.
  return (2 * amount) / (rate + Math.sqrt(Math.max(0, rate * rate + 2 * slope * amount)));
}

/** Intended send times, ms since the start, ascending. */
export interface Arrivals {
  /** The next one; undefined: there are no more. */
  next(): number | undefined;
}

/**
 * When requests are to be sent. `uniform`: the n-th when the integral of the rate reaches n − ½. `poisson`: when it reaches the sum of n
 * exponential draws, which is a Poisson process also while the rate changes. A worker takes every `of`-th from `part` on, so that all
 * together send the same requests however many they are.
 */
export function arrivalsOf(
  segments: readonly Segment[],
  how: "poisson" | "uniform",
  seed: number,
  { part = 0, of = 1 }: { readonly part?: number; readonly of?: number } = {},
): Arrivals {
  const draw = prng(seed);
  let index = 0;
  let number = -1;
  /** Due since the current segment began. */
  let owed = how === "uniform" ? -0.5 : 0;
  let total = amountOf(segments[0]);
  const one = (): number | undefined => {
    owed += how === "uniform" ? 1 : -Math.log(1 - draw());
    for (;;) {
      const segment = segments[index];
      if (!segment) return undefined;
      if (owed <= total) return segment.from + Math.min(segment.to - segment.from, timeAt(segment, owed) * 1000);
      owed -= total;
      index += 1;
      total = amountOf(segments[index]);
    }
  };
  return {
    next: () => {
      for (;;) {
        const at = one();
        number += 1;
        if (at === undefined || number % of === part) return at;
      }
    },
  };
}

const amountOf = (one: Segment | undefined): number =>
  one === undefined ? 0 : ((one.rate + one.end) / 2) * ((one.to - one.from) / 1000);
