import { resolved } from "../auto.ts";
import type { Days } from "../backtest/days.ts";
import type { Measures } from "../backtest/measures.ts";
import type { AutoscalingConfig, Policy } from "../config.ts";
import { type Counted, costOf, type Goal, goalOf, moneyOf } from "./objective.ts";
import { playing, type Stage } from "./play.ts";
import { choosing, type TuneOptions } from "./tune.ts";
import type { Regret } from "./types.ts";

/** What runs now: a name for people, the configuration as it is written, and what `auto` stands for in it. */
export interface Running {
  readonly name: string;
  readonly config: AutoscalingConfig;
  readonly pick?: Policy | undefined;
}

/** A run with its name. */
export type Scored = Counted & Pick<Measures, "oracleTaskHours"> & { readonly name: string };

/**
 * What the running policy cost over some days of a recorded load, against the best that is known and against perfect foresight. All of them are
 * played over the same load in the same world. The best is found in hindsight, on the very days: it is what could have been had, not what anybody
 * could have known. Some hours of the load each turn.
 *
 * @throws HeadgateError `input.invalid` where the running policy rests on a metric that the model does not have
 */
export function* regretting(
  stage: Stage,
  running: Running,
  days: Days,
  options: TuneOptions = {},
): Generator<undefined, Regret> {
  const { measures } = yield* playing(stage, resolved(running.config, running.pick), days, running.name);
  const { picked, train } = yield* choosing(stage, days, options);
  const goal = goalOf(options.objective, stage.meanTasks);
  return regretOf(goal, { ...measures, name: running.name }, [{ ...train, name: picked.name }]);
}

/** The same of runs that are at hand. The running one is among the best that are known: regret is never negative. */
export function regretOf(goal: Goal, running: Scored, others: readonly Scored[]): Regret {
  // An SLO has no price of its own for a bad minute; ten minutes of the average fleet stand for it.
  const { most: _, ...priced } = goal;
  let best = running;
  for (const other of others) if (costOf(priced, other) < costOf(priced, best)) best = other;
  const foresight = { ...running, taskHours: running.oracleTaskHours, violationMinutes: 0 };
  return {
    minutes: running.minutes,
    cost: costOf(priced, running),
    best: { name: best.name, cost: costOf(priced, best) },
    oracle: costOf(priced, foresight),
    ...moneyOfAll(goal, running, best, foresight),
  };
}

function moneyOfAll(goal: Goal, running: Counted, best: Counted, oracle: Counted): Pick<Regret, "money"> {
  const sum = (run: Counted): number => {
    const { tasks, violations } = moneyOf(goal, run) ?? { tasks: 0, violations: 0 };
    return tasks + violations;
  };
  if (goal.taskHour === undefined) return {};
  return { money: { cost: sum(running), best: sum(best), oracle: sum(oracle) } };
}
