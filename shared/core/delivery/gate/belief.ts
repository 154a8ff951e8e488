import { APART_POWER, NOISES, SCEPTICISM, TRUSTED, WANDERS } from "./constants.ts";

/** What is believed of the noise: the chance that rates wander, and of each noise among those alike (fresh ones and wandering ones). */
export interface Belief {
  readonly wanders: number;
  /** Per metric, in the order given. */
  readonly noises: readonly (readonly number[])[];
}

/** Log priors, each kind for itself. `history`: ticks of the baseline before the release. */
export function logPriors(history: number): readonly number[] {
  const none = 1 - SCEPTICISM * Math.max(0, 1 - history / TRUSTED);
  const weights = NOISES.map(({ tau, prior }) => (tau === 0 ? prior * none : prior));
  const sum = (wanders: boolean) =>
    NOISES.reduce((all, noise, at) => all + (noise.wanders === wanders ? (weights[at] as number) : 0), 0);
  const fresh = sum(false);
  const wandering = sum(true);
  return NOISES.map(({ wanders }, at) => Math.log((weights[at] as number) / (wanders ? wandering : fresh)));
}

/**
 * Bayes' rule over the noises. Whether rates wander is one question for all metrics; how much, and how much they jitter, is one for each.
 * `metrics`: log likelihoods of the baseline's ticks and of the arms' differences.
 */
export function beliefOf(
  priors: readonly number[],
  metrics: readonly { readonly baseline: readonly number[]; readonly apart: readonly number[] }[],
): Belief {
  let fresh = Math.log(1 - WANDERS);
  let wandering = Math.log(WANDERS);
  const noises = metrics.map(({ baseline, apart }) => {
    const logs = NOISES.map(
      (_, at) => (priors[at] as number) + (baseline[at] as number) + APART_POWER * (apart[at] as number),
    );
    const most = Math.max(...logs);
    const weights = logs.map((log) => Math.exp(log - most));
    let ofFresh = Number.MIN_VALUE;
    let ofWandering = Number.MIN_VALUE;
    for (const [at, { wanders }] of NOISES.entries()) {
      if (wanders) ofWandering += weights[at] as number;
      else ofFresh += weights[at] as number;
    }
    fresh += Math.log(ofFresh);
    wandering += Math.log(ofWandering);
    return weights.map((weight, at) => weight / (NOISES[at]?.wanders ? ofWandering : ofFresh));
  });
  return { wanders: 1 / (1 + Math.exp(fresh - wandering)), noises };
}

/** Mean of a value of each noise under what is believed of one metric. */
export function believed({ wanders, noises }: Belief, metric: number, values: readonly number[]): number {
  const weights = noises[metric] ?? [];
  let sum = 0;
  for (const [at, noise] of NOISES.entries()) {
    sum += (noise.wanders ? wanders : 1 - wanders) * (weights[at] ?? 0) * (values[at] as number);
  }
  return sum;
}
