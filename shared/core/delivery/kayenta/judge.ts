import { type Classified, classify } from "./classify.ts";
import { optionsOf } from "./options.ts";
import { prepare } from "./prepare.ts";
import { scoreOf } from "./score.ts";
import { statsOf, wireNumber } from "./statistics.ts";
import type {
  CanaryAnalysisResult,
  CanaryConfig,
  CanaryJudgeResult,
  JudgeOptions,
  JudgeRequest,
  MetricSetPair,
} from "./types.ts";

/** Kayenta's own judge, whose numbers these are. */
const JUDGE = "NetflixACAJudge-v1.0";

/**
 * Kayenta's canary judge: each metric of the canary against the baseline's by a rank test, and a score of all of them. Total: what
 * cannot be judged is classified with a reason. A request from outside goes through `parseJudgeRequest` before.
 *
 * @param asked options over those of the configuration
 */
export function judge(request: JudgeRequest, asked: Partial<JudgeOptions> = {}): CanaryJudgeResult {
  const { canaryConfig, scoreThresholds, metricSetPairList } = request;
  const options = optionsOf(canaryConfig, asked);
  const results = metricSetPairList.map((pair) => judgeMetric(pair, canaryConfig, options));
  const weights = canaryConfig.classifier?.groupWeights ?? {};
  const { groupScores, score, classification, reason } = scoreOf(results, weights, scoreThresholds, options);
  return {
    judgeName: JUDGE,
    results,
    groupScores,
    score: { score, classification, classificationReason: reason },
  };
}

function judgeMetric(pair: MetricSetPair, config: CanaryConfig, options: JudgeOptions): CanaryAnalysisResult {
  const { name, id, tags, values } = pair;
  const metric = config.metrics.find((one) => one.name === name);
  const analysis = metric?.analysisConfigurations?.canary ?? {};
  const control = prepare(values.control ?? [], analysis);
  const experiment = prepare(values.experiment ?? [], analysis);
  const found: Classified = metric
    ? classify({ name, control, experiment, analysis }, options)
    : { classification: "Error", reason: `Could not find metric config for ${name}`, critical: false };
  const { classification, reason, ratio, test, critical } = found;
  return {
    name,
    ...(id === undefined ? {} : { id }),
    ...(tags === undefined ? {} : { tags }),
    classification,
    ...(reason === undefined ? {} : { classificationReason: reason }),
    groups: metric?.groups ?? [],
    experimentMetadata: { stats: statsOf(experiment) },
    controlMetadata: { stats: statsOf(control) },
    ...(ratio === undefined ? {} : { resultMetadata: { ratio: wireNumber(ratio), ...(test ? { test } : {}) } }),
    critical,
    muted: analysis.muted === true,
  };
}
