/** What one arm served in one tick. `errors` and `slow` are parts of `requests`. */
export interface ArmCounts {
  readonly requests: number;
  readonly errors: number;
  /** Slower than the baseline's known normal p99; absent: not counted, and the slow metric has no part in the verdict. */
  readonly slow?: number;
  /** Only the rules `threshold` and `kayenta` look at it. */
  readonly p99Ms?: number;
}

/** One look. An arm that is absent is not known (which is not zero). */
export interface GateTick {
  /** Seconds since the gate began; ticks come in order, a tick that is not later than the last one changes nothing. */
  readonly t: number;
  readonly canary?: ArmCounts;
  readonly baseline?: ArmCounts;
}

/** A tick of the baseline alone, from before the release. */
export type HistoryTick = ArmCounts;

/**
 * `continue`: go on looking. `fail`: the release is worse; it stays failed. `pass`: it is shown not to be worse by the ratios
 * of the rule; the fail test goes on. `insufficient`: no data, or so little that a release worse by 1.5 × could not be seen: never a pass.
 */
export type GateVerdict = "continue" | "fail" | "pass" | "insufficient";

/** How a verdict came about. Stable; messages may change. */
export type GateReason =
  | "more_errors"
  | "more_slow_requests"
  | "more_errors_and_slow_requests"
  | "above_error_threshold"
  | "above_p99_threshold"
  | "judge_score"
  | "not_worse"
  | "undecided"
  | "no_canary_data"
  | "no_baseline_data"
  | "no_data"
  | "not_visible"
  | "time_over"
  | "counts_invalid"
  | "repeated_tick"
  | "failed_before";

export type GateMetric = "errors" | "slow";

/** What is known of one metric after a tick. */
export interface MetricEvidence {
  readonly metric: GateMetric;
  /** E-value against "not worse"; 1 is no evidence. */
  readonly eValue: number;
  /** Evidence (log) that it is not worse by `passRatio`, and what it has to reach. */
  readonly passLog: number;
  readonly passLimit: number;
  readonly passRatio: number;
  readonly cleared: boolean;
  readonly canary: { readonly count: number; readonly requests: number };
  readonly baseline: { readonly count: number; readonly requests: number };
  /** Canary's rate over the baseline's, and its 95 % interval (calibrated, not guaranteed); absent where a side has none. */
  readonly ratio?: number;
  readonly ratioLow?: number;
  readonly ratioHigh?: number;
  /** Squared relative jitter of one arm's rate in one tick. */
  readonly tau2: number;
  /** Overdispersion of this tick. */
  readonly phi: number;
  /** The smallest ratio that would be seen with 80 % power in the planned time at this traffic; absent: none. */
  readonly visibleRatio?: number;
}

/** The numbers behind a verdict. Plain JSON. */
export interface GateEvidence {
  readonly rule: "sequential" | "threshold" | "kayenta";
  /** Ticks judged, this one included. */
  readonly tick: number;
  /** Tick (number and seconds) at which it failed or passed. */
  readonly decidedTick?: number;
  readonly decidedT?: number;
  /** Sequential: joint e-value, and the limit it fails at (1/alpha). */
  readonly joint?: number;
  readonly limit?: number;
  readonly alpha?: number;
  readonly kappa?: number;
  /** Ticks of the baseline's history that were used. */
  readonly historyTicks?: number;
  readonly metrics?: readonly MetricEvidence[];
  /** The smallest error ratio visible at this traffic in the planned time; null: none at all. */
  readonly visibleRatio?: number | null;
  /** Threshold: what was compared; Kayenta: scores. */
  readonly values?: Readonly<Record<string, number | string | null>>;
  readonly missing?: { readonly ticks: number; readonly share: number };
}

export interface GateStep<State> {
  readonly state: State;
  readonly verdict: GateVerdict;
  readonly reason: GateReason;
  /** One sentence for a person. */
  readonly text: string;
  readonly evidence: GateEvidence;
}
