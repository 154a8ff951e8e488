/** Regions as usage types write them before their "-" ("EUC1-BoxUsage"); without one it is us-east-1. Source: AWS billing, usage type prefixes. */
const REGIONS: Readonly<Record<string, string>> = {
  USE1: "us-east-1",
  USE2: "us-east-2",
  USW1: "us-west-1",
  USW2: "us-west-2",
  CAN1: "ca-central-1",
  EU: "eu-west-1",
  EUW1: "eu-west-1",
  EUW2: "eu-west-2",
  EUW3: "eu-west-3",
  EUC1: "eu-central-1",
  EUC2: "eu-central-2",
  EUN1: "eu-north-1",
  EUS1: "eu-south-1",
  EUS2: "eu-south-2",
  APN1: "ap-northeast-1",
  APN2: "ap-northeast-2",
  APN3: "ap-northeast-3",
  APS1: "ap-southeast-1",
  APS2: "ap-southeast-2",
  APS3: "ap-south-1",
  APE1: "ap-east-1",
  SAE1: "sa-east-1",
  AFS1: "af-south-1",
  MES1: "me-south-1",
  MEC1: "me-central-1",
  ILC1: "il-central-1",
  UGW1: "us-gov-west-1",
  UGE1: "us-gov-east-1",
};
const PREFIX = /^([A-Z]{2,4}\d?)-(.+)$/;

/** What a resource is by its usage type without the region; the first that matches. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^Fargate|^SpotUsage-Fargate|-Fargate-/, "ecs:task"],
  [/^(BoxUsage|SpotUsage|DedicatedUsage|HeavyUsage|UnusedBox|EBSOptimized)/, "ec2:instance"],
  [/^EBS:Snapshot/, "ec2:snapshot"],
  [/^EBS:/, "ec2:volume"],
  [/^NatGateway/, "ec2:natgateway"],
  [/^(VpcEndpoint)/, "ec2:vpc-endpoint"],
  [/^(ElasticIP|PublicIPv4)/, "ec2:elastic-ip"],
  [/^(LoadBalancerUsage|LCUUsage|DataProcessing-LoadBalancer)/, "elasticloadbalancing:loadbalancer"],
  [/^(InstanceUsage|Multi-AZUsage|RDS:|Aurora:)/, "rds:db"],
  [/^Kafka\.Storage|^MSK.*Storage/, "kafka:storage"],
  [/^Kafka\.|^MSK/i, "kafka:broker"],
  [/^KPU-|KPU-Hour/, "kinesisanalytics:application"],
  [/^(TimedStorage|Requests-Tier|Retrieval-|EarlyDelete|StorageLens)/, "s3:bucket"],
  [
    /^(Read|Write)(Capacity|Request)Unit|^(Replicated)?(Write|Read)RequestUnits|^TimedBackupStorage-ByteHrs/,
    "dynamodb:table",
  ],
  [/^(Lambda-|Request(-ARM)?$)/, "lambda:function"],
  [/^CW:(Alarm|.*AlarmMonitorUsage)/, "cloudwatch:alarm"],
  [/^CW:(MetricMonitorUsage|MetricsUsage|GMD-Metrics|MetricStreamUsage|Requests)/, "cloudwatch:metric"],
  [/^(DataProcessing-Bytes|DataScanned-Bytes|VendedLog-Bytes|TimedStorage-ByteHrs-Logs)/, "logs:log-group"],
  [/^Requests-(RBP|Tier1-SQS|FIFO)/, "sqs:queue"],
  [/^DeliveryAttempts|^SNS/, "sns:topic"],
  [/^(Shard|PutRequestPayloadUnits|OnDemand-StreamHour|Storage-ShardHour)/, "kinesis:stream"],
  [/^KMS-|^KMS:/, "kms:key"],
  [/^DataScannedInTB/, "athena:workgroup"],
  [/DataTransfer|^AWS-(In|Out)-Bytes|-(In|Out)-Bytes$|-AWS-(In|Out)-ABytes/, "data-transfer"],
];

const split = (usageType: string): { readonly region?: string; readonly rest: string } => {
  const match = PREFIX.exec(usageType);
  const region = match ? REGIONS[match[1] ?? ""] : undefined;
  return match && region !== undefined ? { region, rest: match[2] ?? "" } : { rest: usageType };
};

/** Region that a usage type names; undefined where it names none: then it may be us-east-1 or no region at all. */
export const usageRegion = (usageType: string | undefined): string | undefined =>
  usageType === undefined ? undefined : split(usageType).region;

/** "EUC1-BoxUsage:t3.medium" is "ec2:instance"; undefined where the usage type tells nothing that is known. */
export function usageKind(usageType: string | undefined): string | undefined {
  if (usageType === undefined) return undefined;
  const { rest } = split(usageType);
  return KINDS.find(([pattern]) => pattern.test(rest))?.[1];
}
