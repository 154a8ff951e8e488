import type { Millis } from "../kernel/time.ts";
import { createDetector, loadDetector } from "./detector/detector.ts";
import type { Verdict } from "./detector/types.ts";
import { createGaussian } from "./gaussian.ts";
import { createSeed, type SeedRole } from "./seed.ts";

/** Every detector that can be named: ours, the platform's original rules, and the benchmark's simplest. */
export const DETECTORS = ["headgate", "seed", "gaussian"] as const;
export type NamedDetectorName = (typeof DETECTORS)[number];

/** What the detectors have in common; what one cannot do is absent. */
export interface NamedDetector {
  push(at: Millis, value: number): number;
  detail?(): {
    readonly score: number;
    readonly kind?: string;
    readonly expected?: { readonly low: number; readonly high: number; readonly value: number };
    readonly z?: number;
    readonly learning: boolean;
  };
  save?(): Uint8Array<ArrayBuffer>;
  feedback?(verdict: Verdict, at: Millis, score: number): void;
}

export interface NamedOptions {
  /** IANA zone of the series' days and weeks (headgate); default "UTC". */
  readonly timezone?: string;
  /** The rule of the seed detector; default "latency". */
  readonly role?: SeedRole;
  /** What `save` gave before: go on from there. */
  readonly state?: Uint8Array;
}

/**
 * A detector by its name.
 *
 * @throws HeadgateError `input.invalid` for a state that is not this detector's, or a time zone that is none.
 */
export function createNamed(name: NamedDetectorName, options: NamedOptions = {}): NamedDetector {
  const { timezone, role, state } = options;
  switch (name) {
    case "headgate": {
      const zone = timezone === undefined ? {} : { timezone };
      return state ? loadDetector(state, zone) : createDetector(zone);
    }
    case "seed":
      return createSeed({ ...(role ? { role } : {}), ...(state ? { state } : {}) });
    case "gaussian":
      return createGaussian();
  }
}
