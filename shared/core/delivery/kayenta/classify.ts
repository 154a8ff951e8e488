import { AllTied, commonLanguageEffect, rankSumZ, type Samples, type Shift, shiftOf } from "./mann-whitney.ts";
import { twoSidedTail } from "./normal.ts";
import { ascending, withNoise } from "./prepare.ts";
import { mean, wireNumber } from "./statistics.ts";
import type { CanaryAnalysis, JudgeOptions, MetricClass, MetricNumbers } from "./types.ts";

/** Both are fixed in `NetflixACAJudge`: the settings of the same names are read there and not used. */
const CONFIDENCE = 0.98;
const TOLERANCE = 0.25;

export interface Classified {
  readonly classification: MetricClass;
  readonly reason?: string;
  readonly critical: boolean;
  /** Mean of the experiment over that of the control; NaN where one of them is 0. Absent for an Error. */
  readonly ratio?: number;
  readonly test?: MetricNumbers;
}

interface Metric {
  readonly name: string;
  readonly control: readonly number[];
  readonly experiment: readonly number[];
  readonly analysis: CanaryAnalysis;
}

/** One metric of prepared values, in the order of Kayenta's `MannWhitneyClassifier`. Never throws. */
export function classify({ name, control, experiment, analysis }: Metric, options: JudgeOptions): Classified {
  const critical = analysis.critical === true;
  const replaced = analysis.nanStrategy === "replace" && !options.emptyIsNodata;
  if (control.length === 0 || experiment.length === 0) {
    if (replaced) return { classification: "Pass", critical: false, ratio: 1 };
    const needed = analysis.mustHaveData === true && !critical;
    const classification = needed ? "NodataFailMetric" : "Nodata";
    return { classification, reason: `Missing data for ${name}`, critical, ratio: 1 };
  }
  const [sortedControl, sortedExperiment] = [ascending(control), ascending(experiment)];
  if (
    sortedControl.length === sortedExperiment.length &&
    sortedControl.every((value, index) => value === sortedExperiment[index])
  )
    return { classification: "Pass", reason: "The Canary and Baseline data are identical", critical: false, ratio: 1 };
  const [one] = control;
  if ([...control, ...experiment].every((value) => value === one))
    return { classification: "Pass", critical: false, ratio: 1 };
  const [noisyExperiment, noisyControl] = withNoise(experiment, control);
  const samples = { x: ascending(noisyExperiment), y: ascending(noisyControl) };
  const ratio = meanRatio(noisyControl, noisyExperiment);
  try {
    const shift = shiftOf(samples, CONFIDENCE, options.exactRoots);
    return { ...compare(name, samples, shift, ratio, analysis, options, Math.abs(mean(control))), ratio };
  } catch (error) {
    if (!(error instanceof AllTied || error instanceof RangeError)) throw error;
    const reason = "Metric Classification Failed";
    return { classification: "Error", reason, critical: options.errorsFail && critical };
  }
}

function meanRatio(control: readonly number[], experiment: readonly number[]): number {
  const [below, above] = [mean(control), mean(experiment)];
  return below === 0 || above === 0 ? Number.NaN : above / below;
}

function compare(
  name: string,
  samples: Samples,
  shift: Shift,
  ratio: number,
  analysis: CanaryAnalysis,
  options: JudgeOptions,
  baseline: number,
): Pick<Classified, "classification" | "reason" | "critical" | "test"> {
  const { measure, ...bounds } = analysis.effectSize ?? {};
  const cles = measure === "cles";
  const effect = cles ? commonLanguageEffect(samples) : ratio;
  const none = cles ? 0.5 : 1;
  // An effect that cannot be computed is passed over.
  const above = (limit = none): boolean => Number.isNaN(effect) || effect >= limit;
  const below = (limit = none): boolean => Number.isNaN(effect) || effect <= limit;
  const bound = Math.max(TOLERANCE * Math.abs(shift.estimate), options.minimumShift * baseline);
  const { direction } = analysis;
  const critical = analysis.critical === true;
  const test = options.explain ? { test: numbers(samples, shift, effect, bound) } : {};
  const told = (classification: "High" | "Low", isCritical: boolean) => {
    const reason = isCritical
      ? `The metric ${name} was classified as ${classification} (Critical)`
      : `${name} was classified as ${classification}`;
    return { classification, reason, critical: isCritical, ...test };
  };
  if (direction !== "decrease" && shift.low > bound && above(bounds.allowedIncrease))
    return told("High", critical && above(bounds.criticalIncrease));
  if (direction !== "increase" && shift.high < -bound && below(bounds.allowedDecrease))
    return told("Low", critical && below(bounds.criticalDecrease));
  return { classification: "Pass", critical: false, ...test };
}

function numbers(samples: Samples, shift: Shift, effect: number, bound: number): MetricNumbers {
  const z = rankSumZ(samples, 0);
  return {
    shift: wireNumber(shift.estimate),
    low: wireNumber(shift.low),
    high: wireNumber(shift.high),
    effect: wireNumber(effect),
    bound: wireNumber(bound),
    z: wireNumber(z),
    pValue: wireNumber(twoSidedTail(z)),
  };
}
