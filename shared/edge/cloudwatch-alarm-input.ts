import type { ComparisonOperator, MetricAlarm, PutMetricAlarmInput, Statistic } from "@aws-sdk/client-cloudwatch";
import { SECOND_MS } from "../core/kernel/time.ts";
import type { WantedAlarm } from "../core/ports/alarms.ts";
import { metricAddress, statisticOf } from "./cloudwatch-metrics.ts";

const COMPARISONS: Readonly<Record<WantedAlarm["comparison"], ComparisonOperator>> = {
  ">": "GreaterThanThreshold",
  ">=": "GreaterThanOrEqualToThreshold",
  "<": "LessThanThreshold",
  "<=": "LessThanOrEqualToThreshold",
};

/** Marks an alarm as made for a tenant; comes with DescribeAlarms, while tags cost a request each. */
const mark = (tenant: string) => `Made by Headgate for tenant ${tenant}.`;

export const isMarked = (alarm: MetricAlarm, tenant: string): boolean =>
  alarm.AlarmDescription?.startsWith(mark(tenant)) ?? false;

/**
 * The alarm as PutMetricAlarm wants it, or why it cannot be. A rate per second is CloudWatch's sum per period.
 *
 * Missing data is `missing`: with no data at all the alarm goes to INSUFFICIENT_DATA, an event that Headgate notes and never acts
 * on. `breaching` would read an outage as load and `notBreaching` as calm; `ignore` would keep an alarm open on a service that
 * went silent, and its silence would be no event.
 */
export function alarmInput(wanted: WantedAlarm, tenant: string): PutMetricAlarmInput | string {
  const address = metricAddress(wanted);
  if (typeof address === "string") return address;
  if (wanted.periodMs % (60 * SECOND_MS) !== 0)
    return `a period of ${wanted.periodMs} ms is not a whole number of minutes`;
  const seconds = wanted.periodMs / SECOND_MS;
  return {
    AlarmName: wanted.name,
    AlarmDescription: `${mark(tenant)} Wakes the controller of ${wanted.service.name}; "config apply" overwrites changes.`,
    Namespace: address.namespace,
    MetricName: address.name,
    Dimensions: [...address.dimensions],
    Statistic: statisticOf(wanted.stat, address) as Statistic,
    Period: seconds,
    EvaluationPeriods: wanted.evaluationPeriods,
    DatapointsToAlarm: wanted.datapoints,
    Threshold: address.perSecond ? wanted.threshold * seconds : wanted.threshold,
    ComparisonOperator: COMPARISONS[wanted.comparison],
    TreatMissingData: "missing",
  };
}

const SCALARS = [
  "AlarmDescription",
  "Namespace",
  "MetricName",
  "Statistic",
  "Period",
  "EvaluationPeriods",
  "DatapointsToAlarm",
  "Threshold",
  "ComparisonOperator",
  "TreatMissingData",
] as const;

const dimensionText = (alarm: Pick<MetricAlarm, "Dimensions">) =>
  JSON.stringify((alarm.Dimensions ?? []).map((one) => [one.Name, one.Value]).sort());

/** Whether CloudWatch's alarm is already as wanted. */
export function isSame(actual: MetricAlarm, wanted: PutMetricAlarmInput): boolean {
  return SCALARS.every((name) => actual[name] === wanted[name]) && dimensionText(actual) === dimensionText(wanted);
}

/** PutMetricAlarm replaces the whole alarm: notifications that people hung on it are carried over. */
export function carryOver(actual: MetricAlarm | undefined): Partial<PutMetricAlarmInput> {
  if (!actual) return {};
  const { ActionsEnabled, AlarmActions, OKActions, InsufficientDataActions } = actual;
  return { ActionsEnabled, AlarmActions, OKActions, InsufficientDataActions };
}
