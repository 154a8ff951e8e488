/** What is taken of a row. */
export type BillField =
  | "start"
  | "end"
  | "billingStart"
  | "billingEnd"
  | "billed"
  | "effective"
  | "list"
  | "contracted"
  | "currency"
  | "provider"
  | "account"
  | "subAccount"
  | "service"
  | "serviceCategory"
  | "resourceType"
  | "resourceId"
  | "resourceName"
  | "region"
  | "category"
  | "commitmentId"
  | "commitmentStatus"
  | "usageType"
  | "quantity"
  | "unit"
  | "tags";

/** Names of columns by field, the first that is there counts; letter case, blanks and underscores do not. */
export type BillColumns = Readonly<Partial<Record<BillField, readonly string[]>>>;

/**
 * FOCUS 1.0 to 1.2 (github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec), and what 0.5 and 1.3 call the same. `x_` columns are a provider's
 * own: AWS writes the usage type there.
 */
export const FOCUS_COLUMNS: BillColumns = {
  start: ["ChargePeriodStart"],
  end: ["ChargePeriodEnd"],
  billingStart: ["BillingPeriodStart"],
  billingEnd: ["BillingPeriodEnd"],
  billed: ["BilledCost"],
  effective: ["EffectiveCost", "AmortizedCost"],
  list: ["ListCost"],
  contracted: ["ContractedCost"],
  currency: ["BillingCurrency"],
  provider: ["ProviderName", "ServiceProviderName", "Provider"],
  account: ["BillingAccountId"],
  subAccount: ["SubAccountId"],
  service: ["ServiceName"],
  serviceCategory: ["ServiceCategory"],
  resourceType: ["ResourceType"],
  resourceId: ["ResourceId"],
  resourceName: ["ResourceName"],
  region: ["RegionId", "RegionName", "Region"],
  category: ["ChargeCategory", "ChargeType"],
  commitmentId: ["CommitmentDiscountId"],
  commitmentStatus: ["CommitmentDiscountStatus"],
  usageType: ["x_UsageType", "SkuMeter", "SkuId"],
  quantity: ["PricingQuantity", "ConsumedQuantity"],
  unit: ["PricingUnit", "ConsumedUnit"],
  tags: ["Tags"],
};

export interface Header {
  /** Place of each field's column, 0-based; absent: the bill has none. */
  readonly at: ReadonlyMap<BillField, number>;
  /** As the file has them. */
  readonly names: readonly string[];
}

const same = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Where each field stands. A column that is there twice cannot be told apart from its double: that is a fault. */
export function readHeader(
  names: readonly string[],
  columns: BillColumns,
): { readonly header: Header; readonly doubled?: { readonly name: string; readonly at: readonly [number, number] } } {
  const places = new Map<string, number[]>();
  for (const [at, name] of names.entries()) {
    const key = same(name);
    const known = places.get(key);
    if (known) known.push(at);
    else places.set(key, [at]);
  }
  const at = new Map<BillField, number>();
  let doubled: { readonly name: string; readonly at: readonly [number, number] } | undefined;
  for (const [field, wanted] of Object.entries(columns) as [BillField, readonly string[]][]) {
    const found = wanted.map((name) => places.get(same(name))).find((one) => one !== undefined);
    if (found === undefined) continue;
    const [first = 0, second] = found;
    if (second !== undefined) doubled ??= { name: names[first] ?? "", at: [first, second] };
    at.set(field, first);
  }
  return { header: { at, names }, ...(doubled ? { doubled } : {}) };
}
