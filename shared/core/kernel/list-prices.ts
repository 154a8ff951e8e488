/** When the list prices of AWS were noted that any part of Headgate reckons with. */
export const PRICES_AS_OF = "2025-11";

/**
 * List prices in USD for one unit, exact, that more than one domain reckons with: us-east-1, on demand, tiers and free allowances left out. Sources by
 * name: "AWS Lambda pricing" (arm64, first tier; every function of Headgate runs on it), "Amazon SQS pricing" (standard queues), "Amazon S3 pricing"
 * (requests of the class Standard).
 */
export const COMMON_PRICES = {
  lambdaCall: "0.0000002",
  lambdaGbSecond: "0.0000133334",
  queueRequest: "0.0000004",
  objectRead: "0.0000004",
  objectWrite: "0.000005",
} as const;
