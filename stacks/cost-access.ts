import { accountId, partition, region } from "./account.ts";
import { backupClusters, restoreClusters } from "./backup-settings.ts";
import type { createCosts } from "./cost.ts";
import { ANSWERS } from "./cost-athena.ts";
import { costClusters, costExports, reportBuckets, retentionClusters } from "./cost-settings.ts";
import type { Parts } from "./parts.ts";

type Costs = ReturnType<typeof createCosts>;

const below = (...prefixes: readonly string[]) => [
  { test: "StringLike", variable: "s3:prefix", values: prefixes.map((prefix) => `${prefix}/*`) },
];

/** Days of bills, hours of usage and reports, in Headgate's own bucket below one prefix. */
const keptAccess = ({ bucket }: Parts) => [
  {
    actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
    resources: [$interpolate`${bucket.arn}/cost/*`],
  },
  { actions: ["s3:ListBucket"], resources: [bucket.arn], conditions: below("cost") },
];

/** Bills: Cost Explorer, for which IAM knows no resources, and the exports that were named at deploy. */
const billsAccess = () => {
  const exports = costExports();
  const bucketArn = (name: string) => $interpolate`arn:${partition()}:s3:::${name}`;
  return [
    { actions: ["ce:GetCostAndUsage"], resources: ["*"] },
    ...[...new Set(exports.map(({ bucket }) => bucket))].map((name) => ({
      actions: ["s3:ListBucket"],
      resources: [bucketArn(name)],
      conditions: below(...exports.filter(({ bucket }) => bucket === name).map(({ prefix }) => prefix)),
    })),
    ...(exports.length > 0
      ? [
          {
            actions: ["s3:GetObject"],
            resources: exports.map(({ bucket, prefix }) => $interpolate`${bucketArn(bucket)}/${prefix}/*`),
          },
        ]
      : []),
  ];
};

/** Statements in our workgroup over our table: nothing is made or changed, answers lie in our bucket. */
const sqlAccess = ({ bucket }: Parts, { sql }: Costs) => {
  if (!sql) return [];
  const glue = (kind: $util.Input<string>) => $interpolate`arn:${partition()}:glue:${region()}:${accountId()}:${kind}`;
  const { workgroup, database, table } = sql;
  return [
    {
      actions: [
        "athena:StartQueryExecution",
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:StopQueryExecution",
      ],
      resources: [$interpolate`arn:${partition()}:athena:${region()}:${accountId()}:workgroup/${workgroup.name}`],
    },
    {
      actions: ["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"],
      resources: [
        glue("catalog"),
        glue($interpolate`database/${database.name}`),
        glue($interpolate`table/${database.name}/${table.name}`),
      ],
    },
    { actions: ["s3:GetBucketLocation"], resources: [bucket.arn] },
    {
      actions: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
      resources: [$interpolate`${bucket.arn}/${ANSWERS}*`],
    },
  ];
};

/** ARNs of what a cluster of MSK holds: "arn:…:cluster/name/id" gives "arn:…:topic/name/id/*". */
const within = (kind: "topic" | "group", clusters: readonly string[]): string[] =>
  clusters.map((arn) => `${arn.replace(":cluster/", `:${kind}/`)}/*`);

/** Usage of the clusters that were named: sizes, settings, offsets and positions; and changing settings of topics where that was named as well. */
const streamsAccess = ({ backups }: Pick<Parts, "backups">) => {
  // Whoever makes backups of a cluster may read it already; a role's policies have a limit of size.
  const known = backups ? [...backupClusters(), ...restoreClusters()] : [];
  const named = [...new Set([...costClusters(), ...retentionClusters()])];
  const read = named.filter((arn) => !known.includes(arn));
  const changed = retentionClusters().filter((arn) => !(backups && restoreClusters().includes(arn)));
  return [
    ...(read.length > 0
      ? [
          { actions: ["kafka:GetBootstrapBrokers"], resources: read },
          { actions: ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"], resources: read },
          {
            // Times of the oldest record and of those at committed positions are read from records.
            actions: [
              "kafka-cluster:DescribeTopic",
              "kafka-cluster:DescribeTopicDynamicConfiguration",
              "kafka-cluster:ReadData",
            ],
            resources: within("topic", read),
          },
          { actions: ["kafka-cluster:DescribeGroup"], resources: within("group", read) },
        ]
      : []),
    ...(changed.length > 0
      ? [{ actions: ["kafka-cluster:AlterTopicDynamicConfiguration"], resources: within("topic", changed) }]
      : []),
  ];
};

/** Reports at buckets that were named; they are written and never read back. */
export const reportsAccess = () => {
  const buckets = reportBuckets();
  if (buckets.length === 0) return [];
  return [
    {
      actions: ["s3:PutObject"],
      resources: buckets.map((name) => $interpolate`arn:${partition()}:s3:::${name}/*cost/reports/*`),
    },
  ];
};

/** What reports, allocation and changes need, whoever makes them: the worker by its schedule, the API at a person's word. `has`: what its role reads anyway. */
export const costsAccess = (parts: Parts, costs: Costs, has: Pick<Parts, "backups"> = {}) => [
  ...keptAccess(parts),
  ...billsAccess(),
  ...sqlAccess(parts, costs),
  ...streamsAccess(has),
  { actions: ["sqs:SendMessage"], resources: [costs.queue.arn] },
];
