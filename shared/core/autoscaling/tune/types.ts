import type { Measures } from "../backtest/measures.ts";
import type { Policy } from "../config.ts";

/** What the user wants: prices, or a share of minutes that may be bad. */
export type Objective =
  /** In any one currency: what a task costs an hour, and what a minute in which work waited costs. */
  | { readonly taskHour: number; readonly violationMinute: number }
  /** The cheapest that keeps at least so many percent of the minutes good. */
  | { readonly taskHour?: number | undefined; readonly slo: number };

/** One policy with its name and parameters, as tried. */
export interface Candidate {
  readonly name: string;
  readonly family: "demand" | "predictive" | "hpa" | "target-tracking" | "instances" | "parallelism" | "kafka-lag";
  readonly policy: Policy;
  /** The same as it is written in headgate.yaml. */
  readonly written: { readonly [member: string]: unknown };
}

/** Fields of a backtest, and what was picked. */
export interface Tuned extends Measures {
  readonly picked: Candidate;
  /** Of the same candidate over the days it was picked on. */
  readonly train: Measures;
  readonly trainDays: readonly [from: number, to: number];
  readonly scoreDays: readonly [from: number, to: number];
  /** How many were tried, and the best of each family on the days of training. */
  readonly tried: number;
  readonly families: readonly { readonly name: string; readonly j: number }[];
  /** False where no candidate kept the limit of actions a day, or the SLO: then the best of all was taken. */
  readonly withinLimits: boolean;
}

/** What a policy cost over a time, against the best that is known and against perfect foresight. */
export interface Regret {
  readonly minutes: number;
  /** Task-hours with the price of violation minutes in task-hours. */
  readonly cost: number;
  readonly best: { readonly name: string; readonly cost: number };
  readonly oracle: number;
  /** In the currency of the objective, where it has prices. */
  readonly money?: { readonly cost: number; readonly best: number; readonly oracle: number };
}
