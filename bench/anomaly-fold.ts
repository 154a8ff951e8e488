import { type Constants, HEADGATE } from "../shared/core/anomaly/detector/constants.ts";
import { scoreRows } from "../shared/core/anomaly/nab/score.ts";
import { PROFILES } from "../shared/core/anomaly/nab/types.ts";
import { prng } from "../shared/core/kernel/prng.ts";
import { type Heard, hear, speak } from "./anomaly-refit.ts";
import { corpus } from "./anomaly-series.ts";
import { type Row, row } from "./row.ts";

/** Proposals per half. */
const PROPOSALS = 400;
/** Fixed disturbances over which an objective is averaged: a single point gains one or two by luck. */
const DISTURBANCES = 6;
const DISTURBANCE = 0.15;
/** Thresholds around the best over which it is averaged as well, on the scale before the score is squeezed. */
const AROUND = [-0.24, -0.12, 0, 0.12, 0.24];
/** What a squared logarithmic step away from the start costs. */
const PULL = 1;

/** What is fitted: every weight, and the constants of mixing, silence and habit. */
const FITTED = [
  "recordFloor",
  "penalty",
  "refractoryFirst",
  "refractoryGrowth",
  "refractoryMax",
  "habit",
  "habitShare",
] as const;

/** The start: every weight 1 and round constants, whatever was found with all files in view. */
const START: Constants = {
  ...HEADGATE,
  weights: HEADGATE.weights.map(() => 1),
  recordFloor: 0.2,
  penalty: 0.1,
  refractoryFirst: 75,
  refractoryGrowth: 0.025,
  refractoryMax: 450,
  louder: 1.25,
  habit: 0.5,
  habitShare: 0.85,
  habitRows: 10_000,
};

/** Multiplies each fitted constant by its factor. */
function scaled(c: Constants, factors: readonly number[]): Constants {
  const at = (index: number) => factors[index] as number;
  const weights = c.weights.map((weight, index) => weight * at(index));
  const others = FITTED.map((name, index) => [name, c[name] * at(weights.length + index)]);
  return { ...c, weights, ...Object.fromEntries(others) };
}

const COUNT = START.weights.length + FITTED.length;

/** How well constants do on files, smoothed: mean over disturbances, thresholds around the best, standard and low FP. */
function objective(
  files: readonly Heard[],
  factors: readonly number[],
  disturbances: readonly (readonly number[])[],
): number {
  let sum = 0;
  for (const disturbance of disturbances) {
    const rows = speak(
      files,
      scaled(
        START,
        factors.map((factor, index) => factor * (disturbance[index] as number)),
      ),
    );
    const best = scoreRows(rows, PROFILES.standard).threshold;
    const z = Math.log(best / (1 - best));
    for (const shift of AROUND) {
      const threshold = best > 1 ? best : 1 / (1 + Math.exp(-z - shift));
      sum +=
        scoreRows(rows, PROFILES.standard, threshold).score + scoreRows(rows, PROFILES.rewardLowFP, threshold).score;
    }
  }
  const away = factors.reduce((total, factor) => total + Math.log(factor) ** 2, 0);
  return sum / disturbances.length / AROUND.length / 2 - PULL * away;
}

/** Fixed disturbances, drawn from a seed. */
function disturbancesOf(random: () => number): readonly (readonly number[])[] {
  return Array.from({ length: DISTURBANCES }, () =>
    Array.from({ length: COUNT }, () => 1 + DISTURBANCE * (2 * random() - 1)),
  );
}

/** The threshold that does best on files, averaged over disturbances: a single best one is luck. */
function steadyThreshold(files: readonly Heard[], c: Constants, seed: number): number {
  const disturbed = disturbancesOf(prng(seed)).map((disturbance) => speak(files, scaled(c, disturbance)));
  let best = 1.1;
  let reached = -Infinity;
  for (let z = -0.5; z <= 1.5; z += 0.02) {
    const threshold = 1 / (1 + Math.exp(-z));
    const sum = disturbed.reduce((total, rows) => total + scoreRows(rows, PROFILES.standard, threshold).score, 0);
    if (sum <= reached) continue;
    best = threshold;
    reached = sum;
  }
  return best;
}

/** Seeded hill climbing on one half; tells of nothing but that half. */
function refit(files: readonly Heard[], seed: number): Constants {
  const random = prng(seed);
  const disturbances = disturbancesOf(random);
  let best = Array<number>(COUNT).fill(1);
  let reached = objective(files, best, disturbances);
  for (let proposal = 0; proposal < PROPOSALS; proposal += 1) {
    const size = random() < 0.5 ? 0.06 : 0.25;
    const share = (1 + Math.floor(3 * random())) / COUNT;
    const factors = best.map((factor) =>
      random() < share ? factor * Math.exp(size * (2 * random() - 1) * 1.7) : factor,
    );
    const found = objective(files, factors, disturbances);
    if (found <= reached) continue;
    best = factors;
    reached = found;
  }
  return scaled(START, best);
}

/**
 * The figure to expect on files nobody has tuned on: weights and constants fitted on one half of the benchmark from weights of
 * 1, scored on the other half, both ways. Channels and their memories are the shipped ones.
 */
export async function bench(): Promise<readonly Row[]> {
  const heard = (await corpus()).map(hear);
  const halves = [heard.filter((_, index) => index % 2 === 0), heard.filter((_, index) => index % 2 === 1)] as const;
  const rows: Row[] = [];
  const reached: number[] = [];
  const stricter: number[] = [];
  for (const [index, name] of [
    [0, "fitted on even, scored on odd files"],
    [1, "fitted on odd, scored on even files"],
  ] as const) {
    const constants = refit(halves[index], 1 + index);
    const other = speak(halves[1 - index] as readonly Heard[], constants);
    const figure = scoreRows(other, PROFILES.standard).score;
    const inSample = scoreRows(speak(halves[index], constants), PROFILES.standard);
    const threshold = steadyThreshold(halves[index], constants, 11 + index);
    const strict = scoreRows(other, PROFILES.standard, threshold).score;
    reached.push(figure);
    stricter.push(strict);
    rows.push(
      row("anomaly-fold", { measure: `${name}, sweep on the scored half`, value: figure, unit: "NAB standard" }),
      row("anomaly-fold", {
        measure: `${name}, threshold of the fitted half as well`,
        value: strict,
        unit: "NAB standard",
      }),
      row("anomaly-fold", { measure: `${name}: the fitted half itself`, value: inSample.score, unit: "NAB standard" }),
    );
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  rows.push(
    row("anomaly-fold", {
      measure: "two-fold, mean of both ways, sweep on the scored half as the benchmark does",
      value: mean(reached),
      unit: "NAB standard",
      bar: 73,
      better: "higher",
    }),
    row("anomaly-fold", {
      measure: "two-fold, mean of both ways, threshold of the fitted half as well",
      value: mean(stricter),
      unit: "NAB standard",
    }),
  );
  return rows;
}
