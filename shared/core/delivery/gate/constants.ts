import type { GateMetric } from "./types.ts";

/** Ratios of the fail test and how likely each is held before the release. Chosen by simulation, see docs/delivery-gate.md. */
export const WORSE: Readonly<Record<GateMetric, readonly (readonly [ratio: number, weight: number])[]>> = {
  errors: [
    [1.5, 0.75],
    [2.2, 0.15],
    [3.4, 0.1],
  ],
  slow: [
    [1.5, 0.08],
    [2.1, 0.8],
    [4, 0.12],
  ],
};

/** Share of the joint e-value each metric has. */
export const METRIC_WEIGHT: Readonly<Record<GateMetric, number>> = { errors: 0.6, slow: 0.4 };

/** Mass of "worse from the first look on", of "from one of the looks until the twentieth", and of any later one. */
export const AT_ONCE = 0.76;
const SOON = 0.19;
const LATER = 0.05;
const SOON_LOOKS = 20;

/** Mass of "it began to be worse at this look", the first being 1. All looks together have 1, so the test never ends. */
export function onsetMass(look: number): number {
  if (look === 1) return AT_ONCE;
  return look <= SOON_LOOKS ? SOON / (SOON_LOOKS - 1) : (LATER * SOON_LOOKS) / (look * (look - 1));
}

/** Mass of "it begins to be worse after this look"; the sum of {@link onsetMass} beyond it. */
export function massAfter(look: number): number {
  if (look === 0) return 1;
  return look <= SOON_LOOKS ? LATER + (SOON * (SOON_LOOKS - look)) / (SOON_LOOKS - 1) : (LATER * SOON_LOOKS) / look;
}

/** How fast the noise of an arm forgets: correlation of one tick with the next. Rates that wander do so over some minutes. */
export const KEEPS = 0.8;

/** A kind of noise: jitter of one arm's rate in a tick (relative deviation), alone or wandering over ticks. */
export interface Noise {
  readonly tau: number;
  readonly wanders: boolean;
  /** How likely it is held among those that wander as well, or as little. */
  readonly prior: number;
}

/** Fresh jitter of every tick: none is likely; 27 % is what busy services show. */
const FRESH: readonly (readonly [tau: number, prior: number])[] = [
  [0, 0.5],
  [0.1, 0.12],
  [0.18, 0.12],
  [0.27, 0.12],
  [0.38, 0.08],
  [0.6, 0.06],
];
/** Wandering; none is among them, since one metric may wander while the other does not. */
const WANDERING: readonly (readonly [tau: number, prior: number])[] = [
  [0, 0.2],
  [0.1, 0.05],
  [0.17, 0.3],
  [0.28, 0.25],
  [0.45, 0.2],
];

export const NOISES: readonly Noise[] = [
  ...FRESH.map(([tau, prior]) => ({ tau, prior, wanders: false })),
  ...WANDERING.map(([tau, prior]) => ({ tau, prior, wanders: true })),
];

/** How likely wandering is held before anything is known. */
export const WANDERS = 0.47;
/** Of the likelihood of "no jitter" so much is taken away without any history, and nothing from so many ticks on. */
export const SCEPTICISM = 0.2;
export const TRUSTED = 40;

/** Power of the likelihood of the arms' differences: the baseline's part in them is counted among its own ticks already. */
export const APART_POWER = 0.9;
/** Most that one look may say (log) for a noise against none: a sudden fault is not noise because it is large. */
export const APART_MOST = 2;

/** Jitter by which a baseline's tick may differ, and how many deviations; more is cut off: an incident is not the normal noise. */
export const CUT_TAU2 = 0.06;
export const CUT_AT = 3;
/** Baseline ticks that are learned from. */
export const LEARNED = 240;
/** From this many on they are folded into sums; until then they are kept and weighed anew with every look. */
export const FOLDED = 40;

/** Noise is taken for this much larger in the tests than it was measured: noises lie between those listed, and rates are skewed. */
export const MARGIN = 1.25;
/** From this noise (times chance) and this many events (weighed by the split) on, the arms' distance is nearer to normal than counts are. */
export const SKEWED_FROM = 0.4;
export const EVENTS_FROM = 2;
/** Evidence is capped: a state is JSON, which knows no infinity. */
export const MOST_EVIDENCE = 1e100;

/** By how much the limit rises for each planned time that a watch goes on after it, so that a bake adds few false failures. */
export const RISE = 1;
