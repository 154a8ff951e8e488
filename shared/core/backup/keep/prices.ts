import { COMMON_PRICES, PRICES_AS_OF } from "../../kernel/list-prices.ts";

/** List prices in USD, and how long a class is charged at least. */
export interface StorageClassPrice {
  readonly perGbMonth: number;
  readonly perMillionPuts: number;
  readonly perMillionGets: number;
  /** For reading data back. */
  readonly perGbRead: number;
  readonly leastDays: number;
  /** An object counts for no less, bytes. */
  readonly leastBytes: number;
}

export type StorageClass = "STANDARD" | "STANDARD_IA" | "ONEZONE_IA" | "INTELLIGENT_TIERING" | "GLACIER_IR";

export interface Prices {
  /** Where and of when they are. */
  readonly source: string;
  readonly storage: Readonly<Record<StorageClass, StorageClassPrice>>;
  /** Between regions. */
  readonly perGbEgress: number;
  readonly perMillionKms: number;
  readonly perLambdaGbSecond: number;
  readonly perMillionInvocations: number;
  readonly perMillionMessages: number;
}

const KB_128 = 128 * 1024;
const million = (price: string): number => Math.round(Number(price) * 1e12) / 1e6;
const standard = {
  perMillionPuts: million(COMMON_PRICES.objectWrite),
  perMillionGets: million(COMMON_PRICES.objectRead),
  perGbRead: 0,
  leastDays: 0,
  leastBytes: 0,
};

/**
 * Public on-demand prices of us-east-1, tiers and free allowances left out. Sources by name: "Amazon S3 pricing" (storage, requests, retrieval, transfer between regions),
 * "AWS KMS pricing", "AWS Lambda pricing" (arm64, as Headgate's functions run), "Amazon SQS pricing".
 */
export const LIST_PRICES: Prices = {
  source: `AWS list prices of us-east-1 as of ${PRICES_AS_OF} (S3, KMS, Lambda, SQS pricing pages); other regions and contracts differ`,
  storage: {
    STANDARD: { perGbMonth: 0.023, ...standard },
    INTELLIGENT_TIERING: { perGbMonth: 0.023, ...standard },
    STANDARD_IA: {
      perGbMonth: 0.0125,
      perMillionPuts: 10,
      perMillionGets: 1,
      perGbRead: 0.01,
      leastDays: 30,
      leastBytes: KB_128,
    },
    ONEZONE_IA: {
      perGbMonth: 0.01,
      perMillionPuts: 10,
      perMillionGets: 1,
      perGbRead: 0.01,
      leastDays: 30,
      leastBytes: KB_128,
    },
    GLACIER_IR: {
      perGbMonth: 0.004,
      perMillionPuts: 20,
      perMillionGets: 10,
      perGbRead: 0.03,
      leastDays: 90,
      leastBytes: KB_128,
    },
  },
  perGbEgress: 0.02,
  perMillionKms: 3,
  perLambdaGbSecond: Number(COMMON_PRICES.lambdaGbSecond),
  perMillionInvocations: million(COMMON_PRICES.lambdaCall),
  perMillionMessages: million(COMMON_PRICES.queueRequest),
};
