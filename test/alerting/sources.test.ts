import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cloudwatchMessage } from "../../shared/core/alerting/sources/cloudwatch-sns.ts";
import { sourceEvent } from "../../shared/core/alerting/sources/event.ts";
import { postedEvents } from "../../shared/core/alerting/sources/posted.ts";
import type { SourceAlert, Sourced } from "../../shared/core/alerting/sources/types.ts";
import {
  AT,
  alarmEvent,
  alarmMessage,
  compositeEvent,
  configurationEvent,
  deploymentEvent,
  healthEvent,
  serviceEvent,
  taskEvent,
} from "./source-events.ts";

const alertsOf = (sourced: Sourced): readonly SourceAlert[] => {
  if (sourced.kind !== "alerts") throw new Error(`${sourced.kind}: ${sourced.why}`);
  return sourced.alerts;
};
const only = (sourced: Sourced): SourceAlert => {
  const [alert, ...more] = alertsOf(sourced);
  if (!alert || more.length > 0) throw new Error(`${more.length + 1} alerts`);
  return alert;
};
const whyOf = (sourced: Sourced) => (sourced.kind === "alerts" ? "alerts" : `${sourced.kind}: ${sourced.why}`);
const firing = ({ endsAt }: SourceAlert, now = AT) => endsAt === undefined || Date.parse(endsAt) > now;

describe("a CloudWatch alarm on EventBridge", () => {
  it("fires with its name, region, account, metric and dimensions, for as long as it is in ALARM", () => {
    const alert = only(sourceEvent(alarmEvent({ state: "ALARM" })));
    expect(alert.labels).toEqual({
      alertname: "orders-lag",
      severity: "page",
      source: "cloudwatch",
      region: "eu-central-1",
      account: "111122223333",
      namespace: "AWS/Kafka",
      metric: "MaxOffsetLag",
      service: "orders",
      dimension_Cluster_Name: "events",
      dimension_Consumer_Group: "orders",
    });
    expect(alert.annotations).toMatchObject({ reason: "Threshold Crossed", summary: "orders-lag is in ALARM" });
    expect(alert.startsAt).toBe("2026-11-22T10:00:00.123Z");
    expect(firing(alert, AT + 300 * 86_400_000), "no news is not the end of it").toBe(true);
    expect(alert.generatorURL).toBe(
      "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/orders-lag",
    );
  });

  it("is over with OK, under the same labels, from when it began", () => {
    const began = only(sourceEvent(alarmEvent({ state: "ALARM" })));
    const over = only(sourceEvent(alarmEvent({ state: "OK", at: "2026-11-22T10:20:00.000+0000", previous: "ALARM" })));
    expect(over.labels).toEqual(began.labels);
    expect([over.startsAt, over.endsAt]).toEqual(["2026-11-22T10:00:00.123Z", "2026-11-22T10:20:00.000Z"]);
  });

  it("without data neither fires nor ends, and OK after it ends what fired before", () => {
    expect(whyOf(sourceEvent(alarmEvent({ state: "INSUFFICIENT_DATA" })))).toMatch(/^nothing: .* has no data/);
    const over = only(sourceEvent(alarmEvent({ state: "OK", previous: "INSUFFICIENT_DATA" })));
    expect(firing(over)).toBe(false);
  });

  it("without data is an alert of its own where that is asked for, until there is data again", () => {
    const options = { insufficientData: "alert" } as const;
    const none = only(sourceEvent(alarmEvent({ state: "INSUFFICIENT_DATA" }), options));
    expect(none.labels["state"]).toBe("INSUFFICIENT_DATA");
    const [fires, ends] = alertsOf(sourceEvent(alarmEvent({ state: "ALARM", previous: "INSUFFICIENT_DATA" }), options));
    expect([firing(fires as SourceAlert), firing(ends as SourceAlert)]).toEqual([true, false]);
    expect(ends?.labels).toEqual(none.labels);
  });

  it("over other alarms has no metric, and tells its rule", () => {
    const alert = only(sourceEvent(compositeEvent("ALARM")));
    expect(Object.keys(alert.labels).sort()).toEqual(["account", "alertname", "region", "severity", "source"]);
    expect(alert.labels["severity"]).toBe("warning");
    expect(alert.annotations["rule"]).toBe("ALARM(orders-lag) AND ALARM(orders-errors)");
    expect(alert.annotations["actions_suppressed_by"]).toBe("Alarm");
  });

  it("over several metrics belongs to none of them", () => {
    const event = alarmEvent({ state: "ALARM" });
    const [metric] = event.detail.configuration.metrics;
    event.detail.configuration.metrics = [metric, metric] as never;
    expect(only(sourceEvent(event)).labels).not.toHaveProperty("metric");
  });

  it("that is deleted while it fires ends its alert", () => {
    const alert = only(sourceEvent(configurationEvent("delete")));
    expect(alert.labels).toEqual(only(sourceEvent(alarmEvent({ state: "ALARM" }))).labels);
    expect(firing(alert)).toBe(false);
  });

  it("whose labels change ends the old alert and fires the new one; any other change is none", () => {
    const changed = configurationEvent("update", "Lag is high [severity=ticket service=orders]");
    const [ended, fires] = alertsOf(sourceEvent(changed));
    expect([ended?.labels["severity"], fires?.labels["severity"]]).toEqual(["page", "ticket"]);
    expect([firing(ended as SourceAlert), firing(fires as SourceAlert)]).toEqual([false, true]);
    expect(whyOf(sourceEvent(configurationEvent("update")))).toMatch(/^nothing/);
    expect(whyOf(sourceEvent(configurationEvent("create")))).toMatch(/^nothing/);
  });

  it.each([
    ["headgate/prod/default/orders-cpu-out", "wakes autoscaling", true],
    ["TargetTracking-service/data/orders-AlarmLow-1", "scales a target", true],
    ["headgate/prod/default/rule/KafkaDown-0123456789abcdef", "stands for a rule", false],
    ["headgate/prod/default/part/KafkaDown-0123456789abcdef-1", "stands for a rule", false],
  ])("%s is no alert: it %s", (name, why, whenAsked) => {
    expect(whyOf(sourceEvent(alarmEvent({ state: "ALARM", name })))).toContain(why);
    const asked = sourceEvent(alarmEvent({ state: "ALARM", name }), { scalingAlarms: true });
    expect(asked.kind).toBe(whenAsked ? "alerts" : "nothing");
  });

  it("told through SNS is the same alert, label for label", () => {
    for (const state of ["ALARM", "OK"] as const) {
      const [event, message] = [only(sourceEvent(alarmEvent({ state }))), only(cloudwatchMessage(alarmMessage(state)))];
      expect(message.labels).toEqual(event.labels);
      expect(firing(message)).toBe(firing(event));
    }
  });
});

