import type { Millis } from "../../kernel/time.ts";
import type { Decimal } from "../decimal.ts";

/** The platform's two tables: what services cost and how busy they were; what resources cost an hour and how busy they were. */
export type UtilizationTable = "cost_metrics" | "resource_utilization";

/** One row of either. What the row does not say is absent: a utilisation that nobody measured is not zero. */
export interface Measured {
  readonly at: Millis;
  readonly service?: string;
  readonly resourceType?: string;
  readonly resourceId?: string;
  /** Percent, exact as it was written; may be above 100. */
  readonly percent?: Decimal;
  /** `cost_usd` of cost_metrics. */
  readonly cost?: Decimal;
  /** `cost_per_hour` of resource_utilization. */
  readonly costPerHour?: Decimal;
  /** Columns that the platform does not name, by their names as the file has them. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Seven days, as the platform's report looks back. */
export const WINDOW_DAYS = 7;
/** Below it a resource is underutilized, above the other overutilized; exactly either is neither (platform's cost-queries.sql). */
export const LOW = { units: 20n, scale: 0 };
export const HIGH = { units: 80n, scale: 0 };
