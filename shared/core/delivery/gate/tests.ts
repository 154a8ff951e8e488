import {
  EVENTS_FROM,
  MARGIN,
  MOST_EVIDENCE,
  massAfter,
  NOISES,
  type Noise,
  onsetMass,
  SKEWED_FROM,
  WORSE,
} from "./constants.ts";
import { distanceOf, logOdds, type Split } from "./odds.ts";
import type { GateMetric } from "./types.ts";
import { slowing } from "./wander.ts";

/** Evidence under each noise: accumulators of the ratios of the fail test in order, and the log of the pass test. */
export interface Evidences {
  readonly worse: readonly number[];
  readonly pass: readonly number[];
}

export const noEvidence = (metric: GateMetric): Evidences => ({
  worse: NOISES.flatMap(() => WORSE[metric].map(() => 0)),
  pass: NOISES.map(() => 0),
});

/** Half of the surplus of wandering is counted in the pass test: it ends early, before all of that has added up. */
const PASS_SHARE = 0.5;

/** With one look, the `look`th (from 1) of the metric. */
export function withLook(was: Evidences, metric: GateMetric, split: Split, look: number, passRatio: number): Evidences {
  const { c, b, q } = split;
  const n = c + b;
  const ratios = WORSE[metric];
  const mass = onsetMass(look);
  const odds = ratios.map(([ratio]) => logOdds(split, ratio));
  const passOdds = -logOdds(split, passRatio);
  const { y, chance } = n > 0 ? distanceOf(split) : { y: 0, chance: 1 };
  const worse: number[] = [];
  const pass: number[] = [];
  for (let at = 0; at < NOISES.length; at += 1) {
    const { tau } = NOISES[at] as Noise;
    const excess = Math.max(0, n - 1) * q * (1 - q) * 2 * tau * tau * MARGIN;
    const slow = slowing(at, excess);
    // Where noise is more than chance, rates are near to lognormal: a likelihood of counts would take its long tail for evidence.
    const skewed = n > 0 && excess > SKEWED_FROM && chance <= 1 / EVENTS_FROM;
    for (let j = 0; j < ratios.length; j += 1) {
      const [ratio, weight] = ratios[j] as readonly [number, number];
      const d = Math.log(ratio);
      const log = skewed ? (d * y - (d * d) / 2) / (chance * slow) : (odds[j] as number) / slow;
      const before = (was.worse[at * ratios.length + j] as number) + mass * weight;
      worse.push(Math.min(MOST_EVIDENCE, before * Math.exp(log)));
    }
    pass.push((was.pass[at] as number) + passOdds / slowing(at, excess, PASS_SHARE));
  }
  return { worse, pass };
}

/** E-value of each noise after `looks` looks. */
export function eValues({ worse }: Evidences, metric: GateMetric, looks: number): readonly number[] {
  const { length } = WORSE[metric];
  const rest = massAfter(looks);
  return NOISES.map((_, at) => {
    let sum = rest;
    for (let j = 0; j < length; j += 1) sum += worse[at * length + j] as number;
    return sum;
  });
}
