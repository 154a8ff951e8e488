/** What is asked of GetCostAndUsage: days of UTC, `toExclusive` as AWS has it. */
export interface CostAndUsageRequest {
  readonly from: string;
  readonly toExclusive: string;
  readonly metrics: readonly (
    | "UnblendedCost"
    | "AmortizedCost"
    | "NetUnblendedCost"
    | "NetAmortizedCost"
    | "UsageQuantity"
  )[];
  /** At most two, as AWS has it. */
  readonly groupBy: readonly { readonly type: "DIMENSION" | "TAG" | "COST_CATEGORY"; readonly key: string }[];
  readonly granularity: "DAILY" | "MONTHLY";
}

export interface CostAndUsageDay {
  readonly from: string;
  readonly toExclusive: string;
  readonly estimated: boolean;
  readonly groups: readonly {
    readonly keys: readonly string[];
    /** Amounts as AWS sends them: decimal text. */
    readonly amounts: Readonly<Record<string, { readonly amount: string; readonly unit: string }>>;
  }[];
}

export interface CostExplorerOptions {
  /** Called before each request that is sent, repeated ones too; where it throws, nothing is sent and the call fails with what it threw. */
  readonly beforeRequest?: () => Promise<void>;
}

/**
 * AWS Cost Explorer. Every page is a paid request (0.01 USD): an answer says how many it took; with an error it is known from `beforeRequest`.
 * Errors: HeadgateError `bills.denied` (final, names the action that is missing), `bills.unavailable` (retryable).
 */
export interface CostExplorer {
  costAndUsage(
    request: CostAndUsageRequest,
    options?: CostExplorerOptions,
  ): Promise<{ readonly days: readonly CostAndUsageDay[]; readonly requests: number }>;
}
