import type {
  ComparisonOperator,
  CompositeAlarm,
  MetricAlarm,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
  Statistic,
} from "@aws-sdk/client-cloudwatch";
import { SECOND_MS } from "../core/kernel/time.ts";
import type {
  AlarmRule,
  WantedAlarm,
  WantedCompositeAlarm,
  WantedMetricAlarm,
  WantedServiceAlarm,
} from "../core/ports/alarms.ts";
import { metricAddress, statisticOf } from "./cloudwatch-metrics.ts";

/** An alarm as CloudWatch wants it put; composite ones by another call. */
export type AlarmInput =
  | { readonly kind: "metric"; readonly name: string; readonly input: PutMetricAlarmInput }
  | { readonly kind: "composite"; readonly name: string; readonly input: PutCompositeAlarmInput };

/** An alarm as CloudWatch has it. */
export type ActualAlarm =
  | { readonly kind: "metric"; readonly alarm: MetricAlarm }
  | { readonly kind: "composite"; readonly alarm: CompositeAlarm };

const COMPARISONS: Readonly<Record<WantedMetricAlarm["comparison"], ComparisonOperator>> = {
  ">": "GreaterThanThreshold",
  ">=": "GreaterThanOrEqualToThreshold",
  "<": "LessThanThreshold",
  "<=": "LessThanOrEqualToThreshold",
};

/** CloudWatch takes 1,024 characters of description, of an expression 10,240. */
const LONGEST_ABOUT = 800;
const LONGEST_RULE = 10_240;

/** Marks an alarm as made for a tenant; comes with DescribeAlarms, while tags cost a request each. */
const mark = (tenant: string) => `Made by Headgate for tenant ${tenant}.`;
const described = (tenant: string, about: string) =>
  `${mark(tenant)} ${about.slice(0, LONGEST_ABOUT)}; "config apply" overwrites changes.`;

export const isMarked = ({ alarm }: ActualAlarm, tenant: string): boolean =>
  alarm.AlarmDescription?.startsWith(mark(tenant)) ?? false;

/** The alarm as its call wants it, or why it cannot be. */
export function alarmInput(wanted: WantedAlarm, tenant: string): AlarmInput | string {
  if (wanted.kind === "composite") return compositeInput(wanted, tenant);
  const input = wanted.kind === "metric" ? metricInput(wanted, tenant) : serviceInput(wanted, tenant);
  return typeof input === "string" ? input : { kind: "metric", name: wanted.name, input };
}

function compositeInput({ name, about, rule }: WantedCompositeAlarm, tenant: string): AlarmInput | string {
  const AlarmRule = ruleText(rule);
  if (AlarmRule.length > LONGEST_RULE)
    return `it combines too many alarms: ${AlarmRule.length} characters, CloudWatch takes ${LONGEST_RULE}`;
  return {
    kind: "composite",
    name,
    input: { AlarmName: name, AlarmDescription: described(tenant, about), AlarmRule },
  };
}

const ruleText = (rule: AlarmRule): string => {
  if ("alarm" in rule) return `ALARM("${rule.alarm}")`;
  const [parts, word] = "all" in rule ? [rule.all, " AND "] : [rule.any, " OR "];
  return `(${parts.map(ruleText).join(word)})`;
};

const periodFault = (periodMs: number) =>
  periodMs % (60 * SECOND_MS) === 0 ? undefined : `a period of ${periodMs} ms is not a whole number of minutes`;

const common = (wanted: WantedServiceAlarm | WantedMetricAlarm) => ({
  AlarmName: wanted.name,
  Period: wanted.periodMs / SECOND_MS,
  EvaluationPeriods: wanted.evaluationPeriods,
  DatapointsToAlarm: wanted.datapoints,
  ComparisonOperator: COMPARISONS[wanted.comparison],
});

function metricInput(wanted: WantedMetricAlarm, tenant: string): PutMetricAlarmInput | string {
  return (
    periodFault(wanted.periodMs) ?? {
      ...common(wanted),
      AlarmDescription: described(tenant, wanted.about),
      Namespace: wanted.namespace,
      MetricName: wanted.metric,
      Dimensions: Object.entries(wanted.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: wanted.statistic,
      Threshold: wanted.threshold,
      TreatMissingData: wanted.missing,
    }
  );
}

/**
 * A rate per second is CloudWatch's sum per period.
 *
 * Missing data is `missing`: with no data at all the alarm goes to INSUFFICIENT_DATA, an event that Headgate notes and never acts
 * on. `breaching` would read an outage as load and `notBreaching` as calm; `ignore` would keep an alarm open on a service that
 * went silent, and its silence would be no event.
 */
function serviceInput(wanted: WantedServiceAlarm, tenant: string): PutMetricAlarmInput | string {
  const address = metricAddress(wanted);
  if (typeof address === "string") return address;
  return (
    periodFault(wanted.periodMs) ?? {
      ...common(wanted),
      AlarmDescription: described(tenant, `Wakes the controller of ${wanted.service.name}`),
      Namespace: address.namespace,
      MetricName: address.name,
      Dimensions: [...address.dimensions],
      Statistic: statisticOf(wanted.stat, address) as Statistic,
      Threshold: address.perSecond ? (wanted.threshold * wanted.periodMs) / SECOND_MS : wanted.threshold,
      TreatMissingData: "missing",
    }
  );
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
export function isSame(actual: ActualAlarm, wanted: AlarmInput): boolean {
  if (actual.kind === "composite" || wanted.kind === "composite") {
    if (actual.kind !== "composite" || wanted.kind !== "composite") return false;
    const { AlarmRule, AlarmDescription } = actual.alarm;
    return AlarmRule === wanted.input.AlarmRule && AlarmDescription === wanted.input.AlarmDescription;
  }
  const [{ alarm }, { input }] = [actual, wanted];
  return SCALARS.every((name) => alarm[name] === input[name]) && dimensionText(alarm) === dimensionText(input);
}

/** A put replaces the whole alarm: notifications that people hung on it are carried over. */
export function carryOver({ alarm }: ActualAlarm): Partial<PutMetricAlarmInput & PutCompositeAlarmInput> {
  const { ActionsEnabled, AlarmActions, OKActions, InsufficientDataActions } = alarm;
  return { ActionsEnabled, AlarmActions, OKActions, InsufficientDataActions };
}
