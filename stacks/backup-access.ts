import { wakesAccess } from "./access.ts";
import { accountId, partition, region } from "./account.ts";
import {
  backupBuckets,
  backupClusters,
  backupEcsClusters,
  backupKeys,
  backupParameters,
  backupSecrets,
  failoverParameters,
  restoreClusters,
  savepointBuckets,
} from "./backup-settings.ts";
import type { Parts } from "./parts.ts";

type Backups = NonNullable<Parts["backups"]>;

const bucketArn = (name: string) => $interpolate`arn:${partition()}:s3:::${name}`;

const bucketsOf = ({ buckets }: Backups) => [
  ...buckets.map((one) => $interpolate`${one.arn}`),
  ...backupBuckets().map(bucketArn),
];

const below = (buckets: ReturnType<typeof bucketsOf>) => buckets.map((arn) => $interpolate`${arn}/*`);

/** What a person's word sets going at once: a run, a restore, a hold. What the API cannot reach, the function beside the brokers does at its next look. */
export const backupsAccess = (backups: Backups) => [
  ...wakesAccess(backups),
  { actions: ["sqs:SendMessage"], resources: [backups.work.arn] },
  ...pointsWrite(backups),
  ...streamsRead(),
  ...streamsWrite(),
];

/** What runbooks set so that clients go to the other cluster: parameters that were named one by one, read before and set. Whoever carries out a step needs it: the API on a person's word, and who goes on with it. */
export const runbooksAccess = () => {
  const parameters = failoverParameters();
  if (parameters.length === 0) return [];
  const arn = (name: string) => $interpolate`arn:${partition()}:ssm:${region()}:${accountId()}:parameter${name}`;
  return [{ actions: ["ssm:GetParameter", "ssm:PutParameter"], resources: parameters.map(arn) }];
};

/** Restore points as they are made, listed, healed and pruned. A lock is given, never taken away: nobody here may pass over it. */
const pointsWrite = (backups: Backups) => {
  const buckets = bucketsOf(backups);
  return [
    { actions: ["s3:ListBucket", "s3:ListBucketMultipartUploads"], resources: buckets },
    {
      actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:PutObjectRetention"],
      resources: below(buckets),
    },
    ...keysAccess(),
  ];
};

/** Sealing and opening secrets, and buckets whose encryption has a key of its own. */
const keysAccess = () => {
  const keys = backupKeys();
  return keys.length === 0 ? [] : [{ actions: ["kms:GenerateDataKey", "kms:Decrypt"], resources: keys }];
};

/** ARNs of what a cluster of MSK holds: "arn:…:cluster/name/id" gives "arn:…:topic/name/id/*". */
const within = (kind: "topic" | "group" | "transactional-id", clusters: readonly string[]): string[] =>
  clusters.map((arn) => `${arn.replace(":cluster/", `:${kind}/`)}/*`);

/** Reading the clusters that were named: data, settings, positions of groups, access lists. Nothing is written there. */
const streamsRead = () => {
  const all = [...new Set([...backupClusters(), ...restoreClusters()])];
  if (all.length === 0) return [];
  return [
    { actions: ["kafka:GetBootstrapBrokers"], resources: all },
    {
      actions: [
        "kafka-cluster:Connect",
        "kafka-cluster:DescribeCluster",
        "kafka-cluster:DescribeClusterDynamicConfiguration",
      ],
      resources: all,
    },
    {
      actions: [
        "kafka-cluster:DescribeTopic",
        "kafka-cluster:DescribeTopicDynamicConfiguration",
        "kafka-cluster:ReadData",
      ],
      resources: within("topic", all),
    },
    { actions: ["kafka-cluster:DescribeGroup"], resources: within("group", all) },
  ];
};

/** Drills and restores, in the clusters that were named for it. */
const streamsWrite = () => {
  const named = [...restoreClusters()];
  if (named.length === 0) return [];
  return [
    { actions: ["kafka-cluster:AlterCluster", "kafka-cluster:WriteDataIdempotently"], resources: named },
    {
      actions: [
        "kafka-cluster:CreateTopic",
        "kafka-cluster:AlterTopic",
        "kafka-cluster:AlterTopicDynamicConfiguration",
        "kafka-cluster:DeleteTopic",
        "kafka-cluster:WriteData",
      ],
      resources: within("topic", named),
    },
    { actions: ["kafka-cluster:AlterGroup", "kafka-cluster:DeleteGroup"], resources: within("group", named) },
    {
      actions: ["kafka-cluster:DescribeTransactionalId", "kafka-cluster:AlterTransactionalId"],
      resources: within("transactional-id", named),
    },
  ];
};

/** What else is backed up, all of it named at deploy: savepoints, parameters, secrets, services of ECS. Read only. */
export const surroundingsRead = () => {
  const savepoints = savepointBuckets().map(bucketArn);
  const parameters = backupParameters();
  const secrets = backupSecrets();
  const clusters = backupEcsClusters();
  const ecs = (kind: string) => $interpolate`arn:${partition()}:ecs:*:${accountId()}:${kind}`;
  const parameter = (path: string) => $interpolate`arn:${partition()}:ssm:${region()}:${accountId()}:parameter${path}`;
  return [
    ...(savepoints.length > 0
      ? [
          { actions: ["s3:ListBucket"], resources: savepoints },
          { actions: ["s3:GetObject"], resources: savepoints.map((arn) => $interpolate`${arn}/*`) },
        ]
      : []),
    ...(parameters.length > 0
      ? [
          {
            actions: ["ssm:GetParameter", "ssm:GetParametersByPath"],
            resources: parameters.flatMap((path) => [parameter(path), parameter(`${path}/*`)]),
          },
        ]
      : []),
    ...(secrets.length > 0
      ? [
          // IAM knows no resources for listing; values are given for those that were named only.
          { actions: ["secretsmanager:ListSecrets"], resources: ["*"] },
          { actions: ["secretsmanager:GetSecretValue"], resources: secrets },
        ]
      : []),
    ...(clusters.length > 0
      ? [
          {
            actions: ["ecs:ListServices"],
            resources: ["*"],
            conditions: [
              { test: "ArnLike", variable: "ecs:cluster", values: clusters.map((name) => ecs(`cluster/${name}`)) },
            ],
          },
          { actions: ["ecs:DescribeServices"], resources: clusters.map((name) => ecs(`service/${name}/*`)) },
          { actions: ["ecs:DescribeTaskDefinition"], resources: ["*"] },
        ]
      : []),
  ];
};
