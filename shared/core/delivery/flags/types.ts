import type { Json } from "../../kernel/json.ts";
import type { Millis } from "../../kernel/time.ts";
import type { FlagSpec, SharesSpec } from "./section.ts";

export type FlagType = "boolean" | "string" | "number" | "object";
/** A variant's value. Its type is the flag's. */
export type FlagValue = Json;

/** OpenFeature's reasons, as far as an evaluation here can end in them. `STALE` and `CACHED` are whoever's who keeps answers. */
export type FlagReason = "STATIC" | "DEFAULT" | "TARGETING_MATCH" | "SPLIT" | "DISABLED" | "ERROR" | "STALE" | "CACHED";

/** OpenFeature's error codes. With one there is no value: the caller's own default counts. */
export type FlagErrorCode =
  | "FLAG_NOT_FOUND"
  | "TYPE_MISMATCH"
  | "TARGETING_KEY_MISSING"
  | "PARSE_ERROR"
  | "INVALID_CONTEXT"
  | "PROVIDER_NOT_READY"
  | "GENERAL";

export type FlagMetadata = Readonly<Record<string, string | number | boolean>>;

/** What an evaluation ends in. Made once when the flag is compiled, and given out again and again: nobody may change it. */
export interface Evaluation {
  /** Absent with an error. */
  readonly value?: FlagValue;
  readonly variant?: string;
  readonly reason: FlagReason;
  readonly errorCode?: FlagErrorCode;
  readonly errorMessage?: string;
  /** `rule` that served it; `cause` (and `why`) of what is switched off. */
  readonly metadata: FlagMetadata;
}

/** Who is asking, and about whom. `targetingKey` names them; everything else is for the rules. */
export type FlagContext = Readonly<Record<string, unknown>>;

/** Why a flag is switched off above its configuration. */
export interface Killed {
  /** `manual` by somebody's hand; `tie` by a breaker or an alert it is tied to; `gate` never (a failed roll-out goes back to 0 %). */
  readonly cause: "manual" | "tie";
  readonly why: string;
  readonly at: Millis;
}

/** What is in force above the configuration of one flag. */
export interface FlagLive {
  readonly killed?: Killed;
  /** Instead of the configuration's roll-out: set by hand, or the step of a gated one. Percent by variant, 100 together. */
  readonly shares?: SharesSpec;
}

/** Everything that is needed to evaluate one flag anywhere. */
export interface FlagSnapshot {
  readonly spec: FlagSpec;
  readonly live?: FlagLive;
}

/** What libraries evaluate from. Plain JSON. */
export interface FlagsSnapshot {
  readonly v: 1;
  /** Content address: equal flags have equal versions. */
  readonly version: string;
  readonly flags: Readonly<Record<string, FlagSnapshot>>;
}
