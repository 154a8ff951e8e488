import { accountId, partition, region } from "./account.ts";
import { alertTargets } from "./alerting-settings.ts";
import { managedFlinkApplications } from "./autoscaling-settings.ts";
import type { Parts } from "./parts.ts";
import { prometheusWorkspace } from "./switches.ts";
import { trafficFunctions, trafficListeners, trafficNamespaces } from "./traffic-settings.ts";

/**
 * Permissions by capability: exactly the calls our adapters make, on exactly our resources. A function's list is put
 * together where the function is made.
 */

/** State and journal of a service: its item, its records, its earlier decisions. Never a scan. */
export const tableAccess = ({ table }: Parts) => [
  { actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], resources: [table.arn] },
  { actions: ["dynamodb:Query"], resources: [$interpolate`${table.arn}/index/gsi1`] },
];

/** What is due, over all services. */
export const dueAccess = ({ table }: Parts) => [
  { actions: ["dynamodb:Query"], resources: [$interpolate`${table.arn}/index/due`] },
];

/** All aggregates of a tenant, all decisions of a tenant. */
export const listAccess = ({ table }: Parts) => [{ actions: ["dynamodb:Query"], resources: [table.arn] }];

/** Taking back an API key or an idempotency mark. */
export const deleteAccess = ({ table }: Parts) => [{ actions: ["dynamodb:DeleteItem"], resources: [table.arn] }];

/** Bodies of configurations. */
export const configRead = ({ bucket }: Parts) => [
  { actions: ["s3:GetObject"], resources: [$interpolate`${bucket.arn}/config/*`] },
];

export const configWrite = ({ bucket }: Parts) => [
  { actions: ["s3:GetObject", "s3:PutObject"], resources: [$interpolate`${bucket.arn}/config/*`] },
];

/** Days of the journal as NDJSON, written once each; a large day goes up in parts. */
export const journalWrite = ({ bucket }: Parts) => [
  { actions: ["s3:PutObject", "s3:AbortMultipartUpload"], resources: [$interpolate`${bucket.arn}/journal/*`] },
];

/** What forecasts of services have learned, one object for each policy that needs one. */
export const forecastsAccess = ({ bucket }: Parts) => [
  { actions: ["s3:GetObject", "s3:PutObject"], resources: [$interpolate`${bucket.arn}/autoscaling/*`] },
];

/** Baselines of scored series: packs that are written once and removed when the next one is in force. */
export const baselinesAccess = ({ bucket }: Parts) => [
  {
    actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    resources: [$interpolate`${bucket.arn}/anomaly/*`],
  },
];

/** Finds and removes packs that no baseline names any more. */
export const baselinesTidy = ({ bucket }: Parts) => [
  {
    actions: ["s3:ListBucket"],
    resources: [bucket.arn],
    conditions: [{ test: "StringLike", variable: "s3:prefix", values: ["anomaly/*"] }],
  },
  { actions: ["s3:DeleteObject"], resources: [$interpolate`${bucket.arn}/anomaly/*`] },
];

/** Alerts of a group, and sets of them, that are too many for an item. */
export const alertSetsAccess = ({ bucket }: Parts) => [
  { actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], resources: [$interpolate`${bucket.arn}/alerting/*`] },
];

const SENDS: Readonly<Record<string, string>> = {
  sns: "sns:Publish",
  sqs: "sqs:SendMessage",
  events: "events:PutEvents",
};

/** Functions whose alerts are routed by Headgate itself put them into groups, whose timers they set. */
export const ownAlertsAccess = ({ flushes }: Parts) => (flushes ? wakesAccess(flushes) : []);

/** Receivers within AWS: exactly the topics, queues and buses that were named at deploy. */
export const alertTargetsAccess = () =>
  alertTargets().map(({ service, arn }) => ({ actions: [SENDS[service] ?? ""], resources: [arn] }));

/** Secrets that a configuration refers to as `ssm:/path`, those that were named at deploy. */
export const parametersAccess = (paths: readonly string[]) =>
  paths.map((path) => ({
    actions: ["ssm:GetParameter"],
    resources: [$interpolate`arn:${partition()}:ssm:${region()}:${accountId()}:parameter${path}`],
  }));

/** Looks at any service of the account; a configuration may name another region. */
export const describeFleetAccess = () => [{ actions: ["ecs:DescribeServices"], resources: [allServices()] }];

export const allServices = () => $interpolate`arn:${partition()}:ecs:*:${accountId()}:service/*/*`;

/**
 * Reads any service of the account (a configuration may name another region), changes only those that carry the tag
 * `headgate: managed`: what Headgate may scale is granted at the service, by its owner.
 */
export const fleetAccess = () => [
  ...describeFleetAccess(),
  {
    actions: ["ecs:UpdateService"],
    resources: [allServices()],
    conditions: [{ test: "StringEquals", variable: "aws:ResourceTag/headgate", values: ["managed"] }],
  },
];

