import type { Reading } from "../kernel/reading.ts";
import type { Step } from "../kernel/step.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import type { Forecast, PredictiveMemory } from "./forecast/types.ts";
import type { LagMemory, LagSeen } from "./lag/types.ts";

/** What Headgate may do to a service here: one absolute count, or one line added to an earlier record. */
export type AutoscalingAction =
  | {
      readonly type: "scale";
      /** `scale:<service>:<at>:<desired>` */
      readonly key: string;
      readonly service: string;
      readonly desired: number;
      /** Desired count observed when deciding; another value at act time means another hand was faster. */
      readonly expected: number;
      readonly direction: "out" | "in";
    }
  | {
      /** The world has followed (or not) an earlier decision: append that to its record. */
      readonly type: "record_outcome";
      readonly key: string;
      readonly decisionAt: Millis;
      readonly text: string;
      readonly values: { readonly [name: string]: number };
    };

/** Every way a decision can end. Used as metric label and test name. */
export type AutoscalingReason =
  | "scaled_out"
  | "scaled_in"
  | "would_scale_out"
  | "would_scale_in"
  | "within_target"
  | "at_max"
  | "at_min"
  | "held_cooldown"
  | "held_no_data"
  | "held_stale_data"
  | "held_not_enough_datapoints"
  | "held_no_fleet"
  /** Desired is 0: an HPA never leaves it by itself, and no policy can where the minimum allows it. */
  | "held_off"
  /** The fleet refused or lost the last action: wait before asking again. */
  | "held_refused"
  | "held_deploying"
  | "held_disagreement"
  | "held_stabilization"
  | "held_paused"
  | "held_pending"
  | "overridden"
  | "bounds_enforced"
  /** A consumer group is handing partitions out anew: what is measured meanwhile says nothing. */
  | "held_rebalancing"
  /** What a task can do is not known yet. */
  | "held_learning"
  /** The last action did not help, and was taken back: the same is not tried again for a while. */
  | "reverted"
  | "held_ineffective"
  | "external_change"
  | "paused"
  | "resumed"
  | "override_set"
  | "override_cleared"
  | "alarm_noted";

/** Observed counts of the service at `at`. */
export interface Actual {
  readonly desired: number;
  readonly pending: number;
  readonly running: number;
  readonly ready: number;
  readonly deploying: boolean;
  readonly at: Millis;
}

/** A CloudWatch alarm (or the local counterpart) changed its state. */
export interface AlarmChange {
  readonly name: string;
  readonly state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
  readonly at: Millis;
}

export type AutoscalingInput =
  | {
      readonly kind: "evaluate";
      /** Name of the service in headgate.yaml; part of every action and its key. */
      readonly service: string;
      /** Undefined: the fleet did not answer, or does not know the service. Then nothing is done. */
      readonly actual: Actual | undefined;
      /**
       * By metric name. A metric that is missing or has no points is unknown. `ready`, where given, is the count that was
       * ready while the other metrics were taken; without it ratios multiply the count that is ready now.
       */
      readonly readings: { readonly [metric: string]: Reading };
      readonly alarm?: AlarmChange;
      /** By index of the policy: what `predictive` expects. Absent: nobody could tell. */
      readonly forecasts?: { readonly [policy: string]: Forecast };
      /** By index of the policy: what `kafka-lag` sees. */
      readonly lags?: { readonly [policy: string]: LagSeen };
    }
  | {
      readonly kind: "pause";
      readonly by: string;
      readonly why: string;
      readonly until?: Millis;
      readonly direction: "all" | "out" | "in";
    }
  | { readonly kind: "resume"; readonly by: string; readonly why: string }
  /** Hold the count at `desired` until `until`, past policies but inside min and max. */
  | {
      readonly kind: "override";
      readonly by: string;
      readonly why: string;
      readonly desired: number;
      readonly until: Millis;
    }
  | { readonly kind: "clear_override"; readonly by: string; readonly why: string };

