import type { Millis } from "../../kernel/time.ts";
import type { BackupConfig } from "../section.ts";

/** How long points are kept, as the configuration says (durations in ms). */
export type Keep = BackupConfig["keep"];

/** What the choice of points needs to know of one. */
export interface PointFacts {
  readonly id: string;
  readonly cutAt: Millis;
  /** It is at every destination its manifest names. Another one is degraded: kept by the same rules, but never counted as a good one. */
  readonly whole: boolean;
  /** What the newest verification found; absent: nobody has looked. */
  readonly verified?: "ok" | "failed";
}

/** `holds/<plan>/<id>.json`: nobody prunes this point until the hold is taken away. */
export interface Hold {
  readonly v: 1;
  readonly plan: string;
  readonly id: string;
  readonly reason: string;
  readonly by: string;
  readonly at: Millis;
}

/** A point and the rules that speak for its fate, as whole sentences. */
export interface Fate {
  readonly id: string;
  readonly why: readonly string[];
}

export interface Choice {
  /** Both newest first. */
  readonly keep: readonly Fate[];
  readonly remove: readonly Fate[];
}
