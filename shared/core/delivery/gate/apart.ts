import { APART_MOST, NOISES } from "./constants.ts";
import { distanceOf, type Split } from "./odds.ts";
import { DECAYS, varianceBefore } from "./wander.ts";

/**
 * What the difference of the two arms says of each noise if the releases are alike: noise of an arm and a fault both drive the arms
 * apart, and which explains it better is the question. Log likelihoods against no noise.
 */
export interface ApartNoise {
  readonly a: readonly number[];
  readonly p: readonly number[];
  readonly logs: readonly number[];
}

export const NO_DIFFERENCE: ApartNoise = {
  a: NOISES.map(() => 0),
  p: NOISES.map(({ tau }) => 2 * tau * tau),
  logs: NOISES.map(() => 0),
};

/** With one look. A look without events says nothing, but noise that wanders goes on. */
export function withDifference(known: ApartNoise, split: Split, first: boolean): ApartNoise {
  const seen = split.c + split.b > 0;
  const { y, chance } = seen ? distanceOf(split) : { y: 0, chance: 1 };
  const a: number[] = [];
  const p: number[] = [];
  const logs: number[] = [];
  let none = 0;
  for (let at = 0; at < NOISES.length; at += 1) {
    const before = varianceBefore(at, 2, first ? -1 : (known.p[at] as number));
    const mean = (DECAYS[at] as number) * (known.a[at] as number);
    const total = before + chance;
    const e = y - mean;
    const log = seen ? -0.5 * ((e * e) / total + Math.log(total / chance)) : 0;
    if (at === 0) none = log;
    const gain = seen ? before / total : 0;
    a.push(mean + gain * e);
    p.push(before * (1 - gain));
    logs.push((known.logs[at] as number) + Math.min(APART_MOST, Math.max(-APART_MOST, log - none)));
  }
  return { a, p, logs };
}
