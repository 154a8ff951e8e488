import type { Run } from "./simulate.ts";

/** The score of one policy on one trace. `elapsedMs` is added by whoever owns a clock. */
export interface Measures {
  readonly policy: string;
  /** Scored minutes, without warm-up. */
  readonly minutes: number;
  readonly violationMinutes: number;
  readonly taskHours: number;
  readonly oracleTaskHours: number;
  /** taskHours / oracleTaskHours. */
  readonly costRatio: number;
  /** (taskHours + price × violationMinutes) / oracleTaskHours; lower is better, 1 is perfect foresight. */
  readonly j: number;
  readonly worstWaitSeconds: number;
  readonly actionsPerDay: number;
}

/** A minute in which work had to wait costs as much as ten minutes of the average fleet. A choice, not a law. */
export const VIOLATION_FLEET_MINUTES = 10;

export function measures(policy: string, run: Run, oracleTaskHours: number, meanTasks: number): Measures {
  const priceTaskHours = (VIOLATION_FLEET_MINUTES * meanTasks) / 60;
  return {
    policy,
    minutes: run.scoredMinutes,
    violationMinutes: run.violationMinutes,
    taskHours: run.taskHours,
    oracleTaskHours,
    costRatio: run.taskHours / oracleTaskHours,
    j: (run.taskHours + priceTaskHours * run.violationMinutes) / oracleTaskHours,
    worstWaitSeconds: run.worstWaitSeconds,
    actionsPerDay: run.actions / (run.scoredMinutes / 1440),
  };
}
