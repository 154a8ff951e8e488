/** How a release is judged: the sequential test, the platform's ratio rule, or Kayenta's judge. */
export type GateRule = "sequential" | "threshold" | "kayenta";

/** What a gate is told before the release; the same object goes with every tick. */
export interface GateSettings {
  readonly rule: GateRule;
  /** Chance of failing a good release over the whole watch; the test fails at a joint e-value of 1/alpha. */
  readonly alpha: number;
  /** Looks that are planned: over them what can be seen is told, and after them an undecided release is `time_over`. */
  readonly ticks: number;
  /** Distance of two looks, milliseconds. Only told in minutes: the test itself counts looks. */
  readonly everyMs: number;
  /** A release passes when it is shown to have fewer errors than this times the baseline's ... */
  readonly passErrors: number;
  /** ... and fewer slow requests than this times the baseline's. Twice as many are about p99 × 1.18 where latencies are lognormal. */
  readonly passSlow: number;
  readonly threshold: {
    /** Canary's error rate over the baseline's above which a look is bad. */
    readonly errorRatio: number;
    /** Canary's p99 over the baseline's above which a look is bad. */
    readonly p99Ratio: number;
    /** Bad looks in a row that fail the release; 1 is the platform's rule. */
    readonly looks: number;
  };
  readonly kayenta: {
    /** Score (0 to 100) at which Kayenta's judge passes, and below which it fails. */
    readonly pass: number;
    readonly marginal: number;
    /** Looks before the judge is asked; it needs tick values, of which a few say nothing. */
    readonly looks: number;
  };
}

export const GATE_DEFAULTS: GateSettings = {
  rule: "sequential",
  alpha: 0.05,
  ticks: 20,
  everyMs: 30_000,
  passErrors: 1.5,
  passSlow: 2,
  threshold: { errorRatio: 1.5, p99Ratio: 1.2, looks: 1 },
  kayenta: { pass: 95, marginal: 75, looks: 20 },
};
