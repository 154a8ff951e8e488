import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import { type InForce, scheduled } from "./scheduled.ts";

/** Smallest and largest count in force now, and when a schedule changes them next. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly nextAt?: Millis;
  readonly clause?: Clause;
}

/** The configured bounds with the schedules on top. */
export function boundsOf(config: AutoscalingConfig, now: Millis): Bounds {
  const force: InForce | undefined = scheduled(config, now);
  if (!force) return { min: config.min, max: config.max };
  const { min, max, nextAt, text } = force;
  const clause: Clause = { kind: "computed", rule: "scheduled", text, values: { min, max } };
  return nextAt === undefined ? { min, max, clause } : { min, max, nextAt, clause };
}
