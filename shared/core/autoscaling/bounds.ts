import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import type { BoundBy } from "./opinion.ts";
import { floor } from "./rounding.ts";
import { type InForce, scheduled } from "./scheduled.ts";
import { digits } from "./signal.ts";

/** Smallest and largest count in force now, and when a schedule changes them next. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly nextAt?: Millis;
  /** Whose word they are; absent: the configuration's. */
  readonly minBy?: BoundBy;
  readonly maxBy?: BoundBy;
  /** What schedules and a budget say, for the trace. */
  readonly clauses: readonly Clause[];
}

/** How many instances a budget pays for, at least 1 where the minimum is: a budget that pays for none is a fault of the configuration. */
export function paidFor(config: Pick<AutoscalingConfig, "budget" | "min">): number | undefined {
  const { budget } = config;
  if (!budget) return undefined;
  return Math.max(Math.min(1, config.min), floor(budget.perHour / budget.taskHour));
}

/** The configured bounds with the schedules on top, and what a budget pays for on top of both: it wins over a minimum. */
export function boundsOf(config: AutoscalingConfig, now: Millis): Bounds {
  const force: InForce | undefined = scheduled(config, now);
  const paid = paidFor(config);
  if (!force && paid === undefined) return { min: config.min, max: config.max, clauses: [] };
  const { min, max } = force ?? config;
  const clauses: Clause[] = [];
  if (force) clauses.push({ kind: "computed", rule: "scheduled", text: force.text, values: { min, max } });
  const nextAt = force?.nextAt;
  const by = (value: number, configured: number): BoundBy | undefined =>
    force && value !== configured ? "scheduled" : undefined;
  const budget = paid !== undefined && paid < max;
  if (paid !== undefined && config.budget) clauses.push(budgetClause(config.budget, paid, min));
  const minBy = paid !== undefined && paid < min ? "budget" : by(min, config.min);
  const maxBy = budget ? "budget" : by(max, config.max);
  return {
    min: Math.min(min, paid ?? min),
    max: Math.min(max, paid ?? max),
    ...(nextAt === undefined ? {} : { nextAt }),
    ...(minBy ? { minBy } : {}),
    ...(maxBy ? { maxBy } : {}),
    clauses,
  };
}

function budgetClause(
  { perHour, taskHour }: NonNullable<AutoscalingConfig["budget"]>,
  paid: number,
  min: number,
): Clause {
  const below = paid < min ? `, fewer than the minimum of ${min}: the budget wins` : "";
  const text = `a budget of ${digits(perHour)} an hour pays for ${digits(paid)} at ${digits(taskHour)} each${below}`;
  return { kind: "computed", rule: "budget", text, values: { perHour, taskHour, count: paid } };
}
