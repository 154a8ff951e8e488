import type { ServiceRef } from "./fleet.ts";

interface Threshold {
  /** The one of kernel/alarm-name. */
  readonly name: string;
  readonly comparison: ">" | ">=" | "<" | "<=";
  readonly threshold: number;
  readonly periodMs: number;
  readonly datapoints: number;
  readonly evaluationPeriods: number;
}

/** An alarm that must exist so that a service wakes Headgate. */
export interface WantedServiceAlarm extends Threshold {
  readonly kind?: "service";
  readonly service: ServiceRef;
  readonly metric: string;
  readonly stat: "avg" | "max";
}

/** An alarm on a metric by its CloudWatch address, in Headgate's own region. */
export interface WantedMetricAlarm extends Threshold {
  readonly kind: "metric";
  /** What it is for, a sentence without its full stop. */
  readonly about: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Average" | "Sum" | "Minimum" | "Maximum" | "SampleCount";
  /** What a period without data counts as. */
  readonly missing: "missing" | "ignore" | "breaching" | "notBreaching";
}

/** States of other alarms, combined: all or any of them are in ALARM. */
export type AlarmRule =
  | { readonly alarm: string }
  | { readonly all: readonly AlarmRule[] }
  | { readonly any: readonly AlarmRule[] };

/** An alarm over other wanted alarms, in Headgate's own region. */
export interface WantedCompositeAlarm {
  readonly kind: "composite";
  readonly name: string;
  readonly about: string;
  readonly rule: AlarmRule;
}

export type WantedAlarm = WantedServiceAlarm | WantedMetricAlarm | WantedCompositeAlarm;

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
 * another's alarm under a wanted name is HeadgateError `config.conflict`. A composite alarm never stands without the alarms it
 * is made of: it comes after them and goes before them.
 * `regions`: where the tenant may have alarms besides the wanted ones (services that have left); looked at as well. One that
 * cannot be reached is in `skipped` under the name `alarmsIn(region)` and stops nothing.
 * Errors: HeadgateError `samples.unavailable` (retryable).
 */
export interface Alarms {
  /** What `reconcile` would do, without doing it. */
  plan(tenant: string, wanted: readonly WantedAlarm[], regions?: readonly string[]): Promise<AlarmChanges>;
  reconcile(tenant: string, wanted: readonly WantedAlarm[], regions?: readonly string[]): Promise<AlarmChanges>;
}
