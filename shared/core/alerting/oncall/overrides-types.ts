import type { Action, Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Override } from "./types.ts";

/** What overrides of one schedule are decided by. Plain JSON, in each record. */
export interface OverridesConfig {
  readonly schedule: string;
  /** Everybody who may stand in. */
  readonly people: readonly string[];
}

/** An override that was made by hand. */
export interface MadeOverride extends Override {
  readonly by: string;
  readonly madeAt: Millis;
}

/** Overrides of one schedule that were made by hand, in the order in which they were made. */
export interface OverridesState {
  readonly v: 1;
  readonly overrides: readonly MadeOverride[];
  /** When one was made or taken back last: calendars tell by it which of two answers is the newer one. */
  readonly changedAt?: Millis;
}

export type OverridesInput =
  | {
      readonly kind: "add";
      readonly id: string;
      readonly from: Millis;
      readonly until: Millis;
      readonly person: string;
      readonly why: string;
      readonly by: string;
    }
  | { readonly kind: "remove"; readonly id: string; readonly why: string; readonly by: string };

export type OverridesReason =
  | "override_added"
  /** It had not begun and is gone. */
  | "override_removed"
  /** It had begun and ends now: who was on call until now stays as it was. */
  | "override_ended"
  | "held_unknown_person"
  /** It is over before it begins, or over already. */
  | "held_over"
  | "held_too_long"
  | "held_full"
  | "held_unknown_override"
  /** It was made already. */
  | "held_made"
  | "held_bad_input";

export type OverridesStep = Step<OverridesState, Action, OverridesReason>;
