import type { Millis } from "../../kernel/time.ts";

/** One labelled series: rows in file order (timestamps may repeat or step back) and the windows in which an alarm is right. */
export interface LabelledSeries {
  readonly name: string;
  readonly times: readonly Millis[] | Float64Array;
  readonly values: readonly number[] | Float64Array;
  /** First and last timestamp of each window, both inclusive, both equal to a row's. */
  readonly windows: readonly (readonly [Millis, Millis])[];
}

/** One series with a detector's score in [0, 1] for each row. */
export interface ScoredSeries {
  readonly name: string;
  readonly times: readonly Millis[] | Float64Array;
  readonly scores: readonly number[] | Float64Array;
  readonly windows: readonly (readonly [Millis, Millis])[];
}

/** What a right, a missed and a false alarm are worth. */
export interface Profile {
  readonly tpWeight: number;
  readonly fnWeight: number;
  readonly fpWeight: number;
}

/** The three profiles of the Numenta Anomaly Benchmark (`config/profiles.json`; its tnWeight is used nowhere). */
export const PROFILES = {
  standard: { tpWeight: 1, fnWeight: 1, fpWeight: 0.11 },
  rewardLowFP: { tpWeight: 1, fnWeight: 1, fpWeight: 0.22 },
  rewardLowFN: { tpWeight: 1, fnWeight: 2, fpWeight: 0.11 },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** A corpus scored under one profile. */
export interface ProfileScore {
  /** 0: nothing is ever detected, 100: every window on its first row and nothing else. May be negative. */
  readonly score: number;
  /** Rows scoring at least this are detections; 1.1 detects nothing. */
  readonly threshold: number;
  /** Windows with at least one detection. */
  readonly detected: number;
  /** Detected rows outside every window, after the probation. */
  readonly falsePositives: number;
}

/** The three totals at their own best thresholds; threshold, detected and falsePositives are those of the standard profile. */
export interface CorpusScore {
  readonly standard: number;
  readonly rewardLowFP: number;
  readonly rewardLowFN: number;
  readonly threshold: number;
  readonly windows: number;
  readonly detected: number;
  readonly falsePositives: number;
  readonly profiles: Readonly<Record<ProfileName, ProfileScore>>;
}
