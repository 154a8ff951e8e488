import type { Millis } from "../../kernel/time.ts";
import type { Channel } from "./channels.ts";

/**
 * From this score on a row is an alarm. One threshold serves all three profiles of the Numenta Anomaly Benchmark; it is not
 * a probability.
 */
export const ALARM_SCORE = 0.5595;

export interface DetectorOptions {
  /** IANA zone in which the series has its days and weeks; default "UTC". May differ from that of the saved state. */
  readonly timezone?: string;
}

/** What was found about the last row. */
export interface Scored {
  /** 0..1; 0 while nothing speaks and in the silence after an alarm. */
  readonly score: number;
  /** The channel that spoke loudest; absent at score 0. */
  readonly kind?: Channel;
  /** What was expected before the row was seen: the likeliest value, and the band that 99.5 % of rows stay in. */
  readonly expected?: { readonly low: number; readonly high: number; readonly value: number };
  /** The score before it is squeezed: log(score / (1 - score)). Absent at score 0. */
  readonly z?: number;
  /** The first day of a series: scored, but too little is known to wake anybody. */
  readonly learning: boolean;
}

/** "fine": nobody wants to hear of the like again. "bad": it must never become the normal. */
export type Verdict = "fine" | "bad";

export interface Detector {
  /**
   * Scores a row, then learns it. Timestamps may repeat, step back, be missing or irregular. A value or time that is no
   * finite number scores 0 and changes nothing.
   */
  push(at: Millis, value: number): number;
  detail(): Scored;
  /** Everything it knows, at most 6 KB. */
  save(): Uint8Array<ArrayBuffer>;
  /**
   * A person's word on the row at `at`, which scored `score` (0: it had said nothing). Kept for good: it does not fade with
   * the ordinary learning, and it costs no further memory.
   */
  feedback(verdict: Verdict, at: Millis, score: number): void;
}
