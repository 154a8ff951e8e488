import { KEEPS, NOISES, type Noise } from "./constants.ts";

/** What remains of each noise after one tick. */
export const DECAYS: readonly number[] = NOISES.map(({ wanders }) => (wanders ? KEEPS : 0));

/**
 * Variance of a noise before a tick, from that after the last one (`after`; -1 before the first): an autoregressive process.
 * `arms`: 1 for one arm's rate, 2 for the difference of two.
 */
export function varianceBefore(at: number, arms: number, after: number): number {
  const { tau } = NOISES[at] as Noise;
  const whole = arms * tau * tau;
  const keeps = DECAYS[at] as number;
  return after < 0 ? whole : keeps * keeps * after + whole * (1 - keeps * keeps);
}

/**
 * How much faster evidence varies than chance alone when the noise's part is `excess` times chance: a wandering one adds up over ticks,
 * (1 + ρ)/(1 − ρ) times in the long run. `share` of that surplus is counted.
 */
export function slowing(at: number, excess: number, share = 1): number {
  const keeps = DECAYS[at] as number;
  return 1 + excess * (1 + (share * 2 * keeps) / (1 - keeps));
}
