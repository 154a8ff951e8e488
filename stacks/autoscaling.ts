import {
  configRead,
  deadLetterAccess,
  dueAccess,
  fleetAccess,
  forecastsAccess,
  journalWrite,
  listAccess,
  managedFlinkAccess,
  queueAccess,
  samplesAccess,
  tableAccess,
  timersAccess,
} from "./access.ts";
import { alarmArns } from "./account.ts";
import { lagAccess } from "./autoscaling-access.ts";
import { scalingNetwork } from "./autoscaling-settings.ts";
import { onAlarms, onSchedule } from "./events.ts";
import { asyncFailures, environment } from "./functions.ts";
import type { Parts } from "./parts.ts";
import { TIMER_TIMEOUT_SECONDS } from "./queue.ts";

/** What wakes autoscaling: a service's alarm, the tick, the sweep, and timers. */
export function createAutoscaling(parts: Parts) {
  const { dead } = parts;
  const decide = [
    ...tableAccess(parts),
    ...configRead(parts),
    ...forecastsAccess(parts),
    ...fleetAccess(),
    ...managedFlinkAccess(),
    ...lagAccess(),
    ...samplesAccess(),
    ...timersAccess(parts),
  ];
  const network = scalingNetwork();
  const shared = {
    memory: "512 MB",
    environment: environment(parts),
    ...(network ? { vpc: network } : {}),
  } as const;
  const aside = deadLetterAccess(dead.arn);

  // Several alarms may act at once, and beside the tick: the claim is conditional, so only one of them wins a service.
  const alarm = new sst.aws.Function("Alarm", {
    handler: "functions/autoscaling/alarm.handler",
    description: "Decides for the service whose alarm changed state",
    timeout: "30 seconds",
    permissions: [...decide, ...aside],
    ...shared,
    ...asyncFailures(dead.arn, 15 * 60),
  });
  const rule = new aws.cloudwatch.EventRule("AlarmChanged", {
    name: `${$app.name}-${$app.stage}-alarm-changed`,
    description: "Alarms that Headgate keeps for the services it controls",
    eventPattern: $jsonStringify({
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      // By the ARN, because conditions on one member are alternatives: those of rules are monitoring's, their parts nobody's.
      resources: [{ "anything-but": { wildcard: [alarmArns("*/rule/*"), alarmArns("*/part/*")] } }],
      detail: { alarmName: [{ prefix: `headgate/${$app.stage}/` }] },
    }),
  });
  onAlarms("AlarmChanged", rule, alarm, dead);

  // One tick at a time: a second one would only lose every claim to the first.
  const tick = new sst.aws.Function("Tick", {
    handler: "functions/autoscaling/schedule.handler",
    description: "Looks at what is open: in alarm, cooldown ending, action pending",
    timeout: "55 seconds",
    concurrency: { reserved: 1 },
    permissions: [...decide, ...dueAccess(parts), ...aside],
    ...shared,
    ...asyncFailures(dead.arn, 2 * 60),
  });
  onSchedule("TickEvery", tick, dead, { every: "rate(1 minute)", kind: "tick", maxAgeSeconds: 60 });

  const sweep = new sst.aws.Function("Sweep", {
    handler: "functions/autoscaling/schedule.handler",
    description: "Looks at every service and reads those that no alarm watches; exports finished days of the journal",
    timeout: "5 minutes",
    concurrency: { reserved: 1 },
    permissions: [...decide, ...listAccess(parts), ...journalWrite(parts), ...aside],
    ...shared,
    ...asyncFailures(dead.arn, 15 * 60),
  });
  onSchedule("SweepEvery", sweep, dead, { every: "rate(15 minutes)", kind: "sweep", maxAgeSeconds: 15 * 60 });

  const timer = new sst.aws.Function("Timer", {
    handler: "functions/autoscaling/queue.handler",
    description: "Decides for the services whose time has come",
    timeout: `${TIMER_TIMEOUT_SECONDS} seconds`,
    ...shared,
    permissions: [...decide, ...queueAccess(parts.timers.queue)],
  });
  parts.timers.queue.subscribe(timer.arn, {
    batch: { size: 10, partialResponses: true },
    transform: {
      eventSourceMapping: (mapping) => {
        // The smallest there is: a burst of timers must not take the account's concurrency from the API.
        mapping.scalingConfig = { maximumConcurrency: 2 };
      },
    },
  });
  const tuning = parts.tuning ? createTuning(parts, shared.environment) : undefined;
  return {
    functions: { ...(tuning ? { Tuning: tuning } : {}), Alarm: alarm, Tick: tick, Sweep: sweep, Timer: timer },
    rule,
    ...(tuning ? { tuning } : {}),
  };
}

/** What picks policies for services with `auto`: reads what was measured, computes, and keeps what it found; it scales nothing. */
function createTuning(parts: Parts, given: ReturnType<typeof environment>) {
  const { dead } = parts;
  const tuning = new sst.aws.Function("Tuning", {
    handler: "functions/autoscaling/tuning-schedule.handler",
    description: "Picks anew the policies of services with auto, by backtests over their recorded load",
    timeout: "15 minutes",
    // At 1,769 MB a function has one whole core (Lambda Developer Guide, "Configure Lambda function memory").
    memory: "1769 MB",
    concurrency: { reserved: 1 },
    permissions: [...tableAccess(parts), ...configRead(parts), ...samplesAccess(), ...deadLetterAccess(dead.arn)],
    environment: given,
    ...asyncFailures(dead.arn, 60 * 60),
  });
  onSchedule("TuningEvery", tuning, dead, { every: "rate(1 hour)", kind: "tuning", maxAgeSeconds: 60 * 60 });
  return tuning;
}
