/**
 * The wire form of Kayenta's remote judge (`POST /judge`), read in spinnaker/kayenta: `RemoteJudgeRequest`, `CanaryConfig`,
 * `MetricSetPair`, `CanaryJudgeResult`. Members that the judge does not look at may be there and are passed over.
 */
export interface JudgeRequest {
  readonly canaryConfig: CanaryConfig;
  readonly scoreThresholds: ScoreThresholds;
  readonly metricSetPairList: readonly MetricSetPair[];
}

/** Scores from which a canary passes, or passes marginally; 0 to 100. */
export interface ScoreThresholds {
  readonly pass: number;
  readonly marginal: number;
}

export interface CanaryConfig {
  readonly metrics: readonly CanaryMetricConfig[];
  readonly classifier?: { readonly groupWeights?: Readonly<Record<string, number>> };
  /** `judgeConfigurations.headgate` holds {@link JudgeOptions}. */
  readonly judge?: { readonly judgeConfigurations?: { readonly headgate?: Partial<JudgeOptions> } };
}

export interface CanaryMetricConfig {
  readonly name: string;
  /** A metric without a group has no part in the score. */
  readonly groups?: readonly string[];
  readonly analysisConfigurations?: { readonly canary?: CanaryAnalysis };
}

/** How one metric is judged. Words that Kayenta does not know mean its default, as there. */
export interface CanaryAnalysis {
  /** "increase", "decrease" or "either" (default): which way is bad. */
  readonly direction?: string;
  /** "remove" (default) or "replace" (by 0). */
  readonly nanStrategy?: string;
  readonly critical?: boolean;
  readonly mustHaveData?: boolean;
  /** Judged and told, without a part in the score. */
  readonly muted?: boolean;
  readonly effectSize?: {
    /** "meanRatio" (default) or "cles". */
    readonly measure?: string;
    readonly allowedIncrease?: number;
    readonly allowedDecrease?: number;
    readonly criticalIncrease?: number;
    readonly criticalDecrease?: number;
  };
  readonly outliers?: {
    /** "keep" (default) or "remove". */
    readonly strategy?: string;
    /** Quartile distances beyond the quartiles; default 3. */
    readonly outlierFactor?: number;
  };
}

/** One metric of both sides. NaN is a period without a value. */
export interface MetricSetPair {
  readonly name: string;
  readonly id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly values: { readonly control?: readonly number[]; readonly experiment?: readonly number[] };
}

/**
 * Where this judge departs from Kayenta's, all off by default: the numbers are Kayenta's then. See docs/delivery-kayenta.md for the
 * fault that each of them mends.
 */
export interface JudgeOptions {
  /** Roots are exact differences of two values, whatever the metric's scale; Kayenta's are within an absolute 1e-4. */
  readonly exactRoots: boolean;
  /** A metric that could not be judged counts as one that did not pass, and a critical one stays critical. */
  readonly errorsFail: boolean;
  /** Weights are those of the groups that have data, scaled to 100 together. */
  readonly normaliseWeights: boolean;
  /** A side without values is Nodata also where NaN is replaced. */
  readonly emptyIsNodata: boolean;
  /** The interval must clear this share of the baseline's mean, too; 0.05 is 5 %. */
  readonly minimumShift: number;
  /** Adds the numbers of the test to `resultMetadata`. */
  readonly explain: boolean;
}

export type MetricClass = "Pass" | "High" | "Low" | "Nodata" | "NodataFailMetric" | "Error";

export type ScoreClass = "Pass" | "Marginal" | "Fail";

/** A number as Jackson writes it: JSON has no NaN. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface MetricStats {
  readonly min: WireNumber;
  readonly max: WireNumber;
  readonly mean: WireNumber;
  readonly std: WireNumber;
  readonly count: number;
}

/** Numbers behind a classification, only with `explain`. Differences are experiment minus control, in the metric's unit. */
export interface MetricNumbers {
  readonly shift: WireNumber;
  readonly low: WireNumber;
  readonly high: WireNumber;
  /** What the effect's bounds were compared with: mean ratio or common language effect size. */
  readonly effect: WireNumber;
  /** The bound that the interval had to clear. */
  readonly bound: WireNumber;
  readonly z: WireNumber;
  /** Two-sided, of "no shift". */
  readonly pValue: WireNumber;
}

export interface CanaryAnalysisResult {
  readonly name: string;
  readonly id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly classification: MetricClass;
  readonly classificationReason?: string;
  readonly groups: readonly string[];
  readonly experimentMetadata: { readonly stats: MetricStats };
  readonly controlMetadata: { readonly stats: MetricStats };
  /** Absent for an Error. */
  readonly resultMetadata?: { readonly ratio: WireNumber; readonly test?: MetricNumbers };
  readonly critical: boolean;
  readonly muted: boolean;
}

export interface CanaryJudgeGroupScore {
  readonly name: string;
  readonly score: number;
  /** Kayenta leaves both empty. */
  readonly classification: "";
  readonly classificationReason: "";
}

export interface CanaryJudgeResult {
  readonly judgeName: string;
  readonly results: readonly CanaryAnalysisResult[];
  readonly groupScores: readonly CanaryJudgeGroupScore[];
  readonly score: {
    readonly score: number;
    readonly classification: ScoreClass;
    /** Empty unless the score was set to 0. */
    readonly classificationReason: string;
  };
}
