import { add, type Decimal, subtract, ZERO } from "../decimal.ts";
import type { ChargeCategory } from "../types.ts";

/** Amounts of a row; absent: the report has no such column, or the cell is empty. */
export interface CurMoney {
  readonly unblended: Decimal;
  readonly planEffective?: Decimal;
  readonly planTotal?: Decimal;
  readonly planUsed?: Decimal;
  readonly reservationEffective?: Decimal;
  readonly reservationUnusedUpfront?: Decimal;
  readonly reservationUnusedRecurring?: Decimal;
}

/**
 * Cost with upfront payments spread over what they cover. Undefined where the report lacks the column for it: unknown, not the unblended cost. Source: AWS Cost
 * and Usage Report user guide, "Savings Plans details" and "Reservation details" (amortised cost by line item type).
 */
export function effectiveOf(type: string, money: CurMoney, reserved: boolean): Decimal | undefined {
  switch (type) {
    case "SavingsPlanCoveredUsage":
      return money.planEffective;
    case "SavingsPlanRecurringFee":
      // What of the commitment nobody used.
      return money.planTotal && money.planUsed ? subtract(money.planTotal, money.planUsed) : undefined;
    case "SavingsPlanNegation":
    case "SavingsPlanUpfrontFee":
      return ZERO;
    case "DiscountedUsage":
      return money.reservationEffective;
    case "RIFee":
      return money.reservationUnusedUpfront && money.reservationUnusedRecurring
        ? add(money.reservationUnusedUpfront, money.reservationUnusedRecurring)
        : undefined;
    case "Fee":
      return reserved ? ZERO : money.unblended;
    default:
      return money.unblended;
  }
}

const CATEGORIES: Readonly<Record<string, ChargeCategory>> = {
  Usage: "Usage",
  DiscountedUsage: "Usage",
  SavingsPlanCoveredUsage: "Usage",
  SavingsPlanNegation: "Usage",
  Tax: "Tax",
  Credit: "Credit",
  Refund: "Credit",
  Fee: "Purchase",
  RIFee: "Purchase",
  SavingsPlanRecurringFee: "Purchase",
  SavingsPlanUpfrontFee: "Purchase",
  BundledDiscount: "Adjustment",
  Discount: "Adjustment",
  EdpDiscount: "Adjustment",
  PrivateRateDiscount: "Adjustment",
  RiVolumeDiscount: "Adjustment",
};
/** Undefined for a type that is not known. */
export const categoryOf = (type: string): ChargeCategory | undefined => CATEGORIES[type];
