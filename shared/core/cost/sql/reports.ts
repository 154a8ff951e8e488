import { iso, type Millis } from "../../kernel/time.ts";
import { addDays, type Day } from "../day.ts";
import type { Basis } from "../types.ts";

/**
 * The two reports of the platform and the report over bills, as text that DuckDB and Athena both take. Instants are written out and not asked
 * of the engine: the report is about the instant that its caller means. Decimals are summed as decimals, and averages compared as sums against
 * counts: `AVG` of a decimal is rounded to its scale on Athena and turned into a float on DuckDB, and 19.999 must not become 20.
 */
const instant = (at: Millis): string => `TIMESTAMP '${iso(at).slice(0, 23).replace("T", " ")}'`;

/** A name of a table in double quotes: it comes from a configuration. */
const named = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const meanOf = (column: string): string => `CAST(SUM(${column}) AS DOUBLE) / COUNT(${column})`;

/** Cost and average utilisation by service, resource type and day since `from`, newest first. */
export const dailyCostSql = ({
  from,
  table = "cost_metrics",
}: {
  readonly from: Millis;
  readonly table?: string;
}): string =>
  `SELECT
  service_name,
  resource_type,
  CAST(DATE_TRUNC('day', "timestamp") AS DATE) AS "date",
  SUM(cost_usd) AS daily_cost,
  ${meanOf("utilization_percent")} AS avg_utilization
FROM ${named(table)}
WHERE "timestamp" >= ${instant(from)}
GROUP BY service_name, resource_type, CAST(DATE_TRUNC('day', "timestamp") AS DATE)
ORDER BY "date" DESC, daily_cost DESC NULLS LAST, service_name, resource_type`;

/**
 * How busy each resource was since `from`: the platform's label (exactly 20 and exactly 80 are Optimized), `InsufficientData` below
 * `minimumSamples`, 95th percentile by nearest rank, maximum, samples, the newest cost of an hour, and AWS's word for the same.
 */
export function opportunitiesSql({
  from,
  minimumSamples,
  table = "resource_utilization",
}: {
  readonly from: Millis;
  readonly minimumSamples: number;
  readonly table?: string;
}): string {
  const least = Math.floor(minimumSamples);
  const label = (low: string, high: string, fine: string, none: string): string => `CASE
    WHEN COUNT(avg_utilization) < ${Math.max(1, least)} THEN ${none}
    WHEN SUM(avg_utilization) < 20 * COUNT(avg_utilization) THEN ${low}
    WHEN SUM(avg_utilization) > 80 * COUNT(avg_utilization) THEN ${high}
    ELSE ${fine}
  END`;
  return `WITH seen AS (
  SELECT
    resource_id,
    resource_type,
    cost_per_hour,
    avg_utilization,
    ROW_NUMBER() OVER (PARTITION BY resource_id, resource_type ORDER BY CASE WHEN cost_per_hour IS NULL THEN 1 ELSE 0 END, "timestamp" DESC, cost_per_hour DESC) AS newest,
    ROW_NUMBER() OVER (PARTITION BY resource_id, resource_type ORDER BY avg_utilization ASC NULLS LAST) AS place,
    COUNT(avg_utilization) OVER (PARTITION BY resource_id, resource_type) AS known
  FROM ${named(table)}
  WHERE "timestamp" >= ${instant(from)}
)
SELECT
  resource_id,
  resource_type,
  MAX(CASE WHEN newest = 1 THEN cost_per_hour END) AS cost_per_hour,
  ${meanOf("avg_utilization")} AS avg_utilization,
  MIN(CASE WHEN place * 100 >= 95 * known THEN avg_utilization END) AS p95_utilization,
  MAX(avg_utilization) AS max_utilization,
  COUNT(avg_utilization) AS samples,
  ${label("'Underutilized'", "'Overutilized'", "'Optimized'", "'InsufficientData'")} AS optimization_opportunity,
  ${label("'OVER_PROVISIONED'", "'UNDER_PROVISIONED'", "'OPTIMIZED'", "NULL")} AS aws_finding
FROM seen
GROUP BY resource_id, resource_type
ORDER BY cost_per_hour DESC NULLS LAST, resource_id, resource_type NULLS FIRST`;
}

/**
 * Cost by day, service and stated resource type over a bill in FOCUS columns; `from` and `to` are both included. Currencies are never added up.
 * `floats`: the table holds amounts as binary floats (AWS writes its FOCUS exports so); each is taken to 12 fraction digits before it is summed,
 * so that the noise of the float does not become money.
 */
export function exportCostSql({
  basis,
  from,
  to,
  table = "cost_export",
  floats = false,
}: {
  readonly basis: Basis;
  readonly from: Day;
  readonly to: Day;
  readonly table?: string;
  readonly floats?: boolean;
}): string {
  const amount = basis === "billed" ? "BilledCost" : "EffectiveCost";
  return `SELECT
  CAST(DATE_TRUNC('day', ChargePeriodStart) AS DATE) AS "day",
  ServiceName AS service,
  ResourceType AS resource_type,
  BillingCurrency AS currency,
  SUM(${floats ? `CAST(${amount} AS DECIMAL(38, 12))` : amount}) AS cost
FROM ${named(table)}
WHERE ChargePeriodStart >= TIMESTAMP '${from} 00:00:00' AND ChargePeriodStart < TIMESTAMP '${addDays(to, 1)} 00:00:00'
GROUP BY CAST(DATE_TRUNC('day', ChargePeriodStart) AS DATE), ServiceName, ResourceType, BillingCurrency
ORDER BY "day" DESC, cost DESC, service, resource_type`;
}
