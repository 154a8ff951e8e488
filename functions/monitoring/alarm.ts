import { ownerOf } from "../../shared/core/kernel/alarm-name.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { RuleReason } from "../../shared/core/monitoring/rule-types.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import { type AlarmNotice, parseAlarmEvent } from "../autoscaling/alarm.ts";
import { deployed } from "../deployed.ts";

/** What became of one state change. */
export interface HandledRuleAlarm {
  readonly subject: string;
  readonly result: RunResult<RuleReason>;
}

/**
 * Tells rules of the state changes of the alarms that stand for them, each for the tenant that the alarm's name tells. The same
 * change twice, and an older one, change nothing. Alarms of nobody here are logged and left alone.
 *
 * @throws HeadgateError (retryable) when a rule could not be decided, or another worker held it all the time: an alarm calls once,
 *   so the event must come again. Those already told are not harmed by that.
 */
export async function handleRuleAlarms(
  runtime: Runtime,
  notices: readonly AlarmNotice[],
): Promise<readonly HandledRuleAlarm[]> {
  // Loaded with the first event: PromQL and templates are larger than everything else, and importing a handler costs each cold start.
  const [{ decideRule, settled }, { ruleOfAlarm }] = await Promise.all([
    import("./evaluate-rule.ts"),
    import("./rule-alarms.ts"),
  ]);
  const stage = runtime.stage ?? LOCAL_STAGE;
  const handled: HandledRuleAlarm[] = [];
  // One after the other, oldest first: two changes of one alarm in one event must not overtake each other.
  for (const { eventId, name, state, at } of [...notices].sort((a, b) => a.at - b.at)) {
    const owner = ownerOf(name);
    const current = owner?.stage === stage ? await currentConfig(runtime, owner.tenant) : undefined;
    const found = owner && ruleOfAlarm(current?.config.monitoring, stage, owner.tenant, name);
    if (!owner || !current || !found) {
      runtime.telemetry.log("warn", "alarm belongs to no rule; ignored", { alarm: name });
      runtime.telemetry.count("headgate_alarms_ignored_total");
      continue;
    }
    const trigger = {
      type: "alarm" as const,
      ...(eventId === undefined ? {} : { id: eventId }),
      detail: `${name} is in ${state}`,
    };
    const evaluating = { tenant: owner.tenant, configVersion: current.version, trigger };
    const { config, labels } = found;
    const result = await decideRule(runtime, evaluating, config, { kind: "alarm", alarm: { name, state, at, labels } });
    if (!settled(result)) {
      throw new HeadgateError("store.throttled", `${config.subject} was held by other workers`, { retryable: true });
    }
    handled.push({ subject: config.subject, result });
  }
  return handled;
}

/** Lambda: an EventBridge rule on the state changes of rules' alarms (names below `headgate/<stage>/`), or an SNS topic. */
export async function handler(event: unknown): Promise<void> {
  const { runtime } = await deployed();
  try {
    const { notices, ignored } = parseAlarmEvent(event);
    for (const why of ignored) runtime.telemetry.log("warn", "event ignored", { why });
    await handleRuleAlarms(runtime, notices);
  } finally {
    await runtime.telemetry.flush();
  }
}
