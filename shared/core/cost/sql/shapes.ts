import type { Millis } from "../../kernel/time.ts";
import { type Day, startOf } from "../day.ts";
import type { Charge } from "../types.ts";
import type { Measured } from "../utilization/types.ts";
import type { Cell, TableShape } from "./table.ts";

/** A bill as SQL sees it: FOCUS names, so that a FOCUS export on S3 is the same table on Athena. */
export const COST_EXPORT: TableShape = {
  name: "cost_export",
  columns: [
    { name: "ChargePeriodStart", kind: "time" },
    { name: "ChargePeriodEnd", kind: "time" },
    { name: "BilledCost", kind: "decimal" },
    { name: "EffectiveCost", kind: "decimal" },
    { name: "ListCost", kind: "decimal" },
    { name: "ContractedCost", kind: "decimal" },
    { name: "BillingCurrency", kind: "text" },
    { name: "ProviderName", kind: "text" },
    { name: "BillingAccountId", kind: "text" },
    { name: "SubAccountId", kind: "text" },
    { name: "ServiceName", kind: "text" },
    { name: "ServiceCategory", kind: "text" },
    { name: "ResourceType", kind: "text" },
    { name: "ResourceId", kind: "text" },
    { name: "ResourceName", kind: "text" },
    { name: "RegionId", kind: "text" },
    { name: "ChargeCategory", kind: "text" },
    { name: "CommitmentDiscountId", kind: "text" },
    { name: "CommitmentDiscountStatus", kind: "text" },
    { name: "x_UsageType", kind: "text" },
    { name: "ConsumedQuantity", kind: "decimal" },
    { name: "ConsumedUnit", kind: "text" },
    { name: "Tags", kind: "tags" },
  ],
};

/** A charge as a row of {@link COST_EXPORT}. Where the source tells no period, it begins with its day. */
export const exportRow = (charge: Charge): readonly Cell[] => [
  charge.start ?? startOf(charge.day),
  charge.end,
  charge.billed,
  charge.effective,
  charge.list,
  charge.contracted,
  charge.currency,
  charge.provider,
  charge.account,
  charge.subAccount,
  charge.service,
  charge.serviceCategory,
  charge.resourceType,
  charge.resourceId,
  charge.resourceName,
  charge.region,
  charge.category,
  charge.commitmentId,
  charge.commitmentStatus,
  charge.usageType,
  charge.quantity,
  charge.unit,
  charge.tags,
];

/** The platform's own tables, by its names. */
export const COST_METRICS: TableShape = {
  name: "cost_metrics",
  columns: [
    { name: "timestamp", kind: "time" },
    { name: "service_name", kind: "text" },
    { name: "resource_type", kind: "text" },
    { name: "cost_usd", kind: "decimal" },
    { name: "utilization_percent", kind: "decimal" },
  ],
};
export const RESOURCE_UTILIZATION: TableShape = {
  name: "resource_utilization",
  columns: [
    { name: "timestamp", kind: "time" },
    { name: "resource_id", kind: "text" },
    { name: "resource_type", kind: "text" },
    { name: "cost_per_hour", kind: "decimal" },
    { name: "avg_utilization", kind: "decimal" },
    // The same under the name of the other table: files have the one or the other.
    { name: "utilization_percent", kind: "decimal" },
  ],
};

/** With columns that a file has besides, as text: what stands in it can be asked for. */
export function withMore(shape: TableShape, names: readonly string[]): TableShape {
  const known = new Set(shape.columns.map(({ name }) => name.toLowerCase()));
  const more = names.filter((name) => !known.has(name.toLowerCase()));
  return { ...shape, columns: [...shape.columns, ...more.map((name) => ({ name, kind: "text" as const }))] };
}

/** Rows of either of the platform's tables, of its own files or of charges of a bill (which have a day, and may have an instant). */
type Metric = { readonly [Key in Exclude<keyof Measured, "at">]?: Measured[Key] | undefined } & {
  readonly at?: Millis;
  readonly start?: Millis | undefined;
  readonly day?: Day;
};

const METRIC: Readonly<Record<string, (row: Metric) => Cell>> = {
  timestamp: ({ at, start, day }) => at ?? start ?? (day === undefined ? undefined : startOf(day)),
  service_name: ({ service }) => service,
  resource_id: ({ resourceId }) => resourceId,
  resource_type: ({ resourceType }) => resourceType,
  cost_usd: ({ cost }) => cost,
  cost_per_hour: ({ costPerHour }) => costPerHour,
  utilization_percent: ({ percent }) => percent,
  avg_utilization: ({ percent }) => percent,
};

export const metricsRow = ({ columns }: TableShape, row: Metric): readonly Cell[] =>
  columns.map(({ name }) => {
    const own = Object.hasOwn(METRIC, name) ? METRIC[name] : undefined;
    if (own !== undefined) return own(row);
    return row.more !== undefined && Object.hasOwn(row.more, name) ? row.more[name] : undefined;
  });
