import type { Spike } from "./spikes.ts";
import type { Told } from "./structural.ts";

/** From so many on, days out of the ordinary are part of what a month costs; fewer widen the interval only. */
export const RECURRING = 3;
/** Above so many in the mean one normal part does for all numbers of them. */
const MANY = 6;
const MOST_EVENTS = 20;
/** Share of their amount by which such days differ at least: a single one does not tell how. */
const LEAST_SPREAD = 0.5;

/** Days out of the ordinary that come on no day of the month: how often, how much. */
export interface Oddities {
  readonly count: number;
  /** Days that were looked at. */
  readonly days: number;
  readonly amount: number;
  readonly variance: number;
}

export function odditiesOf(spikes: readonly Spike[], days: number): Oddities {
  const count = spikes.length;
  const amount = count === 0 ? 0 : spikes.reduce((sum, one) => sum + one.amount, 0) / count;
  const spread = spikes.reduce((sum, one) => sum + (one.amount - amount) ** 2, 0) / Math.max(1, count - 1);
  return { count, days, amount, variance: Math.max(spread, (LEAST_SPREAD * amount) ** 2) };
}

/** What they add to a day in the mean; 0 where too few were seen to expect them again. */
export const perDay = ({ count, days, amount }: Oddities): number => (count < RECURRING ? 0 : (count / days) * amount);

/**
 * What is told, with such days in it: a part for each number of them that may come. How often is itself only known from those that were seen, so that
 * the number is negative binomial (a Poisson number whose rate is gamma), not Poisson. The mean stays: it is that without them.
 */
export function withOddities(told: Told, { count, days, amount, variance }: Oddities, ahead: number): Told {
  if (count === 0 || ahead === 0) return told;
  const shape = count + 0.5;
  const more = ahead / (days + ahead);
  const mean = (shape * ahead) / days;
  if (mean > MANY) {
    const extra = mean * variance + mean * (1 + ahead / days) * amount ** 2;
    const moved = told.parts.map((part) => ({
      weight: part.weight,
      mean: part.mean + mean * amount,
      deviation: Math.sqrt(part.deviation ** 2 + extra),
    }));
    return { ...told, parts: moved };
  }
  const shares: number[] = [(1 - more) ** shape];
  for (let n = 1; n <= MOST_EVENTS; n += 1) shares.push(((shares[n - 1] as number) * more * (shape + n - 1)) / n);
  const all = shares.reduce((sum, share) => sum + share, 0);
  return {
    ...told,
    parts: shares.flatMap((share, n) =>
      told.parts.map((part) => ({
        weight: (part.weight * share) / all,
        mean: part.mean + n * amount,
        deviation: Math.sqrt(part.deviation ** 2 + n * variance),
      })),
    ),
  };
}
