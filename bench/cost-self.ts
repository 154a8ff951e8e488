/**
 * What running Headgate costs: counted requests times list prices. Pure; whoever counts (a test, later
 * `headgate cost self`) hands in a month's worth of counts.
 */

/** Counts of one month (30 days) unless a name says otherwise. Absent is none. */
export interface MonthlyUsage {
  /** Standing alarms of one metric each. */
  readonly serviceAlarms: number;
  readonly ownAlarms: number;
  /** Custom metrics, each billed for the hours in which it was sent: 1 is one metric in every hour. */
  readonly customMetrics: number;
  /** Metrics asked for in GetMetricData. */
  readonly metricsRead: number;
  /** DynamoDB request units: a write of up to 1 KB, a strongly consistent read of up to 4 KB; indexes included. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Table, indexes and their point-in-time recovery. */
  readonly tableGb: number;
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly schedulerInvocations: number;
  readonly queueRequests: number;
  readonly objectReads: number;
  readonly objectWrites: number;
  readonly logGb: number;
  readonly apiRequests: number;
}

/**
 * USD, us-east-1, on demand, without any free tier. Sources: the public price pages of the services, 2026-11
 * (aws.amazon.com/cloudwatch/pricing, /dynamodb/pricing/on-demand, /lambda/pricing, /eventbridge/pricing, /sqs/pricing,
 * /s3/pricing, /api-gateway/pricing). Other regions differ by up to a third.
 */
export const PRICES = {
  /** Standard resolution, per alarm metric and month. */
  serviceAlarms: 0.1,
  ownAlarms: 0.1,
  /** First 10,000 metrics. */
  customMetrics: 0.3,
  /** GetMetricData: 0.01 per 1,000 metrics. */
  metricsRead: 0.01 / 1e3,
  writeUnits: 0.625 / 1e6,
  readUnits: 0.125 / 1e6,
  /** 0.25 storage and 0.20 point-in-time recovery. */
  tableGb: 0.45,
  invocations: 0.2 / 1e6,
  /** arm64, first tier. */
  gbSeconds: 0.0000133334,
  schedulerInvocations: 1 / 1e6,
  queueRequests: 0.4 / 1e6,
  objectReads: 0.4 / 1e6,
  objectWrites: 5 / 1e6,
  /** Ingestion; 30 days of storage at 0.03 are lost in rounding. */
  logGb: 0.5,
  /** HTTP API. */
  apiRequests: 1 / 1e6,
} as const satisfies Record<keyof MonthlyUsage, number>;

const LABELS: Record<keyof MonthlyUsage, string> = {
  serviceAlarms: "alarms of services",
  ownAlarms: "alarms on itself",
  customMetrics: "custom metrics",
  metricsRead: "metrics read",
  writeUnits: "table writes",
  readUnits: "table reads",
  tableGb: "table storage",
  invocations: "function calls",
  gbSeconds: "function time",
  schedulerInvocations: "schedules",
  queueRequests: "queue requests",
  objectReads: "object reads",
  objectWrites: "object writes",
  logGb: "logs",
  apiRequests: "API requests",
};

export interface CostLine {
  readonly item: string;
  readonly count: number;
  readonly usd: number;
}

/** USD a month, line by line, largest first. */
export function monthlyCost(usage: MonthlyUsage): { readonly lines: readonly CostLine[]; readonly usd: number } {
  const names = Object.keys(PRICES) as (keyof MonthlyUsage)[];
  const lines = names
    .map((name) => ({ item: LABELS[name], count: usage[name], usd: usage[name] * PRICES[name] }))
    .sort((a, b) => b.usd - a.usd);
  return { lines, usd: lines.reduce((sum, line) => sum + line.usd, 0) };
}

/** What reading every metric of every service each minute would cost in GetMetricData alone. */
export function naiveCost(services: number, metricsPerService: number): number {
  return services * metricsPerService * 60 * 24 * 30 * PRICES.metricsRead;
}
