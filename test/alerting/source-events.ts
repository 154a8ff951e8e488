/** Events as AWS documents them, with values of our own. */

export const AT = Date.parse("2026-11-22T10:30:00Z");
const ACCOUNT = "111122223333";
const REGION = "eu-central-1";
const alarmArn = (name: string) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`;
const DESCRIPTION = "Lag of the orders group is high [severity=page service=orders]";
const START = "2026-11-22T10:00:00.123+0000";

type State = "ALARM" | "OK" | "INSUFFICIENT_DATA";

const envelope = <Detail>(source: string, type: string, resources: readonly string[], detail: Detail) => ({
  version: "0",
  id: "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
  source,
  "detail-type": type,
  account: ACCOUNT,
  time: "2026-11-22T10:00:05Z",
  region: REGION,
  resources,
  detail,
});

const configuration = (description = DESCRIPTION) => ({
  description,
  metrics: [
    {
      id: "m1",
      metricStat: {
        metric: {
          namespace: "AWS/Kafka",
          name: "MaxOffsetLag",
          dimensions: { "Consumer Group": "orders", "Cluster Name": "events" },
        },
        period: 60,
        stat: "Maximum",
      },
      returnData: true,
    },
  ],
});

export const alarmEvent = (given: {
  readonly state: State;
  readonly name?: string;
  readonly at?: string;
  readonly previous?: State;
}) => {
  const name = given.name ?? "orders-lag";
  return envelope("aws.cloudwatch", "CloudWatch Alarm State Change", [alarmArn(name)], {
    alarmName: name,
    configuration: configuration(),
    previousState: { value: given.previous ?? "OK", timestamp: START, reason: "" },
    state: { value: given.state, timestamp: given.at ?? START, reason: "Threshold Crossed", reasonData: "{}" },
  });
};

export const compositeEvent = (state: State) =>
  envelope("aws.cloudwatch", "CloudWatch Alarm State Change", [alarmArn("orders-in-trouble")], {
    alarmName: "orders-in-trouble",
    configuration: {
      alarmRule: "ALARM(orders-lag) AND ALARM(orders-errors)",
      actionsSuppressor: "maintenance",
      actionsSuppressorWaitPeriod: 60,
      actionsSuppressorExtensionPeriod: 60,
    },
    previousState: { value: "OK", timestamp: START, reason: "" },
    state: {
      value: state,
      timestamp: START,
      reason: "orders-lag went into ALARM",
      actionsSuppressedBy: "Alarm",
      actionsSuppressedReason: "maintenance is in ALARM",
    },
  });

export const configurationEvent = (operation: "create" | "update" | "delete", description = DESCRIPTION) =>
  envelope("aws.cloudwatch", "CloudWatch Alarm Configuration Change", [alarmArn("orders-lag")], {
    alarmName: "orders-lag",
    operation,
    state: { value: "ALARM", timestamp: START, reason: "Threshold Crossed" },
    configuration: configuration(description),
    ...(operation === "update" ? { previousConfiguration: configuration() } : {}),
  });

/** What CloudWatch publishes to a topic for the same alarm. */
export const alarmMessage = (state: State, at = START) => ({
  AlarmName: "orders-lag",
  AlarmDescription: DESCRIPTION,
  AWSAccountId: ACCOUNT,
  AlarmConfigurationUpdatedTimestamp: "2026-11-01T10:00:00.000+0000",
  NewStateValue: state,
  NewStateReason: "Threshold Crossed",
  StateChangeTime: at,
  Region: "EU (Frankfurt)",
  AlarmArn: alarmArn("orders-lag"),
  OldStateValue: state === "OK" ? "ALARM" : "OK",
  OKActions: [],
  AlarmActions: [],
  InsufficientDataActions: [],
  Trigger: {
    MetricName: "MaxOffsetLag",
    Namespace: "AWS/Kafka",
    StatisticType: "Statistic",
    Statistic: "MAXIMUM",
    Unit: null,
    Dimensions: [
      { value: "orders", name: "Consumer Group" },
      { value: "events", name: "Cluster Name" },
    ],
    Period: 60,
    EvaluationPeriods: 1,
    ComparisonOperator: "GreaterThanThreshold",
    Threshold: 1000,
    TreatMissingData: "missing",
  },
});

export const healthEvent = (given: Readonly<Record<string, unknown>>) =>
  envelope("aws.health", "AWS Health Event", [], {
    eventArn: `arn:aws:health:${REGION}::event/KAFKA/AWS_KAFKA_OPERATIONAL_ISSUE/AWS_KAFKA_OPERATIONAL_ISSUE_1`,
    service: "KAFKA",
    eventScopeCode: "PUBLIC",
    communicationId: "1",
    lastUpdatedTime: "Sun, 22 Nov 2026 10:00:00 GMT",
    startTime: "Sun, 22 Nov 2026 09:00:00 GMT",
    eventTypeCode: "AWS_KAFKA_OPERATIONAL_ISSUE",
    eventTypeCategory: "issue",
    eventRegion: REGION,
    eventDescription: [{ language: "en_US", latestDescription: "Brokers are restarted more often." }],
    affectedEntities: [{ entityValue: "cluster-a" }, { entityValue: "cluster-b" }],
    affectedAccount: ACCOUNT,
    page: "1",
    totalPages: "1",
    ...given,
  });

export const taskEvent = (given: {
  readonly stopCode?: string;
  readonly reason?: string;
  readonly exitCode?: number | undefined;
  readonly lastStatus?: string;
  readonly task?: string;
}) =>
  envelope("aws.ecs", "ECS Task State Change", [`arn:aws:ecs:${REGION}:${ACCOUNT}:task/data/${given.task ?? "a"}`], {
    clusterArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/data`,
    taskArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task/data/${given.task ?? "a"}`,
    group: "service:orders",
    lastStatus: given.lastStatus ?? "STOPPED",
    desiredStatus: "STOPPED",
    stopCode: given.stopCode ?? "EssentialContainerExited",
    stoppedReason: given.reason ?? "Essential container in task exited",
    stoppedAt: "2026-11-22T10:00:00.000Z",
    containers: [
      {
        name: "app",
        lastStatus: "STOPPED",
        ...("exitCode" in given
          ? given.exitCode === undefined
            ? {}
            : { exitCode: given.exitCode }
          : { exitCode: 137 }),
        reason: "OutOfMemoryError",
      },
    ],
  });

const SERVICE = `arn:aws:ecs:${REGION}:${ACCOUNT}:service/data/orders`;

export const serviceEvent = (eventName: string, eventType: string) =>
  envelope("aws.ecs", "ECS Service Action", [SERVICE], {
    eventType,
    eventName,
    clusterArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/data`,
    reason: "RESOURCE:MEMORY",
    createdAt: "2026-11-22T10:00:00.000Z",
  });

export const deploymentEvent = (eventName: string) =>
  envelope("aws.ecs", "ECS Deployment State Change", [SERVICE], {
    eventType: eventName.endsWith("FAILED") ? "ERROR" : "INFO",
    eventName,
    deploymentId: "ecs-svc/1",
    updatedAt: "2026-11-22T10:00:00.000Z",
    reason: "ECS deployment circuit breaker: task failed to start.",
  });
