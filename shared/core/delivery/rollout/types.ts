import type { Release } from "../../kernel/release.ts";
import type { Action, Clause, Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { GateReason, GateVerdict } from "../gate/types.ts";
import type { DeliveryConfig } from "../section.ts";
import type { RolloutLook } from "./look.ts";
import type { RolloutReason } from "./reasons.ts";

export type { RolloutLook, VersionLook } from "./look.ts";
export type { RolloutReason } from "./reasons.ts";

/** Subject of a service's rollouts. */
export const rolloutSubject = (service: string): string => `rollout:${service}`;

/**
 * `canary` shares of traffic in steps, judged all along; `blue-green` all traffic at once, the old colour kept through the bake;
 * `rolling` instances replaced in batches, traffic follows; `all-at-once` the platform's deploy: start, wait for health, register, take the
 * old one away.
 */
export type Strategy = "canary" | "blue-green" | "rolling" | "all-at-once";

/**
 * Where a rollout is.
 * - `starting` the new version comes up; `checking` its pre-traffic hooks (smoke) are asked;
 * - `shifting` traffic (or, rolling, a batch) is being moved to the share of `step`; `judging` it has it, and is judged for the step's time;
 * - `approval` it waits for a person before the step after `step`, or, where that was the last, before the old version goes;
 * - `baking` it has everything, the old version is kept, and it is judged on; `retiring` the old version is taken away;
 * - `returning` traffic (or instances) goes back to the old version; `cleaning` the new version is taken away;
 * - `promoted`, `rolled_back` it is over.
 */
export type Phase =
  | "starting"
  | "checking"
  | "shifting"
  | "judging"
  | "approval"
  | "baking"
  | "retiring"
  | "returning"
  | "cleaning"
  | "promoted"
  | "rolled_back";

/** What a step of the plan is: so much of the traffic, for so long. */
export interface PlanStep {
  /** Percent of the traffic (rolling: of the instances) that the new version gets, > 0 … 100. */
  readonly percent: number;
  /** Judged for so long before the next one. 0: at once. */
  readonly forMs: number;
  /** A person has to approve before it begins. */
  readonly approval: boolean;
}

/** Somebody's word. */
export interface Said {
  readonly by: string;
  readonly why: string;
  readonly at: Millis;
}

/** How far a hook got. `asked` counts tries. */
export interface HookState {
  readonly status: "waiting" | "passed" | "failed";
  readonly asked: number;
  readonly detail?: string;
  /** When it was asked last, or answered yes or no. */
  readonly at: Millis;
  /** When it was asked first. */
  readonly since?: Millis;
  /** It answered that it is still at work (202, 423, 425, 429): it has until the rollout's deadline. */
  readonly working?: true;
}

/** A rollout under way, or the last one. Plain JSON, small: what it judged is in `gate`. */
export interface Rollout {
  /** "rol_…" */
  readonly id: string;
  readonly strategy: Strategy;
  readonly release: Release;
  /** Version that serves before it; absent: the service is new. */
  readonly from?: string;
  /** Instances that the service had when it began; the new version has at least as many at the end. */
  readonly size: number;
  readonly steps: readonly PlanStep[];
  readonly phase: Phase;
  /** Since when it is in this phase (and step). */
  readonly since: Millis;
  /** Index into steps of the share in force, or being brought about; -1 before the first. */
  readonly step: number;
  readonly startedAt: Millis;
  /** Over as a whole: it is rolled back then. */
  readonly deadline: Millis;
  readonly started: Said;
  /** It stays where it is: nothing moves on. The gate goes on looking, and a failure still rolls back. */
  readonly paused?: Said;
  /** Steps (indexes) and "promote" that a person has approved. */
  readonly approved: Readonly<Record<string, Said>>;
  /** Why it goes back; present from `returning` on. */
  readonly failure?: {
    readonly reason: RolloutFailure;
    readonly text: string;
    readonly at: Millis;
    readonly by?: string;
    /** Last lines of what the new version printed. */
    readonly logs?: readonly string[];
    readonly attempts?: number;
  };
  /** Cleaned up completely; absent while it is not over. */
  readonly endedAt?: Millis;
  /** Gate's state (JSON of gate/gate.ts) and up to when counts are in it. Absent: not begun. */
  readonly gate?: unknown;
  /** Rule that the state is of. */
  readonly gateRule?: "sequential" | "threshold" | "kayenta";
  readonly judgedUntil?: Millis;
  readonly verdict?: {
    readonly verdict: GateVerdict;
    readonly reason: GateReason;
    readonly text: string;
    readonly at: Millis;
    /** Joint e-value over its limit, 0 … 1 and above; for the curve of the console. */
    readonly towardsFail?: number;
    readonly towardsPass?: number;
  };
  /** Since when the gate has said "insufficient" without a break. */
  readonly insufficientSince?: Millis;
  readonly hooks: Readonly<Record<string, HookState>>;
  /** Shares last seen served, and when the wanted ones were last seen in force. */
  readonly served?: Readonly<Record<string, number>>;
  readonly verifiedAt?: Millis;
  /** Actions asked for so far: part of their keys, so that each asking has a key of its own. */
  readonly attempts: number;
  /** Instances that the new version has to have in this step, and those that the old one keeps. */
  readonly batch?: { readonly want: number; readonly keep: number };
  /** ECS replaces the tasks of its one service itself: taking the new version away is what brings the old one back. */
  readonly inPlace?: true;
  /** Shares are set on the way: something divides traffic between versions. */
  readonly divides?: true;
  /**
   * Shares that were asked for last, and since when: they have to be seen in force within `verify`. `set`: the asking was done. `blind`: they
   * were seen in force before they were asked for, while others were still on their way.
   */
  readonly asked?: {
    readonly shares: Readonly<Record<string, number>>;
    readonly at: Millis;
    readonly set?: true;
    readonly blind?: true;
  };
  /** What was asked for last: it is asked for again after a while only. */
  readonly tried?: { readonly what: string; readonly at: Millis };
  /** Since when what it waits for in this phase could not be read or does not come true, and whether people were told. */
  readonly stuck?: { readonly since: Millis; readonly told: boolean };
  /** Since when every wanted instance of the new version has been seen ready, or one that was ready is not. */
  readonly readySince?: Millis;
  readonly unreadySince?: Millis;
  /** When the gate began: `t` of its ticks counts from here. */
  readonly gateFrom?: Millis;
  /** What counts as slow for this rollout, ms. */
  readonly slowMs?: number;
  /** The old version's last ticks, [requests, errors, slow, p99Ms], oldest first: what is compared with once it has no traffic. */
  readonly before?: readonly (readonly [number, number, number | null, number | null])[];
  /** An action that was refused for good. */
  readonly refusal?: { readonly action: string; readonly why: string; readonly at: Millis };
  /** The version that has to go was asked to: there is no way back to it. */
  readonly removal?: true;
  /** A person ended the wait of this step (or of the bake). */
  readonly waived?: true;
  /** A person wants all steps at once. */
  readonly promoting?: Said;
  /** Reason last recorded: a hold is recorded when it changes. */
  readonly last?: RolloutReason;
}

export type RolloutFailure =
  | "never_healthy"
  | "became_unhealthy"
  | "hopeless_start"
  | "hook_failed"
  | "gate_failed"
  | "gate_insufficient"
  | "shares_not_served"
  | "deadline"
  | "aborted"
  | "refused"
  | "alert"
  | "old_version_gone";

export interface RolloutState {
  readonly v: 1;
  /** Under way. */
  readonly current?: Rollout;
  /** The last ones that ended, newest first, at most 5, without gate state. */
  readonly ended: readonly Rollout[];
  /** Version that is the service, as far as rollouts know. */
  readonly stable?: string;
  /** In the modes observe and recommend: what would have been started last. */
  readonly proposed?: {
    readonly id: string;
    readonly version: string;
    readonly strategy: Strategy;
    readonly at: Millis;
    readonly by: string;
  };
}

export interface RolloutStart {
  readonly kind: "start";
  readonly id: string;
  readonly release: Release;
  readonly strategy?: Strategy;
  /** Instances; default: as many as the service has now, at least 1. */
  readonly count?: number;
  readonly by: string;
  readonly why: string;
}

/**
 * `promote` all steps at once, from now (still baked); `skip` the wait of this step; `approve` the step (or promotion) that waits;
 * `abort` and `rollback` go back to the old version (rollback also while baking or, where the old one still lives, retiring).
 */
export type RolloutCommandName = "pause" | "resume" | "promote" | "skip" | "approve" | "abort" | "rollback";

export interface RolloutCommand {
  readonly kind: "command";
  readonly command: RolloutCommandName;
  /** The rollout that is meant; another one by now: refused. Absent: the current one. */
  readonly id?: string;
  readonly by: string;
  readonly why: string;
}

export type RolloutInput = ((RolloutStart | RolloutCommand) & { readonly look?: RolloutLook }) | RolloutLook;

interface Base extends Action {
  readonly service: string;
  readonly rollout: string;
}

/** All absolute. What they left behind is seen by the next look. */
export type RolloutAction =
  | (Base & { readonly type: "ensure_version"; readonly release: Release; readonly count: number })
  | (Base & { readonly type: "resize_version"; readonly version: string; readonly count: number })
  | (Base & { readonly type: "remove_version"; readonly version: string })
  | (Base & { readonly type: "adopt_version"; readonly version: string })
  /** Percent by version, sum 100. `expected` as last seen. */
  | (Base & { readonly type: "set_shares"; readonly shares: Readonly<Record<string, number>> })
  /**
   * Gives the shares back to the configuration: `version` is the only one left. Where the configuration would not give everything to it,
   * this must do nothing (skipped): the shares that are set stay.
   */
  | (Base & { readonly type: "release_shares"; readonly version: string })
  /** Writes the ready instances into the registry, with health and metrics addresses. */
  | (Base & { readonly type: "register"; readonly version: string })
  | (Base & {
      readonly type: "ask_hook";
      readonly hook: string;
      readonly url: string;
      readonly timeoutMs: number;
      readonly version: string;
    })
  /** Tells people, through alerting. */
  | (Base & {
      readonly type: "tell";
      readonly event: "started" | "approval_needed" | "failed" | "rolled_back" | "promoted" | "stuck";
      readonly text: string;
    });

export type RolloutStep = Step<RolloutState, RolloutAction, RolloutReason>;

export interface RolloutConfig {
  readonly service: string;
  readonly delivery: DeliveryConfig;
}

/** What a strategy's step returns before it is folded into the state. */
export interface Moved {
  readonly rollout: Rollout;
  readonly actions: readonly RolloutAction[];
  readonly reason: RolloutReason;
  readonly trace: readonly Clause[];
}