describe("AWS Health", () => {
  it("is an alert for each event, until it is closed", () => {
    const open = only(sourceEvent(healthEvent({ statusCode: "open" })));
    expect(open.labels).toEqual({
      alertname: "AWS_KAFKA_OPERATIONAL_ISSUE",
      severity: "critical",
      source: "aws.health",
      region: "eu-central-1",
      account: "111122223333",
      service: "KAFKA",
      category: "issue",
      scope: "PUBLIC",
      event: "AWS_KAFKA_OPERATIONAL_ISSUE_1",
    });
    expect(open.startsAt).toBe("2026-11-22T09:00:00.000Z");
    expect(firing(open)).toBe(true);
    expect(open.annotations["entities"]).toBe("cluster-a, cluster-b");
    const closed = only(sourceEvent(healthEvent({ statusCode: "closed", endTime: "Sun, 22 Nov 2026 09:30:00 GMT" })));
    expect(closed.labels).toEqual(open.labels);
    expect(closed.endsAt).toBe("2026-11-22T09:30:00.000Z");
  });

  it("tells of a planned change now and not when it begins, until its end", () => {
    const planned = only(
      sourceEvent(
        healthEvent({
          statusCode: "upcoming",
          eventTypeCategory: "scheduledChange",
          startTime: "Tue, 1 Dec 2026 02:00:00 GMT",
          endTime: "Tue, 1 Dec 2026 06:00:00 GMT",
        }),
      ),
    );
    expect([planned.startsAt, planned.endsAt]).toEqual(["2026-11-22T10:00:05.000Z", "2026-12-01T06:00:00.000Z"]);
    expect(planned.labels["severity"]).toBe("info");
    expect(planned.annotations["begins"]).toBe("Tue, 1 Dec 2026 02:00:00 GMT");
  });
});

