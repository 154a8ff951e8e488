import type {
  CanaryAnalysisResult,
  CanaryJudgeGroupScore,
  JudgeOptions,
  ScoreClass,
  ScoreThresholds,
} from "./types.ts";

/** From this share of metrics without data on, in percent, the score is 0. */
const NODATA_PERCENT = 50;

interface Group {
  readonly name: string;
  /** 0 to 100; 0 where nothing was judged. */
  readonly score: number;
  readonly judged: boolean;
}

type Weights = Readonly<Record<string, number>>;

/** Two decimals, halves away from 0, as decimals are written and not as they are held. */
function rounded(value: number): number {
  const size = Math.abs(value);
  if (size < 1e-6 || size >= 1e15) return size < 1e-6 ? 0 : value;
  return Math.sign(value) * Number(`${Math.round(Number(`${size}e2`))}e-2`);
}

function groupsOf(results: readonly CanaryAnalysisResult[], options: JudgeOptions): readonly Group[] {
  const counts = new Map<string, { passed: number; judged: number }>();
  for (const { groups, classification } of results) {
    const counted = classification !== "Nodata" && (classification !== "Error" || options.errorsFail);
    for (const name of groups) {
      const count = counts.get(name) ?? { passed: 0, judged: 0 };
      if (counted) count.judged += 1;
      if (classification === "Pass") count.passed += 1;
      counts.set(name, count);
    }
  }
  return [...counts].map(([name, { passed, judged }]) => ({
    name,
    score: judged === 0 ? 0 : (passed / judged) * 100,
    judged: judged > 0,
  }));
}

/** What Kayenta does: groups without a weight share what is left of 100, and a group without data counts as 100. */
function weightedScore(groups: readonly Group[], weights: Weights): number {
  const weightless = groups.filter(({ name }) => !Object.hasOwn(weights, name)).length;
  const given = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const share = weightless > 0 ? (100 - given) / weightless : 0;
  return groups.reduce((sum, { name, score, judged }) => {
    const weight = Object.hasOwn(weights, name) ? (weights[name] as number) : share;
    return sum + (judged ? score : 100) * (weight / 100);
  }, 0);
}

/** Only groups with data weigh, and together 100; all alike where no weight is left for them. */
function normalisedScore(groups: readonly Group[], weights: Weights): number {
  const judged = groups.filter((group) => group.judged);
  const weightless = judged.filter(({ name }) => !Object.hasOwn(weights, name)).length;
  const given = judged.reduce(
    (sum, { name }) => sum + (Object.hasOwn(weights, name) ? (weights[name] as number) : 0),
    0,
  );
  const share = weightless > 0 ? Math.max(0, 100 - given) / weightless : 0;
  const weightOf = ({ name }: Group): number => (Object.hasOwn(weights, name) ? (weights[name] as number) : share);
  const total = judged.reduce((sum, group) => sum + weightOf(group), 0);
  return judged.reduce(
    (sum, group) => sum + group.score * (total > 0 ? weightOf(group) / total : 1 / judged.length),
    0,
  );
}

export interface Scored {
  readonly groupScores: readonly CanaryJudgeGroupScore[];
  readonly score: number;
  readonly classification: ScoreClass;
  readonly reason: string;
}

/** Score of all metrics that are not muted, as Kayenta's `WeightedSumScorer` and `ThresholdScoreClassifier` have it. */
export function scoreOf(
  results: readonly CanaryAnalysisResult[],
  weights: Weights,
  thresholds: ScoreThresholds,
  options: JudgeOptions,
): Scored {
  const heard = results.filter(({ muted }) => !muted);
  const groups = groupsOf(heard, options);
  const failed = heard.find(({ critical, classification }) => critical && classification !== "Pass");
  const nodata = heard.filter(({ classification }) => classification === "Nodata").length;
  const reason = failed
    ? `Canary Failed: ${failed.classificationReason ?? failed.name}`
    : heard.length > 0 && (nodata / heard.length) * 100 >= NODATA_PERCENT
      ? `Canary Failed: ${NODATA_PERCENT}% or more metrics returned NODATA`
      : "";
  const summed = options.normaliseWeights ? normalisedScore(groups, weights) : weightedScore(groups, weights);
  const score = reason === "" ? rounded(summed) : 0;
  return {
    groupScores: groups.map((group) => ({
      name: group.name,
      score: group.score,
      classification: "",
      classificationReason: "",
    })),
    score,
    classification: score >= thresholds.pass ? "Pass" : score >= thresholds.marginal ? "Marginal" : "Fail",
    reason,
  };
}
