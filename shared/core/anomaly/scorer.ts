import type { AnomalyConfig, Signal } from "./config.ts";
import { createDetector, loadDetector } from "./detector/detector.ts";
import type { Millis } from "../kernel/time.ts";
import type { Seen } from "./types.ts";

/** One series' detector as the rest of the domain uses it, whichever is configured. */
export interface Scorer {
  /** Scores a point and learns from it; the score, 0..1. */
  push(at: Millis, value: number): number;
  /** What was found about the last point. */
  detail(): Seen;
  /** Everything it knows, at most 6 KB. Loading it gives the same scores to the bit. */
  save(): Uint8Array;
  feedback(verdict: "fine" | "bad", at: Millis, score: number): void;
}
