import { type EventSource, eventSources } from "./alerting-settings.ts";
import { isOn } from "./switches.ts";

/**
 * Events of EventBridge that become alerts, by the name of their rule. What cannot become one is left out here already: a call costs
 * and an event does not. The function reads them once more, in full.
 */
export function alertPatterns(): readonly (readonly [name: string, about: string, pattern: object])[] {
  return eventSources().flatMap((source) => PATTERNS[source]());
}

const PATTERNS: Readonly<Record<EventSource, () => readonly (readonly [string, string, object])[]>> = {
  cloudwatch: () => [
    [
      "AlertAlarms",
      "Alarms of the account, but for those that scale something or stand for rules of Headgate",
      {
        source: ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change", "CloudWatch Alarm Configuration Change"],
        detail: { alarmName: [{ "anything-but": { wildcard: leftOut() } }] },
      },
    ],
  ],
  health: () => [
    [
      "AlertHealth",
      "What AWS Health tells of the account",
      { source: ["aws.health"], "detail-type": ["AWS Health Event", "AWS Health Abuse Event"] },
    ],
  ],
  ecs: () => [
    [
      "AlertTasks",
      "Tasks of ECS that stopped, but for those that somebody stopped",
      {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: {
          lastStatus: ["STOPPED"],
          stopCode: [
            "EssentialContainerExited",
            "ServiceSchedulerInitiated",
            "SpotInterruption",
            "TaskFailedToStart",
            "TerminationNotice",
          ],
        },
      },
    ],
    [
      "AlertServices",
      "Services and deployments of ECS that are in trouble, and those that are out of it",
      {
        source: ["aws.ecs"],
        "detail-type": ["ECS Service Action", "ECS Deployment State Change"],
        detail: {
          eventName: [
            { "anything-but": { wildcard: ["*_IN_PROGRESS", "TASKSET_*", "CAPACITY_PROVIDER_*", "*_UPDATED"] } },
          ],
        },
      },
    ],
  ],
};

/** Where scaling alarms are wanted, those that stand for rules are still left out: rules send their own alerts. */
const leftOut = () =>
  isOn("HEADGATE_ALERTING_SCALING_ALARMS")
    ? ["headgate/*/*/rule/*", "headgate/*/*/part/*"]
    : ["headgate/*", "TargetTracking-*"];
