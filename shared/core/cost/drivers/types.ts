import type { Day } from "../day.ts";
import type { Decimal } from "../decimal.ts";

/** Why an amount changed. `mixed`: no quantity says whether it was price or volume. */
export type DriverEffect = "price" | "volume" | "mixed" | "new" | "gone" | "purchase" | "tax" | "credit" | "adjustment";

/** One service × type × usage and what changed of it. */
export interface DriverRow {
  readonly service?: string;
  readonly resourceType?: string;
  readonly usageType?: string;
  readonly unit?: string;
  readonly before: Decimal;
  readonly after: Decimal;
  /** `after − before`; the effects sum to it exactly. */
  readonly difference: Decimal;
  readonly effects: readonly { readonly effect: DriverEffect; readonly amount: Decimal }[];
  readonly quantityBefore?: Decimal;
  readonly quantityAfter?: Decimal;
  /** Money for one unit, rounded, to look at; the effects are made from exact amounts. */
  readonly priceBefore?: Decimal;
  readonly priceAfter?: Decimal;
}

export interface Drivers {
  readonly before: { readonly from: Day; readonly to: Day; readonly days: number; readonly total: Decimal };
  readonly after: { readonly from: Day; readonly to: Day; readonly days: number; readonly total: Decimal };
  readonly difference: Decimal;
  /** Of `before`; absent where that was 0. */
  readonly percent?: number;
  /** Sum of each effect over all rows; they sum to `difference` exactly. */
  readonly effects: readonly { readonly effect: DriverEffect; readonly amount: Decimal }[];
  /** The largest change first, whichever way. They sum to `difference` exactly. */
  readonly rows: readonly DriverRow[];
}
