import { iso } from "../../kernel/time.ts";
import { addDays } from "../day.ts";
import { type Decimal, text } from "../decimal.ts";
import type { Charge } from "../types.ts";

type Column = readonly [string, (charge: Charge) => string | undefined];
const money = (of: (charge: Charge) => Decimal | undefined) => (charge: Charge) => {
  const amount = of(charge);
  return amount === undefined ? undefined : text(amount);
};
const instant = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : `${iso(at).slice(0, 19)}Z`;
const monthStart = ({ day }: Charge): string => `${day.slice(0, 7)}-01T00:00:00Z`;
const monthEnd = ({ day }: Charge): string => `${addDays(`${day.slice(0, 7)}-01`, 32 - 1).slice(0, 7)}-01T00:00:00Z`;

/** Columns of FOCUS 1.0 that a charge has something for. */
const COLUMNS: readonly Column[] = [
  ["BilledCost", money(({ billed }) => billed)],
  ["BillingAccountId", ({ account }) => account],
  ["BillingCurrency", ({ currency }) => currency],
  ["BillingPeriodEnd", monthEnd],
  ["BillingPeriodStart", monthStart],
  ["ChargeCategory", ({ category }) => category],
  ["ChargePeriodEnd", ({ day, end }) => instant(end) ?? `${addDays(day, 1)}T00:00:00Z`],
  ["ChargePeriodStart", ({ day, start }) => instant(start) ?? `${day}T00:00:00Z`],
  ["CommitmentDiscountId", ({ commitmentId }) => commitmentId],
  ["CommitmentDiscountStatus", ({ commitmentStatus }) => commitmentStatus],
  ["ContractedCost", money(({ contracted }) => contracted)],
  ["EffectiveCost", money(({ effective }) => effective)],
  ["ListCost", money(({ list }) => list)],
  ["PricingQuantity", money(({ quantity }) => quantity)],
  ["PricingUnit", ({ unit }) => unit],
  ["ProviderName", ({ provider }) => provider],
  ["RegionId", ({ region }) => region],
  ["ResourceId", ({ resourceId }) => resourceId],
  ["ResourceName", ({ resourceName }) => resourceName],
  ["ResourceType", ({ resourceType }) => resourceType],
  ["ServiceCategory", ({ serviceCategory }) => serviceCategory],
  ["ServiceName", ({ service }) => service],
  ["SkuId", ({ usageType }) => usageType],
  ["SubAccountId", ({ subAccount }) => subAccount],
  ["Tags", ({ tags }) => (tags === undefined ? undefined : JSON.stringify(tags))],
];

const cell = (value: string | undefined): string =>
  value === undefined ? "" : /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

export const FOCUS_HEADER: string = `${COLUMNS.map(([name]) => name).join(",")}\n`;

/** One line of a FOCUS 1.0 file, with its end. */
export const focusLine = (charge: Charge): string => `${COLUMNS.map(([, of]) => cell(of(charge))).join(",")}\n`;

/** A FOCUS 1.0 file, header first, in pieces of one group of charges each. */
export function* focusCsv(groups: Iterable<readonly Charge[]>): Generator<string> {
  yield FOCUS_HEADER;
  for (const group of groups) yield group.map(focusLine).join("");
}
