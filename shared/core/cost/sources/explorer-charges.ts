import type { Day } from "../day.ts";
import { type Decimal, decimal } from "../decimal.ts";
import type { Charge } from "../types.ts";
import { usageKind, usageRegion } from "./usage-types.ts";

/** One group of a day, as Cost Explorer answers it. */
export interface ExplorerGroup {
  readonly keys: readonly string[];
  readonly amounts: Readonly<Record<string, { readonly amount: string; readonly unit: string }>>;
}
/** What is grouped by beside SERVICE. */
export type SecondKey = "USAGE_TYPE" | "LINKED_ACCOUNT" | "REGION" | "OPERATION" | "INSTANCE_TYPE";

/** How Cost Explorer writes that there is nothing: "NoUsageType", "NoRegion", "NoInstanceType", "NoOperation". */
const NOTHING = /^No[A-Z][A-Za-z]*$/;
/** What Cost Explorer calls "EC2 - Other" and the like is no resource of its own. */
const TAX = /^Tax$/i;
/** UsageQuantity of mixed units has this one. */
const NO_UNIT = "N/A";

const named = (key: string | undefined): string | undefined =>
  key === undefined || key === "" || NOTHING.test(key) ? undefined : key;

/**
 * A group as a charge. Cost Explorer has no type of resource: it is told from the usage type, so it is as good as
 * that table is.
 *
 * @throws RangeError where an amount is no decimal number, or there is none: both were asked for, and a charge without is no zero
 */
export function explorerCharge(day: Day, { keys, amounts }: ExplorerGroup, second: SecondKey): Charge {
  const amount = (name: string): Decimal | undefined => {
    const found = amounts[name]?.amount;
    if (found === undefined) return undefined;
    const made = decimal(found);
    if (made === undefined) throw new RangeError(`${name} of ${keys.join(", ")} is no amount: ${found.slice(0, 40)}`);
    return made;
  };
  const billed = amount("UnblendedCost");
  const effective = amount("AmortizedCost");
  if (billed === undefined && effective === undefined)
    throw new RangeError(`${keys.join(", ") || day} has neither UnblendedCost nor AmortizedCost`);
  const currency = (amounts["UnblendedCost"] ?? amounts["AmortizedCost"])?.unit;
  const service = named(keys[0]);
  const other = named(keys[1]);
  const quantity = amount("UsageQuantity");
  const unit = amounts["UsageQuantity"]?.unit;
  const byType = second === "USAGE_TYPE" ? other : undefined;
  const kind = usageKind(byType) ?? (second === "INSTANCE_TYPE" && other !== undefined ? "ec2:instance" : undefined);
  const region = second === "REGION" ? other : usageRegion(byType);
  // A quantity of mixed units is none.
  const counted =
    quantity !== undefined && byType !== undefined && unit !== undefined && unit !== "" && unit !== NO_UNIT;
  return {
    ...{ day, provider: "AWS" },
    ...(billed === undefined ? {} : { billed }),
    ...(effective === undefined ? {} : { effective }),
    ...(currency === undefined || currency === "" ? {} : { currency: currency.toUpperCase() }),
    ...(service === undefined ? {} : { service }),
    ...(kind === undefined ? {} : { resourceType: kind, resourceKind: kind }),
    ...(region === undefined ? {} : { region }),
    ...(byType === undefined ? {} : { usageType: byType }),
    ...(second === "LINKED_ACCOUNT" && other !== undefined ? { subAccount: other } : {}),
    ...(service !== undefined && TAX.test(service) ? { category: "Tax" as const } : {}),
    ...(counted ? { quantity, unit } : {}),
  };
}
