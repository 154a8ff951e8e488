import type { Millis } from "../../kernel/time.ts";
import type { Policy } from "../config.ts";
import type { Candidate, Regret } from "./types.ts";

/** What was measured of one policy on the days of the score. */
export interface Judged {
  /** Task-hours, with the price of violation minutes in task-hours where the objective has prices. */
  readonly cost: number;
  readonly j: number;
  /** Whether it kept the SLO; true where there is none. */
  readonly keeps: boolean;
}

/** A policy that was found. */
export interface Found extends Candidate, Judged {
  /** False: no candidate kept the limit of actions a day, or the SLO, on the days of training. */
  readonly withinLimits: boolean;
}

/** A policy that runs or is proposed, with when it was found. */
export interface Pick extends Found {
  readonly at: Millis;
}

/** Why nothing could be found. */
export type Unfound = "too_little_history" | "no_capacity" | "no_samples";

export type TuningInput =
  /** A backtest was run. */
  | {
      readonly kind: "result";
      readonly found: Found;
      /** What runs now, on the same days. */
      readonly current: Judged & {
        readonly name: string;
        readonly policy: Policy;
        /** Why what was picked cannot be run any more: the service holds, and this is what it would run without a pick. */
        readonly fault?: string;
      };
      /** Whole days of load that it rests on. */
      readonly days: number;
      /** Metrics that nobody measures of the service: nothing was played with them. */
      readonly without?: readonly string[];
      readonly regret?: Regret;
    }
  | { readonly kind: "unfound"; readonly what: Unfound; readonly why: string; readonly days?: number }
  /** A person takes the proposal. */
  | { readonly kind: "apply"; readonly by: string; readonly why: string }
  /** A person does not want it: the same is not proposed again for a while. */
  | { readonly kind: "dismiss"; readonly by: string; readonly why: string };

export type TuningReason =
  /** Something better was found, and runs from now on. */
  | "picked"
  /** Something better was found; a person applies it. */
  | "proposed"
  /** What runs is the best that was found, or not worse by the margin. */
  | "kept"
  | "held_too_little_history"
  | "held_no_capacity"
  | "held_no_samples"
  /** A person has dismissed the very same lately. */
  | "held_dismissed"
  /** What the backtest said makes no sense. */
  | "held_bad_result"
  | "applied"
  | "dismissed"
  | "held_no_proposal";

/** State of the tuning of one service. Plain JSON, a few KB. */
export interface TuningState {
  readonly v: 1;
  readonly kind: "tuning";
  /** What runs. Absent: the default forecast. */
  readonly pick?: Pick;
  readonly proposal?: Pick;
  /** The last look. */
  readonly last?: {
    readonly at: Millis;
    readonly reason: TuningReason;
    readonly why?: string;
    readonly days?: number;
    readonly without?: readonly string[];
    readonly regret?: Regret;
  };
  readonly dismissed?: { readonly policy: Policy; readonly until: Millis };
  /** When to look again. Not of the shell's kind: a look takes seconds, and has a schedule of its own. */
  readonly dueAt?: Millis;
}