/** The applications of Managed Flink that were named at deploy; without one nothing is granted. */
export const managedFlinkAccess = () => {
  const names = managedFlinkApplications();
  if (names.length === 0) return [];
  return [
    {
      actions: ["kinesisanalytics:DescribeApplication", "kinesisanalytics:UpdateApplication"],
      resources: names.map(
        (name) => $interpolate`arn:${partition()}:kinesisanalytics:*:${accountId()}:application/${name}`,
      ),
    },
  ];
};

/**
 * Lists the tasks of any service of the account, for their addresses. ListTasks knows no resource that a service's tasks could be named
 * by, so it is narrowed to the account's clusters.
 */
export const listTasksAccess = () => [
  {
    actions: ["ecs:ListTasks"],
    resources: ["*"],
    conditions: [
      {
        test: "ArnLike",
        variable: "ecs:cluster",
        values: [$interpolate`arn:${partition()}:ecs:*:${accountId()}:cluster/*`],
      },
    ],
  },
  {
    actions: ["ecs:DescribeTasks"],
    resources: [$interpolate`arn:${partition()}:ecs:*:${accountId()}:task/*/*`],
  },
];

/** Instances of services in the namespaces that were named at deploy; without one nothing is granted. IAM knows no resources for it. */
export const discoverAccess = () => {
  const values = trafficNamespaces();
  if (values.length === 0) return [];
  return [
    {
      actions: ["servicediscovery:DiscoverInstances"],
      resources: ["*"],
      conditions: [{ test: "StringEquals", variable: "servicediscovery:NamespaceName", values }],
    },
  ];
};

/** Weights on exactly the rules, listeners and functions that were named at deploy; IAM knows no resources for describing load balancers. */
export const weightsAccess = () => {
  const { rules, listeners } = trafficListeners();
  const functions = trafficFunctions();
  return [
    ...(rules.length > 0
      ? [
          { actions: ["elasticloadbalancing:DescribeRules"], resources: ["*"] },
          { actions: ["elasticloadbalancing:ModifyRule"], resources: rules },
        ]
      : []),
    ...(listeners.length > 0
      ? [
          { actions: ["elasticloadbalancing:DescribeListeners"], resources: ["*"] },
          { actions: ["elasticloadbalancing:ModifyListener"], resources: listeners },
        ]
      : []),
    ...(functions.length > 0 ? [{ actions: ["lambda:GetAlias", "lambda:UpdateAlias"], resources: functions }] : []),
  ];
};

/** GetMetricData knows neither resources nor conditions; "*" is all that IAM accepts for it. */
export const samplesAccess = () => [{ actions: ["cloudwatch:GetMetricData"], resources: ["*"] }];

/** Wakes: a delayed message, or a one-time schedule of our group that runs as our role. */
export const timersAccess = ({ timers }: Parts) => wakesAccess(timers);

export const wakesAccess = (wakes: Parts["timers"]) => [
  { actions: ["sqs:SendMessage"], resources: [wakes.queue.arn] },
  { actions: ["scheduler:CreateSchedule"], resources: [wakes.schedules] },
  {
    actions: ["iam:PassRole"],
    resources: [wakes.role.arn],
    conditions: [{ test: "StringEquals", variable: "iam:PassedToService", values: ["scheduler.amazonaws.com"] }],
  },
];

/** PromQL over the one workspace that was named at deploy; without one nothing is granted. */
export const prometheusAccess = () => {
  const workspace = prometheusWorkspace();
  return workspace ? [{ actions: ["aps:QueryMetrics"], resources: [workspace] }] : [];
};

/** Taking messages of a queue, as its event source mapping does in the function's name. */
export const queueAccess = (queue: sst.aws.Queue) => [
  { actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], resources: [queue.arn] },
];

/**
 * The alarms that wake us, in the services' regions. Only names that begin with `headgate/<stage>/` are made, changed or
 * deleted. CloudWatch tells of composite alarms only who may look at all alarms.
 */
export const alarmsAccess = () => [
  { actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] },
  {
    actions: [
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:DeleteAlarms",
      "cloudwatch:TagResource",
      "cloudwatch:ListTagsForResource",
    ],
    resources: [$interpolate`arn:${partition()}:cloudwatch:*:${accountId()}:alarm:headgate/${$app.stage}/*`],
  },
];

/** Composite alarms, for rules with `and` or `or`. CloudWatch refuses who may put them under some names only. */
export const compositeAlarmsAccess = () => [{ actions: ["cloudwatch:PutCompositeAlarm"], resources: ["*"] }];

/** Where Lambda puts an event it has given up on. */
export const deadLetterAccess = (deadArn: $util.Input<string>) => [
  { actions: ["sqs:SendMessage"], resources: [deadArn] },
];
