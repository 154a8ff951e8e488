import * as v from "valibot";
import { alarmsFor } from "../../shared/core/autoscaling/alarms.ts";
import type { AlarmChange } from "../../shared/core/autoscaling/types.ts";
import { alarmName, ownerOf } from "../../shared/core/kernel/alarm-name.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";
import { type Evaluated, evaluateServices, throwFailures } from "./evaluate.ts";

const AlarmState = v.picklist(["ALARM", "OK", "INSUFFICIENT_DATA"]);
const Instant = v.pipe(
  v.string(),
  // CloudWatch writes "+0000"; ISO 8601 as Date.parse guarantees it wants "+00:00".
  v.transform((text) => Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"))),
  v.number("an ISO 8601 instant"),
);

/** EventBridge, detail-type "CloudWatch Alarm State Change". */
const EventBridgeEvent = v.object({
  id: v.optional(v.string()),
  "detail-type": v.literal("CloudWatch Alarm State Change"),
  detail: v.object({
    alarmName: v.string(),
    state: v.object({ value: AlarmState, timestamp: Instant }),
  }),
});

/** What CloudWatch publishes to an SNS topic, inside Records[].Sns.Message as text. */
const SnsMessage = v.object({
  AlarmName: v.string(),
  NewStateValue: AlarmState,
  StateChangeTime: Instant,
});
const SnsEvent = v.object({
  Records: v.array(v.object({ Sns: v.object({ MessageId: v.optional(v.string()), Message: v.string() }) })),
});

/** A change of one alarm, and the id of the event that told of it. */
export interface AlarmNotice extends AlarmChange {
  readonly eventId?: string;
}

/** Changes of alarms in an event of either form; what is not understood is answered in `ignored`, one line each. */
export function parseAlarmEvent(event: unknown): {
  readonly notices: readonly AlarmNotice[];
  readonly ignored: readonly string[];
} {
  const direct = v.safeParse(EventBridgeEvent, event);
  if (direct.success) {
    const { id, detail } = direct.output;
    const notice = { name: detail.alarmName, state: detail.state.value, at: detail.state.timestamp };
    return { notices: [{ ...notice, ...(id === undefined ? {} : { eventId: id }) }], ignored: [] };
  }
  const sns = v.safeParse(SnsEvent, event);
  if (!sns.success) return { notices: [], ignored: ["neither an alarm state change of EventBridge nor an SNS event"] };
  const notices: AlarmNotice[] = [];
  const ignored: string[] = [];
  for (const { Sns } of sns.output.Records) {
    const message = v.safeParse(SnsMessage, jsonOrUndefined(Sns.Message));
    if (!message.success) {
      ignored.push(`SNS message ${Sns.MessageId ?? ""} is not CloudWatch's`);
      continue;
    }
    const { AlarmName: name, NewStateValue: state, StateChangeTime: at } = message.output;
    notices.push({ name, state, at, ...(Sns.MessageId === undefined ? {} : { eventId: Sns.MessageId }) });
  }
  return { notices, ignored };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The service an alarm of ours belongs to and its name without stage and tenant; undefined for anybody else's alarm. */
export function serviceOfAlarm(
  config: HeadgateConfig,
  stage: string,
  tenant: string,
  alarm: string,
): { readonly service: string; readonly name: string } | undefined {
  for (const [service, autoscaling] of Object.entries(config.autoscaling)) {
    const spec = alarmsFor(service, autoscaling).find(({ name }) => alarmName(stage, tenant, name) === alarm);
    if (spec) return { service, name: spec.name };
  }
  return undefined;
}

/**
 * Evaluates the services whose alarms have changed, each for the tenant that the alarm's name tells. Alarms that are not ours (or
 * no longer, or another stage's) are logged and left alone. Records and states know an alarm by its name without stage and tenant.
 *
 * @throws HeadgateError (retryable) when a service could not be evaluated, or another worker held it all the time: the
 *   alarm's state has not been noted then, and the event must come again.
 */
export async function handleAlarms(runtime: Runtime, notices: readonly AlarmNotice[]): Promise<readonly Evaluated[]> {
  const stage = runtime.stage ?? LOCAL_STAGE;
  const all: Evaluated[] = [];
  // One after the other, oldest first: two changes of one alarm in one event must not overtake each other.
  for (const { eventId, ...notice } of [...notices].sort((a, b) => a.at - b.at)) {
    const owner = ownerOf(notice.name);
    const current = owner?.stage === stage ? await currentConfig(runtime, owner.tenant) : undefined;
    const found = owner && current && serviceOfAlarm(current.config, stage, owner.tenant, notice.name);
    if (!found) {
      runtime.telemetry.log("warn", "alarm belongs to no service; ignored", { alarm: notice.name });
      runtime.telemetry.count("headgate_alarms_ignored_total");
      continue;
    }
    const { service, name } = found;
    const alarm = { ...notice, name };
    const trigger = {
      type: "alarm" as const,
      ...(eventId === undefined ? {} : { id: eventId }),
      detail: `${name} is in ${alarm.state}`,
    };
    const evaluated = await evaluateServices(runtime, { tenant: owner.tenant, services: [service], trigger, alarm });
    all.push(...evaluated.map(notNoted));
  }
  throwFailures(all);
  return all;
}

/** An alarm calls once. Where a tick could shrug off "busy", here it would mean that nobody knows of the alarm. */
function notNoted(evaluated: Evaluated): Evaluated {
  const status = evaluated.result?.status;
  if (status !== "busy" && status !== "conflict") return evaluated;
  const error = new HeadgateError("store.throttled", `${evaluated.service} was held by other workers`, {
    retryable: true,
  });
  return { ...evaluated, error };
}

/** Lambda: an EventBridge rule on alarm state changes, or an SNS topic. */
export async function handler(event: unknown): Promise<void> {
  const { runtime } = await deployed();
  try {
    const { notices, ignored } = parseAlarmEvent(event);
    for (const why of ignored) runtime.telemetry.log("warn", "event ignored", { why });
    await handleAlarms(runtime, notices);
  } finally {
    await runtime.telemetry.flush();
  }
}
