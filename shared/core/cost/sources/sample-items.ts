/** One thing the made-up bill has every day. */
export interface SampleItem {
  readonly service: string;
  readonly category: string;
  readonly resourceType: string;
  /** Of the resource id. */
  readonly resource: string;
  readonly usageType: string;
  readonly unit: string;
  /** USD per unit. Made up like the rest; near enough to what such things cost that the whole looks like a bill. */
  readonly price: string;
  /** Units a day. */
  readonly perDay: number;
  /** Share by which a Sunday is below the mean and a Wednesday above it. */
  readonly week?: number;
  /** Share by which it grows in 30 days. */
  readonly growth?: number;
  /** Standard deviation, as a share. */
  readonly noise?: number;
  readonly team: string;
  readonly account: 0 | 1;
  /** Part of it is paid by the commitment. */
  readonly committed?: true;
}

const ecs = (name: string, tasks: number, team: string): readonly SampleItem[] => {
  const shared: Omit<SampleItem, "usageType" | "unit" | "price" | "perDay"> = {
    service: "Amazon Elastic Container Service",
    category: "Compute",
    resourceType: "ecs:service",
    resource: `arn:aws:ecs:eu-central-1:111122223333:service/streaming/${name}`,
    ...{ week: 0.25, noise: 0.04, team, account: 0, committed: true },
  };
  return [
    {
      ...shared,
      ...{ usageType: "EUC1-Fargate-vCPU-Hours:perCPU", unit: "vCPU-Hours", price: "0.04656", perDay: tasks * 24 },
    },
    { ...shared, usageType: "EUC1-Fargate-GB-Hours", unit: "GB-Hours", price: "0.00511", perDay: tasks * 48 },
  ];
};

const MSK = "arn:aws:kafka:eu-central-1:111122223333:cluster/events/1f0c4a1e-0000-4000-8000-000000000001-3";
const msk = {
  service: "Amazon Managed Streaming for Apache Kafka",
  category: "Analytics",
  resourceType: "kafka:cluster",
};

/** A small streaming platform: services, a Kafka cluster, stream processing, stores, and what lies around them. */
export const SAMPLE_ITEMS: readonly SampleItem[] = [
  ...ecs("orders", 4, "checkout"),
  ...ecs("payments", 3, "checkout"),
  ...ecs("clickstream", 6, "insight"),
  ...ecs("search", 2, "discovery"),
  {
    ...{ ...msk, resource: MSK, usageType: "EUC1-Kafka.m5.large", unit: "Hours", price: "0.253" },
    ...{ perDay: 72, noise: 0, team: "platform", account: 0 },
  },
  {
    ...{ ...msk, resource: MSK, usageType: "EUC1-Kafka.Storage.GP2", unit: "GB-Month", price: "0.119" },
    ...{ perDay: 120, growth: 0.06, noise: 0.01, team: "platform", account: 0 },
  },
  {
    service: "Amazon Kinesis Analytics",
    category: "Analytics",
    resourceType: "kinesisanalytics:application",
    resource: "arn:aws:kinesisanalytics:eu-central-1:111122223333:application/sessions",
    ...{ usageType: "EUC1-KPU-Hour-Java", unit: "KPU-Hours", price: "0.132", perDay: 144, week: 0.1, noise: 0.03 },
    ...{ team: "insight", account: 0 },
  },
  {
    service: "Amazon Simple Storage Service",
    category: "Storage",
    resourceType: "s3:bucket",
    resource: "arn:aws:s3:::event-archive",
    ...{ usageType: "EUC1-TimedStorage-ByteHrs", unit: "GB-Month", price: "0.0245", perDay: 410, growth: 0.08 },
    ...{ noise: 0.005, team: "platform", account: 0 },
  },
  {
    service: "Amazon Simple Storage Service",
    category: "Storage",
    resourceType: "s3:bucket",
    resource: "arn:aws:s3:::event-archive",
    ...{ usageType: "EUC1-Requests-Tier1", unit: "Requests", price: "0.0000054", perDay: 210_000, week: 0.2 },
    ...{ noise: 0.06, team: "platform", account: 0 },
  },
  {
    service: "Amazon DynamoDB",
    category: "Databases",
    resourceType: "dynamodb:table",
    resource: "arn:aws:dynamodb:eu-central-1:111122223333:table/orders",
    ...{ usageType: "EUC1-WriteRequestUnits", unit: "WriteRequestUnits", price: "0.0000007625", perDay: 9_400_000 },
    ...{ week: 0.3, noise: 0.05, team: "checkout", account: 0 },
  },
  {
    service: "AWS Lambda",
    category: "Compute",
    resourceType: "lambda:function",
    resource: "arn:aws:lambda:eu-central-1:111122223333:function:enrich",
    ...{ usageType: "EUC1-Lambda-GB-Second", unit: "Lambda-GB-Second", price: "0.0000166667", perDay: 310_000 },
    ...{ week: 0.25, noise: 0.05, team: "insight", account: 0 },
  },
  {
    service: "AmazonCloudWatch",
    category: "Management and Governance",
    resourceType: "logs:log-group",
    resource: "arn:aws:logs:eu-central-1:111122223333:log-group:/ecs/streaming",
    ...{ usageType: "EUC1-DataProcessing-Bytes", unit: "GB", price: "0.63", perDay: 18, week: 0.2, noise: 0.08 },
    ...{ team: "platform", account: 0 },
  },
  {
    service: "Amazon Elastic Compute Cloud",
    category: "Networking",
    resourceType: "ec2:natgateway",
    resource: "arn:aws:ec2:eu-central-1:111122223333:natgateway/nat-0a1b2c3d4e5f60718",
    ...{ usageType: "EUC1-NatGateway-Bytes", unit: "GB", price: "0.052", perDay: 95, week: 0.2, noise: 0.07 },
    ...{ team: "platform", account: 0 },
  },
  {
    service: "Amazon Relational Database Service",
    category: "Databases",
    resourceType: "rds:db",
    resource: "arn:aws:rds:eu-central-1:444455556666:db:reporting",
    ...{ usageType: "EUC1-InstanceUsage:db.r6g.large", unit: "Hours", price: "0.261", perDay: 24, noise: 0 },
    ...{ team: "reporting", account: 1 },
  },
];
