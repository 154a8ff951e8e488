import {
  configRead,
  deadLetterAccess,
  describeFleetAccess,
  listAccess,
  ownAlertsAccess,
  prometheusAccess,
  samplesAccess,
  tableAccess,
} from "./access.ts";
import { alarmArns } from "./account.ts";
import { onAlarms, onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";

/** What wakes monitoring: the alarms that stand for rules, and each minute the rules that have to be asked for. */
export function createMonitoring(parts: Parts) {
  const { dead } = parts;
  const shared = { memory: "512 MB", environment: environment(parts) } as const;
  const decide = [
    ...tableAccess(parts),
    ...configRead(parts),
    ...ownAlertsAccess(parts),
    ...deadLetterAccess(dead.arn),
  ];

  const alarm = new sst.aws.Function("RuleAlarm", {
    handler: "functions/monitoring/alarm.handler",
    description: "Fires and resolves the rule whose alarm changed state",
    timeout: "30 seconds",
    permissions: decide,
    ...shared,
    ...asyncFailures(dead.arn, 15 * 60),
  });
  const rule = new aws.cloudwatch.EventRule("RuleChanged", {
    name: `${$app.name}-${$app.stage}-rule-changed`,
    description: "Alarms that stand for alerting rules",
    eventPattern: $jsonStringify({
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      // The very pattern that autoscaling's rule leaves out, so that an alarm goes to one of the two.
      resources: [{ wildcard: alarmArns("*/rule/*") }],
    }),
  });
  onAlarms("RuleChanged", rule, alarm, dead);

  // One at a time: a second one would only lose every claim to the first.
  const rules = new sst.aws.Function("Rules", {
    handler: "functions/monitoring/schedule.handler",
    description: "Evaluates the rules that are due, over a Prometheus API and over what services tell of themselves",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    permissions: [...decide, ...listAccess(parts), ...samplesAccess(), ...describeFleetAccess(), ...prometheusAccess()],
    ...shared,
    ...asyncFailures(dead.arn, 2 * 60),
  });
  onSchedule("RulesEvery", rules, dead, { every: "rate(1 minute)", kind: "minute", maxAgeSeconds: 60 });
  return { functions: { RuleAlarm: alarm, Rules: rules }, rule };
}
