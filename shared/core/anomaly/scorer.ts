import type { Millis } from "../kernel/time.ts";
import type { AnomalyConfig, Signal } from "./config.ts";
import { createDetector, loadDetector } from "./detector/detector.ts";
import { createSeed } from "./seed.ts";
import type { Seen } from "./types.ts";

/** One series' detector as the rest of the domain uses it, whichever is configured. */
export interface Scorer {
  /** Scores a point and learns from it; the score, 0..1. */
  push(at: Millis, value: number): number;
  /** What was found about the last point. */
  detail(): Seen;
  /** Everything it knows, at most 8 KB. Loading it gives the same scores to the bit. */
  save(): Uint8Array;
  /** A person's word on a point. The seed rules do not learn from it. */
  feedback(verdict: "fine" | "bad", at: Millis, score: number): void;
}

/**
 * The detector of a signal, from its saved state or new.
 *
 * @throws HeadgateError `input.invalid` for bytes that are not this detector's
 */
export function openScorer(
  { detector, timezone }: Pick<AnomalyConfig, "detector" | "timezone">,
  signal: Pick<Signal, "role" | "unit">,
  state: Uint8Array | undefined,
): Scorer {
  if (detector === "seed") return seedScorer(signal, state);
  return state ? loadDetector(state, { timezone }) : createDetector({ timezone });
}

/** The seed limits of errors (0.05) and resources (0.9) are fractions; what is measured in percent is divided by 100 for it. */
function seedScorer({ role, unit }: Pick<Signal, "role" | "unit">, state: Uint8Array | undefined): Scorer {
  const seed = createSeed({ role, ...(state ? { state } : {}) });
  const scale = unit === "percent" && (role === "errors" || role === "saturation") ? 100 : 1;
  return {
    push: (at, value) => seed.push(at, value / scale),
    detail: () => {
      const { expected, ...found } = seed.detail();
      if (!expected) return found;
      return {
        ...found,
        expected: { low: expected.low * scale, high: expected.high * scale, value: expected.value * scale },
      };
    },
    save: () => seed.save(),
    feedback: () => undefined,
  };
}
