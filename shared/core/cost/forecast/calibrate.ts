import { deviationOf, learnSeries, sumOf, type Told } from "./structural.ts";

/** Days that are told at once, at the most: a longer stretch would leave too few tries. */
const MOST_DAYS = 10;
const LEAST_DAYS = 3;
const MOST_TRIES = 4;
/** Known days that a try is learnt from at least. */
const LEAST_KNOWN = 14;
/** So many tries that came out as the model says stand before any that were made: few tries move the interval little. */
const TRUST = 4;
/** A single try counts no more than so many deviations, squared: one that went wholly wrong is rare, or a step that stays. */
const MOST_SQUARE = 16;
const LEAST = 0.8;
const MOST = 3;

export interface Calibration {
  /** By which deviations are multiplied. */
  readonly factor: number;
  readonly tries: number;
}

/**
 * How far the model's own sums missed on stretches of the history that it had not seen, in deviations it had told. The stretches follow each other
 * without overlapping, so that each is a try of its own.
 */
export function calibrate(values: readonly (number | undefined)[], lastWeekday: number, ahead: number): Calibration {
  const length = Math.min(MOST_DAYS, Math.max(LEAST_DAYS, ahead));
  let [squares, tries] = [0, 0];
  for (let turn = 1; turn <= MOST_TRIES; turn += 1) {
    const end = values.length - turn * length;
    const before = values.slice(0, Math.max(0, end));
    if (before.filter((value) => value !== undefined).length < LEAST_KNOWN) break;
    const known = Array.from({ length }, (_, at) => at).filter((at) => values[end + at] !== undefined);
    const truth = known.reduce((sum, at) => sum + (values[end + at] as number), 0);
    const told = sumOf(
      learnSeries(before, (((lastWeekday - turn * length) % 7) + 7) % 7),
      known.map((at) => at + 1),
    );
    const deviation = deviationOf(told);
    if (known.length === 0 || deviation === 0) continue;
    tries += 1;
    squares += Math.min(MOST_SQUARE, ((truth - told.mean) / deviation) ** 2);
  }
  const factor = Math.sqrt((TRUST + squares) / (TRUST + tries));
  return { factor: Math.min(MOST, Math.max(LEAST, factor)), tries };
}

export const widened = (told: Told, factor: number): Told => ({
  ...told,
  parts: told.parts.map((part) => ({
    ...part,
    mean: told.mean + factor * (part.mean - told.mean),
    deviation: factor * part.deviation,
  })),
});
