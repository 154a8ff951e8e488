import type { Action, Clause, Step } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { GateState } from "../gate/state.ts";
import type { ArmCounts, GateReason, GateVerdict } from "../gate/types.ts";
import type { RolloutSpec, SharesSpec } from "./section.ts";
import type { FlagLive } from "./types.ts";
import { sharesAt } from "./variants.ts";

export { FLAG_SUBJECT, flagSubject } from "./subject.ts";

/** After its end reports about an interval may still come for so long: libraries report every ten seconds. */
export const REPORTS_LATE_MS = 15_000;

/** Somebody's word. */
export interface FlagSaid {
  readonly by: string;
  readonly why: string;
  readonly at: Millis;
}

/** A gated roll-out under way, or how the last one ended. */
export interface FlagRollout {
  readonly to: string;
  /** `failed`: back at 0 %. `done`: at its last step for good. */
  readonly status: "running" | "paused" | "failed" | "done";
  readonly started: FlagSaid;
  readonly paused?: FlagSaid;
  /** Index into the configuration's steps, and its share. */
  readonly step: number;
  readonly percent: number;
  /** Since when it has this share. */
  readonly since: Millis;
  /** Up to when counts are in the gate. */
  readonly judgedUntil: Millis;
  /** Absent before the first counts. */
  readonly gate?: GateState;
  readonly verdict?: {
    readonly verdict: GateVerdict;
    readonly reason: GateReason;
    readonly text: string;
    readonly at: Millis;
    /** Joint e-value over its limit: 1 fails. */
    readonly towardsFail?: number;
  };
}

/** What is in force above the configuration of one flag. */
export interface FlagState {
  readonly v: 1;
  /** By hand. */
  readonly killed?: FlagSaid;
  /** By a breaker or an alert it is tied to. `overSince`: none of them is left, and the hold time runs. */
  readonly tied?: { readonly causes: readonly string[]; readonly since: Millis; readonly overSince?: Millis };
  /** Somebody wants it on although something it is tied to is not over; ends with it. */
  readonly ignored?: FlagSaid;
  /** Shares set by hand. */
  readonly set?: FlagSaid & { readonly shares: SharesSpec };
  readonly rollout?: FlagRollout;
}

export interface FlagConfig {
  readonly kind: "flag";
  readonly flag: string;
  readonly variants: readonly string[];
  /** Variants served by default, and while it is off. */
  readonly rest: string;
  readonly off: string;
  /** The variant that percentages are about. Absent: only shares can be set. */
  readonly to?: string;
  /** Of the ties. */
  readonly holdMs: DurationMs;
  /** A gated roll-out. */
  readonly rollout?: {
    readonly steps: readonly number[];
    readonly everyMs: DurationMs;
    readonly holdMs: DurationMs;
    readonly gate: RolloutSpec["gate"];
  };
}

/** What both variants did in one interval. An arm that is absent is not known. */
export interface FlagInterval {
  readonly from: Millis;
  readonly to: Millis;
  readonly canary?: ArmCounts;
  readonly baseline?: ArmCounts;
}

interface By {
  readonly by: string;
  readonly why: string;
}

export type FlagInput =
  | (By & { readonly kind: "flag_kill" | "flag_restore" | "flag_release" })
  /** Shares instead of the configuration's roll-out, absolute. */
  | (By & { readonly kind: "flag_set"; readonly shares: SharesSpec })
  | (By & { readonly kind: "flag_percent"; readonly percent: number })
  | (By & { readonly kind: "flag_start" | "flag_pause" | "flag_resume" })
  /** What it is tied to and is not well. `unknown`: what could not be read; it is not taken for well. */
  | { readonly kind: "flag_ties"; readonly causes: readonly string[]; readonly unknown: readonly string[] }
  /** Intervals since `judgedUntil`, oldest first; `history`: of the default variant before it began. */
  | {
      readonly kind: "flag_look";
      readonly intervals: readonly FlagInterval[];
      readonly until: Millis;
      readonly history?: readonly ArmCounts[];
    };

/** Tells everybody what the flag is from now on; libraries see it with their next snapshot. */
export interface ServeFlagAction extends Action {
  readonly type: "serve_flag";
  readonly flag: string;
  readonly live: FlagLive;
}

/** How a decision about a flag can end. "held_…" changed nothing that is served. */
export type FlagDecision =
  | "killed"
  | "restored"
  | "tie_killed"
  | "tie_over"
  | "tie_restored"
  | "tie_ignored"
  | "shares_set"
  | "shares_released"
  | "rollout_started"
  | "step_begun"
  | "rollout_done"
  | "rollout_failed"
  | "paused"
  | "resumed"
  | "judged"
  | "held_killed"
  | "held_not_killed"
  | "held_ties"
  | "held_unreadable"
  | "held_in_force"
  | "held_no_variant"
  | "held_no_steps"
  | "held_not_running"
  | "held_insufficient"
  | "held_step";

export type FlagStep = Step<FlagState, ServeFlagAction, FlagDecision>;

/** Shares in force above the configuration; undefined: the configuration's. */
export function sharesInForce(
  { rest }: Pick<FlagConfig, "rest">,
  { set, rollout }: Pick<FlagState, "set" | "rollout">,
): SharesSpec | undefined {
  return rollout ? sharesAt(rollout.to, rest, rollout.percent) : set?.shares;
}

/** What libraries are told of a state. Shares of variants that the configuration has no more are not in force. */
export function liveOf(config: Pick<FlagConfig, "rest" | "variants">, state: FlagState): FlagLive {
  const { killed, tied, ignored } = state;
  const asked = sharesInForce(config, state);
  const shares = asked && Object.keys(asked).every((name) => config.variants.includes(name)) ? asked : undefined;
  return {
    ...(killed
      ? { killed: { cause: "manual", why: killed.why, at: killed.at } }
      : tied && !ignored
        ? { killed: { cause: "tie", why: tied.causes.join("; "), at: tied.since } }
        : {}),
    ...(shares ? { shares } : {}),
  };
}

export const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule,
  text,
  values,
});

/** Nothing changes in what is served; a state that only notes something may be another one. */
export const held = (
  state: FlagState,
  reason: FlagDecision,
  text: string,
  values: Clause["values"] = {},
): FlagStep => ({
  state,
  actions: [],
  reason,
  trace: [clause("held", reason.replace("held_", "").replaceAll("_", "-"), text, values)],
});

/** A change of what is served, with the action that says so. */
export function serving(
  config: FlagConfig,
  state: FlagState,
  reason: FlagDecision,
  trace: readonly Clause[],
  now: Millis,
): FlagStep {
  const { flag } = config;
  const action: ServeFlagAction = {
    type: "serve_flag",
    key: `serve_flag:${flag}:${reason}:${now}`,
    flag,
    live: liveOf(config, state),
  };
  return { state, actions: [action], reason, trace };
}

/** " because …", or nothing where nobody said why. */
export const because = (why: string): string => (why === "" ? "" : `: ${why}`);
