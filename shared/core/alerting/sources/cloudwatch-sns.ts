import * as v from "valibot";
import { type AlarmMetric, alarmAlerts, type CloudwatchOptions } from "./cloudwatch-alert.ts";
import { arnOf, faultText, Instant } from "./envelope.ts";
import { refused, type Sourced } from "./types.ts";

const State = v.picklist(["ALARM", "OK", "INSUFFICIENT_DATA"]);
/** CloudWatch leaves out or writes null where there is none. */
const text = v.pipe(
  v.nullish(v.string(), ""),
  v.transform((value) => value ?? ""),
);

const Metric = v.object({
  MetricName: v.string(),
  Namespace: text,
  // Names of members begin small in what CloudWatch publishes.
  Dimensions: v.nullish(v.array(v.object({ name: v.string(), value: v.string() })), []),
});

const Message = v.object({
  AlarmName: v.string(),
  AlarmDescription: text,
  AWSAccountId: text,
  AlarmArn: v.string(),
  NewStateValue: State,
  NewStateReason: text,
  StateChangeTime: Instant,
  OldStateValue: v.optional(State),
  Trigger: v.optional(v.record(v.string(), v.unknown())),
  AlarmRule: v.optional(v.string()),
  ActionsSuppressedBy: v.optional(v.string()),
});

const metricOf = ({ MetricName, Namespace, Dimensions }: v.InferOutput<typeof Metric>): AlarmMetric => ({
  namespace: Namespace,
  name: MetricName,
  dimensions: Object.fromEntries((Dimensions ?? []).map(({ name, value }) => [name, value])),
});

/** One metric by itself, or a list of metrics and expressions over them. */
function metricsOf(trigger: Readonly<Record<string, unknown>>): readonly AlarmMetric[] {
  const { Metrics } = trigger;
  const found = Array.isArray(Metrics)
    ? Metrics.flatMap((one: unknown) => {
        const { MetricStat } = (one ?? {}) as { MetricStat?: { Metric?: unknown } };
        return MetricStat?.Metric === undefined ? [] : [MetricStat.Metric];
      })
    : [trigger];
  return found.flatMap((one) => {
    const parsed = v.safeParse(Metric, one);
    return parsed.success ? [metricOf(parsed.output)] : [];
  });
}

/** Whether a document looks like what CloudWatch publishes to a topic when an alarm changes. */
export const isAlarmMessage = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "AlarmName" in value && "NewStateValue" in value;

/**
 * What CloudWatch publishes to an SNS topic: the same alerts, label for label, as the event on EventBridge gives. The previous
 * state's beginning is not told here, so an alert that ends is given its end alone.
 */
export function cloudwatchMessage(value: unknown, options: CloudwatchOptions = {}): Sourced {
  const parsed = v.safeParse(Message, value);
  if (!parsed.success) return refused(`in a message of CloudWatch ${faultText(parsed.issues)}`);
  const message = parsed.output;
  if (!arnOf(message.AlarmArn)) return refused("in a message of CloudWatch AlarmArn is not usable");
  return alarmAlerts(
    {
      arn: message.AlarmArn,
      name: message.AlarmName,
      account: message.AWSAccountId,
      description: message.AlarmDescription,
      state: message.NewStateValue,
      reason: message.NewStateReason,
      at: message.StateChangeTime,
      metrics: message.Trigger ? metricsOf(message.Trigger) : [],
      ...(message.OldStateValue === undefined ? {} : { previous: { state: message.OldStateValue } }),
      ...(message.AlarmRule === undefined ? {} : { rule: message.AlarmRule }),
      ...(message.ActionsSuppressedBy === undefined ? {} : { suppressedBy: message.ActionsSuppressedBy }),
    },
    options,
  );
}