describe("ECS", () => {
  it.each<[string, Parameters<typeof taskEvent>[0], string]>([
    ["an essential container that exits with 137", {}, "EcsTaskStopped"],
    ["a task that cannot start", { stopCode: "TaskFailedToStart", exitCode: undefined }, "EcsTaskStopped"],
    ["an interrupted Spot task", { stopCode: "SpotInterruption" }, "EcsTaskStopped"],
    [
      "a task the scheduler takes for dead",
      { stopCode: "ServiceSchedulerInitiated", reason: "Task failed ELB health checks in (target-group x)" },
      "EcsTaskStopped",
    ],
    ["a job that ends with 0", { exitCode: 0 }, "nothing: the task ended by itself with 0"],
    [
      "scaling in",
      { stopCode: "ServiceSchedulerInitiated", reason: "Scaling activity initiated by (deployment x)" },
      "nothing: the task was stopped on purpose (ServiceSchedulerInitiated)",
    ],
    [
      "somebody who stops it",
      { stopCode: "UserInitiated" },
      "nothing: the task was stopped on purpose (UserInitiated)",
    ],
    ["a task that runs", { lastStatus: "RUNNING" }, "nothing: the task is RUNNING"],
  ])("%s: %s", (_, given, expected) => {
    const sourced = sourceEvent(taskEvent(given));
    expect(sourced.kind === "alerts" ? only(sourced).labels["alertname"] : whyOf(sourced)).toBe(expected);
  });

  it("two tasks of one service are one alert, which ends by itself", () => {
    const [a, b] = [only(sourceEvent(taskEvent({ task: "a" }))), only(sourceEvent(taskEvent({ task: "b" })))];
    expect(a.labels).toEqual(b.labels);
    expect(a.labels).toMatchObject({ cluster: "data", service: "orders", stop_code: "EssentialContainerExited" });
    expect(a.endsAt).toBeUndefined();
    expect(a.annotations["containers"]).toBe("app exit 137 OutOfMemoryError");
  });

  it("a service that cannot place tasks fires until it is steady again", () => {
    const trouble = only(sourceEvent(serviceEvent("SERVICE_TASK_PLACEMENT_FAILURE", "ERROR")));
    const steady = only(sourceEvent(serviceEvent("SERVICE_STEADY_STATE", "INFO")));
    expect(trouble.labels).toMatchObject({ alertname: "EcsServiceImpaired", cluster: "data", service: "orders" });
    expect(steady.labels).toEqual(trouble.labels);
    expect([firing(trouble), firing(steady)]).toEqual([true, false]);
  });

  it("a deployment that fails fires until one is completed", () => {
    const failed = only(sourceEvent(deploymentEvent("SERVICE_DEPLOYMENT_FAILED")));
    const done = only(sourceEvent(deploymentEvent("SERVICE_DEPLOYMENT_COMPLETED")));
    expect(done.labels).toEqual(failed.labels);
    expect([firing(failed), firing(done)]).toEqual([true, false]);
    expect(whyOf(sourceEvent(deploymentEvent("SERVICE_DEPLOYMENT_IN_PROGRESS")))).toMatch(/^nothing/);
  });

  it("trouble of which ECS tells no end ends by itself", () => {
    const throttled = only(sourceEvent(serviceEvent("ECS_OPERATION_THROTTLED", "ERROR")));
    expect(throttled.labels).toMatchObject({ alertname: "EcsServiceEvent", event: "ECS_OPERATION_THROTTLED" });
    expect(throttled.endsAt).toBeUndefined();
    expect(whyOf(sourceEvent(serviceEvent("SERVICE_DESIRED_COUNT_UPDATED", "INFO")))).toMatch(/^nothing/);
  });
});

