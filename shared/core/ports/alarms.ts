import type { ServiceRef } from "./fleet.ts";

/** An alarm that must exist so that a service wakes Headgate. `name` is the one of kernel/alarm-name. */
export interface WantedAlarm {
  readonly service: ServiceRef;
  readonly name: string;
  readonly metric: string;
  readonly stat: "avg" | "max";
  readonly comparison: ">" | ">=" | "<" | "<=";
  readonly threshold: number;
  readonly periodMs: number;
  readonly datapoints: number;
  readonly evaluationPeriods: number;
}

export interface AlarmChanges {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  /** Alarms that cannot be made, each with a sentence; such a service is seen by the schedule only. */
  readonly skipped?: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Alarms outside of Headgate (CloudWatch, or the local counterpart). Touches only alarms it made itself;
 * another's alarm under a wanted name is HeadgateError `config.conflict`.
 * `regions`: where the tenant may have alarms besides the wanted ones (services that have left); looked at as well. One that
 * cannot be reached is in `skipped` under the name `alarmsIn(region)` and stops nothing.
 * Errors: HeadgateError `samples.unavailable` (retryable).
 */
export interface Alarms {
  /** What `reconcile` would do, without doing it. */
  plan(tenant: string, wanted: readonly WantedAlarm[], regions?: readonly string[]): Promise<AlarmChanges>;
  reconcile(tenant: string, wanted: readonly WantedAlarm[], regions?: readonly string[]): Promise<AlarmChanges>;
}
