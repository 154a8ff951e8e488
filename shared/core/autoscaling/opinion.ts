import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import type { Signal } from "./signal.ts";
import type { AutoscalingReason, AutoscalingState } from "./types.ts";

/** Whose word a bound is: a schedule and a budget may overrule what is configured. */
export type BoundBy = "scheduled" | "budget";

/** What every policy is given: the observed world, the state and the readings, already judged. */
export interface Facts {
  readonly config: AutoscalingConfig;
  readonly state: AutoscalingState;
  readonly now: Millis;
  /** Bounds in force, schedules included. */
  readonly min: number;
  readonly max: number;
  /** Asked for. Clamps: a policy that wants no more than this adds nothing, whatever is still starting. */
  readonly desired: number;
  /** Healthy now. Judges: ratios multiply this, because only these carry load. */
  readonly ready: number;
  /** What "+1" or "× 1.5" starts from: `ready` while our own last scale-out is still starting, else `desired`. */
  readonly base: number;
  /** Whose word the bounds are; absent: the configuration's. */
  readonly minBy?: BoundBy;
  readonly maxBy?: BoundBy;
  signal(metric: string): Signal;
  /** The count that was ready while the signal's newest point was taken; `ready` where nobody says. */
  readyAt(signal: Signal): number;
}

/**
 * What one policy thinks. `wants` with `held` unset is a vote to change; with `held` set it would change but for a rule
 * of its own (cooldown, too few points), and then it votes to stay.
 */
export interface Opinion {
  readonly rule: string;
  /** `some` it judged; `none` it has nothing to say about going in, and blocks nobody; `unknown` it cannot judge. */
  readonly say: "some" | "none" | "unknown";
  readonly wants?: "out" | "in";
  /** Count wanted, not yet clamped by min and max. */
  readonly desired: number;
  readonly held?: AutoscalingReason;
  /** When the hold ends by itself. */
  readonly until?: Millis;
  /** Metrics that a change is meant to bring down, by name; absent: those that the policy reads. */
  readonly drivers?: readonly string[];
  /** Reads after "because". */
  readonly text: string;
  readonly values: Clause["values"];
}

/** An opinion that cannot judge: blocks scaling in, never scaling out by others. */
export function unknown(rule: string, held: AutoscalingReason, text: string): Opinion {
  return { rule, say: "unknown", desired: 0, held, text, values: {} };
}

/** The opinion on a signal that is not known. */
export function blind(rule: string, signal: Signal): Opinion {
  const why = signal.reason === "held_stale_data" ? "is stale" : "is not known";
  return unknown(rule, signal.reason, `${signal.metric} ${why}`);
}
