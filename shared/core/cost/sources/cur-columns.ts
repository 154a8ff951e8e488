/** What is taken of a row of the Cost and Usage Report. */
export const CUR_COLUMNS = {
  start: ["lineItem/UsageStartDate"],
  end: ["lineItem/UsageEndDate"],
  type: ["lineItem/LineItemType"],
  unblended: ["lineItem/UnblendedCost"],
  currency: ["lineItem/CurrencyCode"],
  payer: ["bill/PayerAccountId"],
  user: ["lineItem/UsageAccountId"],
  productName: ["product/ProductName"],
  productCode: ["lineItem/ProductCode", "product/servicecode"],
  family: ["product/productFamily"],
  region: ["product/regionCode", "product/region"],
  resource: ["lineItem/ResourceId"],
  usageType: ["lineItem/UsageType"],
  amount: ["lineItem/UsageAmount"],
  unit: ["pricing/unit"],
  list: ["pricing/publicOnDemandCost"],
  planArn: ["savingsPlan/SavingsPlanARN"],
  planEffective: ["savingsPlan/SavingsPlanEffectiveCost"],
  planTotal: ["savingsPlan/TotalCommitmentToDate"],
  planUsed: ["savingsPlan/UsedCommitment"],
  reservationArn: ["reservation/ReservationARN"],
  reservationEffective: ["reservation/EffectiveCost"],
  reservationUnusedUpfront: ["reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"],
  reservationUnusedRecurring: ["reservation/UnusedRecurringFee"],
  /** Version 2.0 has maps as JSON. */
  product: ["product"],
  tags: ["resource_tags"],
} as const;
export type CurField = keyof typeof CUR_COLUMNS;

/** 1.0 writes "lineItem/UnblendedCost", 2.0 and Parquet "line_item_unblended_cost". */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

const TAG = /^resource_?tags[/_](user:|user_|aws:|aws_)(.+)$/i;

export interface CurHeader {
  readonly names: readonly string[];
  readonly at: Readonly<Partial<Record<CurField, number>>>;
  /** Columns of tags: version 1.0 has one for each key. */
  readonly tags: readonly { readonly at: number; readonly key: string }[];
}

/** "user:team" and "user_team" are the tag "team"; AWS's own keep their "aws:". */
export const tagName = (prefix: string, rest: string): string =>
  prefix.toLowerCase().startsWith("aws") ? `aws:${rest}` : rest;

export function curHeader(names: readonly string[]): CurHeader {
  const places = new Map<string, number>();
  for (const [at, name] of names.entries()) if (!places.has(plain(name))) places.set(plain(name), at);
  const at: Partial<Record<CurField, number>> = {};
  for (const [field, wanted] of Object.entries(CUR_COLUMNS) as [CurField, readonly string[]][])
    for (const name of wanted) {
      const place = places.get(plain(name));
      if (place !== undefined) at[field] ??= place;
    }
  const tags = names.flatMap((name, place) => {
    const match = TAG.exec(name);
    return match ? [{ at: place, key: tagName(match[1] ?? "", match[2] ?? "") }] : [];
  });
  return { names, at, tags };
}

/** Whether a header is one of the Cost and Usage Report and not of FOCUS. */
export const isCur = (names: readonly string[]): boolean => {
  const { at } = curHeader(names);
  return at.start !== undefined && at.unblended !== undefined;
};
