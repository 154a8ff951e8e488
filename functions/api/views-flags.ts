import type { RuleLook } from "../../shared/core/delivery/flags/explain-evaluation.ts";
import type { VariantTally } from "../../shared/core/delivery/flags/exposures.ts";
import type { FlagRollout, FlagSaid } from "../../shared/core/delivery/flags/state.ts";
import type {
  FlagErrorCode,
  FlagMetadata,
  FlagReason,
  FlagSnapshot,
  FlagType,
  FlagValue,
} from "../../shared/core/delivery/flags/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView, DecisionSummary } from "./views.ts";

/** `tied`: switched off by a breaker or an alert. `waiting`, `over`: out of its time. */
export type FlagStatus = "on" | "disabled" | "killed" | "tied" | "waiting" | "over";

/** A roll-out without what only its gate needs. */
export type FlagRolloutView = Omit<FlagRollout, "gate"> & { readonly steps: readonly number[] };

export interface FlagSummary {
  readonly name: string;
  readonly description?: string;
  readonly type: FlagType;
  readonly status: FlagStatus;
  /** Why it is off, where it is. */
  readonly why?: string;
  /** What those get whom no rule has spoken for, percent by variant. */
  readonly shares: Readonly<Record<string, number>>;
  readonly rules: number;
  /** It can be rolled out in steps that are judged. */
  readonly gated: boolean;
  readonly tied: boolean;
  readonly rollout?: FlagRolloutView;
}

export interface FlagsView {
  readonly clock: ClockView;
  /** Of what is evaluated. */
  readonly version: string;
  readonly items: readonly FlagSummary[];
}

export interface FlagView extends FlagSummary {
  readonly clock: ClockView;
  readonly variants: Readonly<Record<string, FlagValue>>;
  readonly default: string;
  readonly off: string;
  readonly configVersion: string;
  /** As the file has it, with its defaults. */
  readonly config: unknown;
  readonly killed?: FlagSaid;
  readonly causes?: readonly string[];
  /** Switched on by hand although something it is tied to is in trouble. */
  readonly ignored?: FlagSaid;
  readonly set?: FlagSaid & { readonly shares: Readonly<Record<string, number>> };
  /** The newest first. */
  readonly decisions: readonly DecisionSummary[];
}

/** What libraries evaluate from. */
export interface FlagsSnapshotView {
  readonly v: 1;
  readonly version: string;
  readonly flags: Readonly<Record<string, FlagSnapshot>>;
  /** Milliseconds between two reports of what was counted, at the most. */
  readonly reportMs: number;
  /** Clock that schedules go by. */
  readonly clock: ClockView;
}

export interface FlagChangedView {
  readonly clock: ClockView;
  readonly status: "decided" | "unchanged" | "busy" | "conflict";
  readonly reason?: string;
  /** What was decided, as a sentence. */
  readonly text?: string;
  readonly flag: FlagSummary;
  readonly decision?: DecisionSummary;
}

export interface FlagEvaluationView {
  readonly clock: ClockView;
  readonly flag: string;
  readonly version: string;
  /** Absent with an error. */
  readonly value?: FlagValue;
  readonly variant?: string;
  readonly reason: FlagReason;
  readonly errorCode?: FlagErrorCode;
  readonly errorMessage?: string;
  readonly metadata: FlagMetadata;
  readonly bucket?: number;
  readonly rules: readonly RuleLook[];
  /** Why, step by step. */
  readonly steps: readonly string[];
}

export interface ExposuresTakenView {
  readonly accepted: number;
  /** Reports about flags or variants that are not there. */
  readonly unknown: number;
}

/** `slow` below 0: not everybody who reported counts it. */
export interface FlagExposuresView {
  readonly clock: ClockView;
  readonly flag: string;
  readonly everyMs: number;
  readonly since?: Millis;
  readonly totals: Readonly<Record<string, VariantTally>>;
  readonly intervals: readonly {
    readonly at: Millis;
    readonly variants: Readonly<Record<string, VariantTally>>;
  }[];
}
