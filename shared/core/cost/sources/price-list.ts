import { PRICES_AS_OF } from "../../kernel/list-prices.ts";

/** What usage is priced by. */
export const PRICE_ITEMS = {
  "task.vcpu_hour": "vCPU-Hours",
  "task.gb_hour": "GB-Hours",
  "kafka.cluster_hour": "Hours",
  "kafka.partition_hour": "Partition-Hours",
  /** Of one copy: replicas are the service's own affair. */
  "kafka.storage_gb_month": "GB-Month",
  /** Of all replicas: what disks of one's own hold. */
  "kafka.disk_gb_month": "GB-Month",
  "kafka.in_gb": "GB",
  "kafka.out_gb": "GB",
  "flink.slot_hour": "Slot-Hours",
} as const;
export type PriceItem = keyof typeof PRICE_ITEMS;

/** One list price: of which region, from which page, of when. */
export interface ListPrice {
  readonly item: PriceItem;
  readonly regions: readonly string[];
  /** USD for one unit. */
  readonly price: string;
  /** What AWS calls it. */
  readonly as: string;
  readonly page: string;
  readonly date: string;
}

const date = PRICES_AS_OF;
const FARGATE = { page: "aws.amazon.com/fargate/pricing", date } as const;
const MSK = { page: "aws.amazon.com/msk/pricing", date, regions: ["us-east-1"] } as const;
const FLINK = { page: "aws.amazon.com/managed-service-apache-flink/pricing", date } as const;
const VCPU = { item: "task.vcpu_hour", as: "Fargate, Linux/x86, vCPU hour", ...FARGATE } as const;
const GB = { item: "task.gb_hour", as: "Fargate, Linux/x86, GB hour", ...FARGATE } as const;
/** Regions that have the prices of us-east-1. */
const LIKE_US_EAST_1 = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1"];

/**
 * List prices on demand, without free tiers, discounts and tax. What is not here is not known and is not priced: there is no price "about the same". Kafka is
 * priced as MSK Serverless, which is paid by use as it is counted here; brokers of one's own have a price of one's own (a file).
 */
export const LIST_PRICES: readonly ListPrice[] = [
  { ...VCPU, regions: LIKE_US_EAST_1, price: "0.04048" },
  { ...GB, regions: LIKE_US_EAST_1, price: "0.004445" },
  { ...VCPU, regions: ["eu-central-1"], price: "0.04656" },
  { ...GB, regions: ["eu-central-1"], price: "0.00511" },
  { item: "kafka.cluster_hour", price: "0.75", as: "MSK Serverless, cluster hour", ...MSK },
  { item: "kafka.partition_hour", price: "0.0015", as: "MSK Serverless, partition hour", ...MSK },
  { item: "kafka.storage_gb_month", price: "0.10", as: "MSK Serverless, storage", ...MSK },
  { item: "kafka.in_gb", price: "0.10", as: "MSK Serverless, data in", ...MSK },
  { item: "kafka.out_gb", price: "0.05", as: "MSK Serverless, data out", ...MSK },
  {
    ...{ item: "flink.slot_hour", regions: ["us-east-1"], price: "0.11", ...FLINK },
    as: "Managed Service for Apache Flink, KPU hour, one slot a KPU and without the one for orchestration",
  },
];
