import type { NamedSignal } from "../../shared/core/anomaly/signals.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ScoreTarget } from "./targets.ts";

/** Points wanted of one signal: from `from` (inclusive) on, as far as they are final. */
export interface Wanted {
  readonly target: ScoreTarget;
  readonly signal: NamedSignal;
  readonly from: Millis;
  /** Now. */
  readonly to: Millis;
}

/** Ascending, finite. `held`: why nothing is known; the next batch reads the same stretch again. */
export type Answer = { readonly points: readonly Point[] } | { readonly held: string };

export const idOf = ({ target, signal }: Wanted): string => `${target.name}/${signal.name}`;
