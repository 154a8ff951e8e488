import { COMMON_PRICES, PRICES_AS_OF } from "../../kernel/list-prices.ts";

/** What of AWS's bill Headgate causes: counts of one month (30 days). */
export const USAGE = {
  /** Standing alarms of one metric each. */
  serviceAlarms: { item: "alarms of services", unit: "alarms" },
  ownAlarms: { item: "alarms on itself", unit: "alarms" },
  compositeAlarms: { item: "composite alarms", unit: "alarms" },
  /** Each billed for the hours in which it was sent: 1 is one metric in every hour. */
  customMetrics: { item: "custom metrics", unit: "metrics" },
  /** Metrics asked for in GetMetricData. */
  metricsRead: { item: "metrics read", unit: "metrics" },
  /** DynamoDB request units: a write of up to 1 KB, a strongly consistent read of up to 4 KB; indexes included. */
  writeUnits: { item: "table writes", unit: "write units" },
  readUnits: { item: "table reads", unit: "read units" },
  /** Table, indexes and their point-in-time recovery. */
  tableGb: { item: "table storage", unit: "GB" },
  invocations: { item: "function calls", unit: "calls" },
  gbSeconds: { item: "function time", unit: "GB seconds" },
  schedulerInvocations: { item: "schedules", unit: "runs" },
  queueRequests: { item: "queue requests", unit: "requests" },
  objectReads: { item: "object reads", unit: "requests" },
  objectWrites: { item: "object writes", unit: "requests" },
  logGb: { item: "logs", unit: "GB" },
  apiRequests: { item: "API requests", unit: "requests" },
  /** DiscoverInstances of AWS Cloud Map. */
  discoveries: { item: "Cloud Map questions", unit: "questions" },
  /** Samples that queries of Amazon Managed Prometheus read. */
  samplesQueried: { item: "samples queried", unit: "samples" },
  /** Pages of GetCostAndUsage. */
  billRequests: { item: "Cost Explorer requests", unit: "requests" },
  /** What statements of Athena read. */
  scannedTb: { item: "Athena", unit: "TB read" },
} as const;
export type UsageName = keyof typeof USAGE;
export const USAGE_NAMES = Object.keys(USAGE) as readonly UsageName[];

/** Where and when the prices below were read, and what they leave out. */
export const PRICE_LIST = {
  region: "us-east-1",
  date: PRICES_AS_OF,
  source:
    "aws.amazon.com: cloudwatch/pricing, dynamodb/pricing/on-demand, lambda/pricing, eventbridge/pricing, sqs/pricing, s3/pricing, api-gateway/pricing, cloud-map/pricing, prometheus/pricing, aws-cost-management/pricing, athena/pricing",
  note: "list prices, on demand, without any free tier; other regions differ by up to a third",
} as const;

/** USD for one, exact. */
export const UNIT_PRICES = {
  serviceAlarms: "0.10",
  ownAlarms: "0.10",
  compositeAlarms: "0.50",
  /** First 10,000 metrics. */
  customMetrics: "0.30",
  /** 0.01 per 1,000. */
  metricsRead: "0.00001",
  writeUnits: "0.000000625",
  readUnits: "0.000000125",
  /** 0.25 storage and 0.20 point-in-time recovery. */
  tableGb: "0.45",
  invocations: COMMON_PRICES.lambdaCall,
  gbSeconds: COMMON_PRICES.lambdaGbSecond,
  schedulerInvocations: "0.000001",
  queueRequests: COMMON_PRICES.queueRequest,
  objectReads: COMMON_PRICES.objectRead,
  objectWrites: COMMON_PRICES.objectWrite,
  /** Ingestion; 30 days of storage at 0.03 are lost in rounding. */
  logGb: "0.50",
  /** HTTP API. */
  apiRequests: "0.000001",
  discoveries: "0.000001",
  /** 0.10 for a billion. */
  samplesQueried: "0.0000000001",
  billRequests: "0.01",
  scannedTb: "5",
} as const satisfies Record<UsageName, string>;

/** The same as numbers, for estimates. */
export const PRICES = Object.fromEntries(
  USAGE_NAMES.map((name) => [name, Number(UNIT_PRICES[name])]),
) as unknown as Readonly<Record<UsageName, number>>;
