import {
  alertSetsAccess,
  alertTargetsAccess,
  configRead,
  deadLetterAccess,
  deleteAccess,
  dueAccess,
  listAccess,
  parametersAccess,
  queueAccess,
  tableAccess,
  wakesAccess,
} from "./access.ts";
import { deadLetters, errors, watch } from "./alarms.ts";
import { alertPatterns } from "./alerting-events.ts";
import { alertParameters, linkParameters } from "./alerting-settings.ts";
import { onAlarms, onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { createWakes } from "./queue.ts";

/** Seconds that the flushes of a batch may take, receivers that are slow to answer included. */
const FLUSH_TIMEOUT_SECONDS = 90;

/** Timers of groups of alerts, with a queue, schedules and dead letters of their own. */
export const createFlushes = () => createWakes("Flushes", FLUSH_TIMEOUT_SECONDS);

/** What routes alerts: flushes of the groups whose time has come, a sweep of what was missed, and events that become alerts. */
export function createAlerting(parts: Parts, flushes: ReturnType<typeof createFlushes>) {
  const { dead } = parts;
  const shared = { memory: "512 MB", environment: environment(parts) } as const;
  const groups = [
    ...tableAccess(parts),
    ...listAccess(parts),
    ...deleteAccess(parts),
    ...configRead(parts),
    ...alertSetsAccess(parts),
    ...wakesAccess(flushes),
  ];
  const send = [...alertTargetsAccess(), ...parametersAccess([...alertParameters(), ...linkParameters()])];

  const flush = new sst.aws.Function("Flush", {
    handler: "functions/alerting/queue.handler",
    description: "Notifies of the groups of alerts whose time has come",
    timeout: `${FLUSH_TIMEOUT_SECONDS} seconds`,
    permissions: [...groups, ...send, ...queueAccess(flushes.queue)],
    ...shared,
  });
  flushes.queue.subscribe(flush.arn, {
    batch: { size: 10, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // A storm of groups is sent a hundred at a time, and takes no more of the account's concurrency from the API than this.
        mapping.scalingConfig = { maximumConcurrency: 10 };
      },
    },
  });

  const sweep = new sst.aws.Function("AlertSweep", {
    handler: "functions/alerting/schedule.handler",
    description: "Flushes the groups that no timer woke, and tells how many are overdue",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    permissions: [...groups, ...send, ...dueAccess(parts), ...deadLetterAccess(dead.arn)],
    ...shared,
    ...asyncFailures(dead.arn, 2 * 60),
  });
  onSchedule("AlertSweepEvery", sweep, dead, { every: "rate(1 minute)", kind: "sweep", maxAgeSeconds: 60 });

  const events = new sst.aws.Function("AlertEvents", {
    handler: "functions/alerting/sources/events.handler",
    description: "Makes alerts of alarms, of AWS Health and of ECS events",
    timeout: "30 seconds",
    permissions: [...groups, ...deadLetterAccess(dead.arn)],
    ...shared,
    ...asyncFailures(dead.arn, 60 * 60),
  });
  const rules = alertPatterns().map(([name, description, pattern]) => {
    const rule = new aws.cloudwatch.EventRule(name, {
      name: `${$app.name}-${$app.stage}-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).slice(1)}`,
      description,
      eventPattern: $jsonStringify(pattern),
    });
    onAlarms(name, rule, events, dead);
    return rule;
  });

  const topic = watchAlerting(flushes, { Flush: flush, AlertSweep: sweep, AlertEvents: events });
  return { rules, watch: topic };
}

/**
 * The dead man's switch: who is told when alerts are not told. Nothing of alerting stands between these alarms and the people, so the
 * topic wants a subscriber that is not Headgate.
 */
function watchAlerting(
  flushes: ReturnType<typeof createFlushes>,
  functions: Readonly<Record<string, sst.aws.Function>>,
): aws.sns.Topic {
  const topic = new aws.sns.Topic("AlertingWatch", { name: `${$app.name}-${$app.stage}-alerting-watch` });
  const email = process.env["HEADGATE_ALERTING_WATCH_EMAIL"] || process.env["HEADGATE_NOTIFY_EMAIL"];
  if (email) {
    new aws.sns.TopicSubscription("AlertingWatchEmail", { topic: topic.arn, protocol: "email", endpoint: email });
  }
  watch(topic, "FlushesOverdue", {
    alarmDescription: "Notifications of alerts are overdue and nobody sends them, or the sweep does not run",
    namespace: "Headgate",
    metricName: "FlushesOverdue",
    statistic: "Maximum",
    period: 60,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    // The sweep reports each minute, a zero as well: silence is the fault itself.
    treatMissingData: "breaching",
  });
  watch(topic, "DeadFlushes", {
    ...deadLetters(flushes.dead),
    alarmDescription: "Flushes were given up on after five tries and wait in a dead-letter queue (docs/deploy.md)",
  });
  for (const [name, fn] of Object.entries(functions)) watch(topic, `${name}Errors`, errors(fn));
  return topic;
}
