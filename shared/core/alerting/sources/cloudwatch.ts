import * as v from "valibot";
import type { Millis } from "../../kernel/time.ts";
import {
  type AlarmMetric,
  type AlarmNews,
  alarmAlerts,
  alarmGone,
  type CloudwatchOptions,
  notAlerting,
  sameAlert,
} from "./cloudwatch-alert.ts";
import { type AwsEvent, arnOf, faultText, Instant } from "./envelope.ts";
import { nothing, refused, type Sourced } from "./types.ts";

const State = v.picklist(["ALARM", "OK", "INSUFFICIENT_DATA"]);
const text = v.optional(v.string(), "");

const Configuration = v.object({
  description: text,
  metrics: v.optional(
    v.array(
      v.object({
        metricStat: v.optional(
          v.object({
            metric: v.object({
              namespace: text,
              name: v.string(),
              dimensions: v.optional(v.record(v.string(), v.string()), {}),
            }),
          }),
        ),
      }),
    ),
    [],
  ),
  alarmRule: v.optional(v.string()),
});

const Detail = v.object({
  alarmName: v.string(),
  configuration: v.optional(Configuration, {}),
  state: v.object({
    value: State,
    timestamp: Instant,
    reason: text,
    actionsSuppressedBy: v.optional(v.string()),
  }),
  previousState: v.optional(v.object({ value: State, timestamp: v.optional(Instant) })),
});

const Changed = v.object({
  alarmName: v.string(),
  operation: v.picklist(["create", "update", "delete"]),
  configuration: v.optional(Configuration, {}),
  previousConfiguration: v.optional(Configuration),
  state: v.object({ value: State, timestamp: v.optional(Instant), reason: text }),
});

const metricsOf = ({ metrics }: v.InferOutput<typeof Configuration>): readonly AlarmMetric[] =>
  metrics.flatMap(({ metricStat }) => (metricStat ? [metricStat.metric] : []));

/**
 * "CloudWatch Alarm State Change": metric alarms, alarms over several metrics and alarms over alarms.
 * "CloudWatch Alarm Configuration Change": an alarm that is deleted while it fires ends its alert, as nobody else ever will; one whose
 * labels change does with the old ones.
 */
export function cloudwatchEvent(event: AwsEvent, options: CloudwatchOptions = {}): Sourced {
  if (event.type === "CloudWatch Alarm State Change") return stateChange(event, options);
  if (event.type === "CloudWatch Alarm Configuration Change") return configurationChange(event, options);
  return refused(`"${event.type}" is no event of alarms`);
}

const arnIn = ({ resources }: AwsEvent) => resources.find((one) => arnOf(one)?.service === "cloudwatch") ?? "";

function stateChange(event: AwsEvent, options: CloudwatchOptions): Sourced {
  const parsed = v.safeParse(Detail, event.detail);
  if (!parsed.success) return refused(`in "${event.type}" ${faultText(parsed.issues)}`);
  const { alarmName, configuration, state, previousState } = parsed.output;
  return alarmAlerts(
    {
      ...basics(event, alarmName, configuration),
      state: state.value,
      reason: state.reason,
      at: state.timestamp,
      ...(state.actionsSuppressedBy === undefined ? {} : { suppressedBy: state.actionsSuppressedBy }),
      ...(previousState ? { previous: before(previousState) } : {}),
    },
    options,
  );
}

const before = ({ value, timestamp }: { value: v.InferOutput<typeof State>; timestamp?: Millis | undefined }) => ({
  state: value,
  ...(timestamp === undefined ? {} : { at: timestamp }),
});

function basics(event: AwsEvent, name: string, configuration: v.InferOutput<typeof Configuration>) {
  const arn = arnIn(event) || `arn:aws:cloudwatch:${event.region}:${event.account}:alarm:${name}`;
  return {
    arn,
    name,
    account: event.account,
    description: configuration.description,
    metrics: metricsOf(configuration),
    ...(configuration.alarmRule === undefined ? {} : { rule: configuration.alarmRule }),
  };
}

function configurationChange(event: AwsEvent, options: CloudwatchOptions): Sourced {
  const parsed = v.safeParse(Changed, event.detail);
  if (!parsed.success) return refused(`in "${event.type}" ${faultText(parsed.issues)}`);
  const { alarmName, operation, configuration, previousConfiguration, state } = parsed.output;
  const why = notAlerting(alarmName, options);
  if (why !== undefined) return nothing(why);
  const since = state.timestamp ?? event.time;
  const known = { state: state.value, reason: state.reason, at: since, previous: { state: state.value, at: since } };
  const now: AlarmNews = { ...basics(event, alarmName, configuration), ...known };
  if (operation === "delete") return { kind: "alerts", at: event.time, alerts: alarmGone(now, event.time) };
  if (operation === "create" || !previousConfiguration)
    return nothing(`${alarmName} was ${operation}d; its state is told when it changes`);
  const old: AlarmNews = { ...basics(event, alarmName, previousConfiguration), ...known };
  if (sameAlert(old, now)) return nothing(`${alarmName} was updated and is the same alert`);
  const moved = now.state === "ALARM" ? alarmAlerts(now, options) : undefined;
  return {
    kind: "alerts",
    at: event.time,
    alerts: [...alarmGone(old, event.time), ...(moved?.kind === "alerts" ? moved.alerts : [])],
  };
}
