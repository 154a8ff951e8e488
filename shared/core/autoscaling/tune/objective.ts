import { type Measures, VIOLATION_FLEET_MINUTES } from "../backtest/measures.ts";
import type { Objective } from "./types.ts";

/** What a run is judged by. */
export interface Goal {
  /** Price of a violation minute in task-minutes. With an SLO it only orders what misses it. */
  readonly violation: number;
  /** At most this share of the minutes may be violated, 0..1. */
  readonly most?: number;
  /** What a task costs an hour, in the currency of the objective. */
  readonly taskHour?: number;
  /** What a violation minute costs, in the same currency. */
  readonly violationMinute?: number;
}

/** What counts of a run. */
export type Counted = Pick<Measures, "minutes" | "violationMinutes" | "taskHours" | "actionsPerDay">;

/** Stands for "at any price" where tasks cost nothing: above it, no fleet is cheaper. */
const ANY_PRICE = 1e6;

/** @param meanTasks tasks that the mean of the load keeps busy: without prices a violation minute costs ten minutes of them */
export function goalOf(objective: Objective | undefined, meanTasks: number): Goal {
  const standard = VIOLATION_FLEET_MINUTES * meanTasks;
  if (!objective) return { violation: standard };
  if ("slo" in objective) {
    const { slo, taskHour } = objective;
    return { violation: standard, most: 1 - slo / 100, ...(taskHour === undefined ? {} : { taskHour }) };
  }
  const { taskHour, violationMinute } = objective;
  const violation = taskHour > 0 ? (60 * violationMinute) / taskHour : violationMinute > 0 ? ANY_PRICE : standard;
  return { violation: Math.min(ANY_PRICE, violation), taskHour, violationMinute };
}

/** Task-hours with the price of violation minutes in task-hours; with an SLO task-hours alone. */
export function costOf(goal: Goal, run: Counted): number {
  return goal.most === undefined ? run.taskHours + (goal.violation / 60) * run.violationMinutes : run.taskHours;
}

/** Whether the run keeps the SLO; true where there is none. */
export function keeps(goal: Goal, run: Counted): boolean {
  // An epsilon: 99.9 % of 10,000 minutes are 10 bad ones, not 9.99….
  return goal.most === undefined || run.violationMinutes <= goal.most * run.minutes + 1e-6;
}

/** In the currency of the objective; undefined where it has no prices. */
export function moneyOf(goal: Goal, run: Counted): { readonly tasks: number; readonly violations: number } | undefined {
  if (goal.taskHour === undefined) return undefined;
  return { tasks: goal.taskHour * run.taskHours, violations: (goal.violationMinute ?? 0) * run.violationMinutes };
}

/** For fewer actions, so much more may be paid. */
const NEAR = 1.04;

/**
 * Among those that keep the SLO (if any does), within the limit of actions and at most 4 % dearer than the best: the cheapest. None: the cheapest of
 * all. Where none keeps the SLO: the fewest violation minutes. The first of equals. Undefined: there are none.
 */
export function pick<T extends Counted>(
  goal: Goal,
  runs: readonly T[],
  actionsPerDay: number,
): { readonly best: T; readonly withinLimits: boolean } | undefined {
  const good = runs.filter((run) => keeps(goal, run));
  const least = good.length > 0 ? cheapest(good, (run) => costOf(goal, run)) : cheapest(runs, violated);
  if (!least) return undefined;
  if (good.length === 0) return { best: least, withinLimits: false };
  const calm = good.filter(
    (run) => run.actionsPerDay <= actionsPerDay && costOf(goal, run) <= NEAR * costOf(goal, least),
  );
  const best = cheapest(calm, (run) => costOf(goal, run));
  return best ? { best, withinLimits: true } : { best: least, withinLimits: false };
}

const violated = (run: Counted): number => run.violationMinutes + run.taskHours / 1e9;

function cheapest<T>(runs: readonly T[], cost: (run: T) => number): T | undefined {
  let best: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const run of runs) {
    const own = cost(run);
    if (own < least) [best, least] = [run, own];
  }
  return best;
}