/** State of one service's controller; a few KB at the most (windows are bounded by time and count). Plain JSON. */
export interface AutoscalingState {
  readonly v: 1;
  /** The desired count last asked for by us; differs from the observed one when another hand acted. */
  readonly desired?: number;
  /** Completion times of our own last actions: cooldowns count from here. */
  readonly lastOutAt?: Millis;
  readonly lastInAt?: Millis;
  /** Count before the last scale-out: what was already added counts during its cooldown (Application Auto Scaling). */
  readonly lastOutFrom?: number;
  /** With a step policy: count before the scale-out that began the cooldown that is running, or ran last. */
  readonly cooldownFrom?: number;
  /** Completed changes inside the longest rate-limit period of any policy: [at, delta]. */
  readonly changes: readonly (readonly [Millis, number])[];
  /**
   * What each HPA policy recommended inside its stabilization window, as runs: [since, desired] holds until the next
   * entry. Key: index of the policy for the inward window, "<index>:out" for the outward one.
   */
  readonly recommendations: { readonly [policy: string]: readonly (readonly [Millis, number])[] };
  readonly pause?: {
    readonly by: string;
    readonly why: string;
    readonly at: Millis;
    readonly until?: Millis;
    readonly direction: "all" | "out" | "in";
  };
  readonly override?: {
    readonly by: string;
    readonly why: string;
    readonly at: Millis;
    readonly until: Millis;
    readonly desired: number;
  };
  /** Alarms that are in ALARM now, by name, with the time since. While one is open the tick looks again. */
  readonly alarms: { readonly [name: string]: Millis };
  /** Last reason that was recorded: an equal one again changes nothing and writes nothing. */
  readonly last?: {
    readonly reason: AutoscalingReason;
    readonly at: Millis;
    /** The count proposed in the modes observe and recommend: another proposal is another record. */
    readonly desired?: number;
  };
  /** A scale action that was claimed and is not settled. */
  readonly asked?: {
    readonly key: string;
    readonly at: Millis;
    readonly from: number;
    readonly desired: number;
    readonly direction: "out" | "in";
    /** For what becomes of it: see `Effect`. */
    readonly before?: Effect["before"];
    readonly rule?: string;
    readonly drivers?: readonly string[];
    readonly reverts?: true;
  };
  /** Actions in a row that were refused, superseded or failed; asking again waits longer each time. */
  readonly refused?: {
    readonly at: Millis;
    readonly count: number;
    readonly direction: "out" | "in";
    /** The last one failed: nobody answered, so it may have been done. When it was given up, and what it would have led to. */
    readonly unknown?: {
      readonly decisionAt: Millis;
      readonly at: Millis;
      readonly from: number;
      readonly desired: number;
    };
  };
  /** When to look again although nothing woke us, while something is open. In the past: at every tick, until it is over. */
  readonly recheckAt?: Millis;
  /** An action whose effect has not been seen yet. */
  readonly watch?: {
    readonly decisionAt: Millis;
    readonly from: number;
    readonly desired: number;
    readonly direction: "out" | "in";
    /** When the action was done. */
    readonly since: Millis;
  };
  /**
   * What policies remember from minute to minute, by index. A change of this (or of `learned`) alone is kept and makes no record
   * (docs/decisions/0022).
   */
  readonly memory?: { readonly [policy: string]: PredictiveMemory | LagMemory | DemandMemory };
  readonly learned?: Learned;
  /** The newest action whose effect is looked at after `outcome.after`. */
  readonly effect?: Effect;
  /** Which change did not help, and until when it is not tried again. */
  readonly ineffective?: Ineffective;
  /** When the world had followed our last action, and the count before: older readings were taken with that count. */
  readonly followed?: Change;
  /** The same of the newest change by another hand. `open`: it has only been seen yet, and not been followed. */
  readonly external?: Change & { readonly open?: true };
  /** Of a service that goes by arrivals: since when a deployment is under way (`open`), or when the last one had ended. */
  readonly deployment?: { readonly at: Millis; readonly open?: true };
  /** Of such a service: its CPU was full for minutes although all were ready. */
  readonly full?: Full;
}

/** A change of the count: readings from before `at` were taken with `from` instances. */
export interface Change {
  readonly at: Millis;
  readonly from: number;
}

/** A CPU that was full although all that were asked for were ready: what a task can do is less than is thought. */
export interface Full {
  /** Instances that were ready while it was. */
  readonly count: number;
  /** How many rises in a row were asked for over it; 0: it has come clearly below full since. */
  readonly rises: number;
  /** Arrivals then, per second. */
  readonly load: number;
}

/** What `demand` remembers: counts recommended inside its window, as runs. */
export interface DemandMemory {
  readonly wanted: readonly (readonly [Millis, number])[];
}

/** What was seen of the tasks themselves. */
export interface Learned {
  /** Units per second of one task at 100 %, of the newest unsaturated minutes, oldest first; at most 60. */
  readonly capacities?: readonly number[];
  /** Start of the newest minute among them. */
  readonly at?: Millis;
  /** How long the newest scale-outs took until all were ready, oldest first; at most 10. */
  readonly starts?: readonly DurationMs[];
}

/** An action, and what was measured when it was decided. */
export interface Effect {
  readonly decisionAt: Millis;
  readonly from: number;
  readonly desired: number;
  readonly direction: "out" | "in";
  /** When it was done. */
  readonly since: Millis;
  /** By metric. */
  readonly before: { readonly [metric: string]: number };
  /** The rule that decided it; absent: bounds or a person, whose word is not taken back. */
  readonly rule?: string;
  /** Metrics that it was meant to bring down; absent: those that the rule reads. */
  readonly drivers?: readonly string[];
  /** It takes back an earlier one. */
  readonly reverts?: true;
}

/** A change that did not help, or did harm. */
export interface Ineffective {
  readonly direction: "out" | "in";
  readonly from: number;
  readonly to: number;
  /** Not tried again until then, unless what was measured has changed clearly. */
  readonly until: Millis;
  /** It is to be taken back to this count, once; absent: it has been, or is not to be. */
  readonly back?: number;
  /** So many in a row: each one waits twice as long. */
  readonly times: number;
  /** Reads after "because". */
  readonly why: string;
  /** What was measured when that was found out. */
  readonly seen: { readonly [metric: string]: number };
}

/** Cooldown of one policy. */
export interface Cooldown {
  readonly out: DurationMs;
  readonly in: DurationMs;
}

/** What every part of the noun answers. */
export type AutoscalingStep = Step<AutoscalingState, AutoscalingAction, AutoscalingReason>;