describe("Kafka and Flink", () => {
  const post = (source: string, value: unknown) => postedEvents(source, value, AT);
  const states = (sourced: Sourced) =>
    alertsOf(sourced).map((alert) => [
      alert.labels["alertname"],
      alert.labels["job"] ?? alert.labels["connector"],
      firing(alert),
    ]);

  it("jobs as Flink lists them: what fails fires, what runs again is over, by the job's name", () => {
    const job = (jid: string, name: string, state: string, at: number) => ({
      jid,
      name,
      state,
      "last-modification": at,
    });
    const overview = {
      jobs: [
        job("1", "orders", "FAILED", AT - 60_000),
        job("2", "orders", "RUNNING", AT - 1_000),
        job("3", "audit", "RESTARTING", AT - 5_000),
        job("4", "new", "CREATED", AT),
      ],
    };
    expect(states(post("flink", overview))).toEqual([
      ["FlinkJobNotRunning", "orders", false],
      ["FlinkJobNotRunning", "audit", true],
    ]);
  });

  it.each([
    ["ROLLED_BACK", true],
    ["RUNNING", false],
    ["UPDATING", undefined],
    ["READY", undefined],
  ])("a managed application that is %s: firing %s", (ApplicationStatus, expected) => {
    const ApplicationARN = "arn:aws:kinesisanalytics:eu-central-1:111122223333:application/orders";
    const sourced = post("flink", {
      ApplicationDetail: { ApplicationARN, ApplicationName: "orders", ApplicationStatus },
    });
    expect(sourced.kind === "alerts" ? firing(only(sourced)) : undefined).toBe(expected);
  });

  it("connectors as Kafka Connect lists them: one with a dead task fires while it is RUNNING itself", () => {
    const connector = (name: string, state: string, task: string) => ({
      status: {
        name,
        connector: { state, worker_id: "a:8083" },
        tasks: [{ id: 0, state: task, worker_id: "a:8083", trace: "java.lang.OutOfMemoryError\n\tat …" }],
        type: "sink",
      },
    });
    const sourced = post("kafka", {
      sink: connector("sink", "RUNNING", "FAILED"),
      source: connector("source", "RUNNING", "RUNNING"),
      late: connector("late", "UNASSIGNED", "UNASSIGNED"),
    });
    expect(states(sourced)).toEqual([
      ["KafkaConnectorFailed", "sink", true],
      ["KafkaConnectorFailed", "source", false],
    ]);
    expect(alertsOf(sourced)[0]?.annotations["description"]).toBe("task 0 on a:8083: java.lang.OutOfMemoryError");
  });

  it.each([
    ["HEALING", true],
    ["ACTIVE", false],
    ["UPDATING", undefined],
  ])("an MSK cluster that is %s: firing %s", (State, expected) => {
    const ClusterArn = "arn:aws:kafka:eu-central-1:111122223333:cluster/events/0-1";
    const sourced = post("kafka", { ClusterInfo: { ClusterArn, ClusterName: "events", State } });
    expect(sourced.kind === "alerts" ? firing(only(sourced)) : undefined).toBe(expected);
  });

  it("events of any other source say what they are", () => {
    const sourced = post("nightly", {
      events: [
        {
          event: "Copied",
          status: "resolved",
          at: "2026-11-22T09:00:00Z",
          labels: { service: "orders", "bad name": "x" },
        },
        { event: "CheckpointFailed", severity: "critical", lasts: true },
      ],
    });
    const [copied, failed] = alertsOf(sourced);
    expect(copied?.labels).toEqual({
      alertname: "Copied",
      severity: "warning",
      source: "nightly",
      service: "orders",
      bad_name: "x",
    });
    expect([copied?.startsAt, copied?.endsAt]).toEqual(["2026-11-22T09:00:00.000Z", "2026-11-22T09:00:00.000Z"]);
    expect(firing(failed as SourceAlert, AT + 86_400_000)).toBe(true);
    expect(whyOf(post("nightly", { evnt: "x" }))).toMatch(/^refused: /);
  });
});

describe("what is not known", () => {
  it.each<[string, unknown]>([
    [
      "an event of another service",
      { ...alarmEvent({ state: "ALARM" }), source: "aws.ec2", "detail-type": "EC2 Spot" },
    ],
    [
      "an API call",
      { ...alarmEvent({ state: "ALARM" }), source: "aws.kafka", "detail-type": "AWS API Call via CloudTrail" },
    ],
    ["a state there is not", alarmEvent({ state: "BROKEN" as never })],
    ["a time there is not", alarmEvent({ state: "ALARM", at: "yesterday" })],
    ["a service event without a service", { ...serviceEvent("SERVICE_STEADY_STATE", "INFO"), resources: [] }],
    ["no event", "hello"],
  ])("%s is refused and named", (_, value) => {
    expect(whyOf(sourceEvent(value))).toMatch(/^refused: .{10}/);
  });

  it("whatever JSON comes, nothing is thrown; label names are Prometheus's and values are bounded", () => {
    const pieces = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary", maxLength: 2_000 }), fc.constant("__proto__"));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), pieces), pieces, (dimensions, description) => {
        const event = alarmEvent({ state: "ALARM" });
        Object.assign(event.detail.configuration.metrics[0]?.metricStat.metric ?? {}, { dimensions });
        Object.assign(event.detail.configuration, { description });
        for (const sourced of [sourceEvent(event), sourceEvent(description), postedEvents("kafka", dimensions, AT)]) {
          if (sourced.kind !== "alerts") continue;
          for (const { labels } of sourced.alerts)
            for (const [name, value] of Object.entries(labels)) {
              expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
              expect(value.length).toBeGreaterThan(0);
              expect(value.length).toBeLessThanOrEqual(512);
              expect(value.isWellFormed()).toBe(true);
            }
        }
      }),
    );
  });

  it("two long values that begin alike stay two", () => {
    const name = (end: string) => `${"n".repeat(600)}${end}`;
    const [a, b] = ["a", "b"].map((end) => only(sourceEvent(alarmEvent({ state: "ALARM", name: name(end) }))));
    expect(a?.labels["alertname"]).not.toBe(b?.labels["alertname"]);
  });
});
