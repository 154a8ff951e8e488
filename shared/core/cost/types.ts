import type { Millis } from "../kernel/time.ts";
import type { Day } from "./day.ts";
import type { Decimal } from "./decimal.ts";

/** Which money a figure is: what the invoice says (FOCUS BilledCost), or with upfront payments spread over what they cover (EffectiveCost). */
export type Basis = "billed" | "effective";

export type ChargeCategory = "Usage" | "Purchase" | "Tax" | "Credit" | "Adjustment";

/** One line of a bill, whatever it was read from. Absent is unknown, never zero and never "". */
export interface Charge {
  /** UTC day in which the charge period starts; a period of many days counts where it starts, as FOCUS has it. */
  readonly day: Day;
  /** Charge period, end exclusive; absent where the source does not say. */
  readonly start?: Millis;
  readonly end?: Millis;
  readonly billed?: Decimal;
  readonly effective?: Decimal;
  readonly list?: Decimal;
  readonly contracted?: Decimal;
  /** ISO 4217, upper case. Absent: the source does not say. */
  readonly currency?: string;
  readonly provider?: string;
  /** Billing account, and the account in it that used something. */
  readonly account?: string;
  readonly subAccount?: string;
  readonly service?: string;
  readonly serviceCategory?: string;
  /** As the bill states it; absent where it does not. What an ARN tells instead: `resourceKind`. */
  readonly resourceType?: string;
  /** The stated type, else what the resource id tells (arn:…:ecs:…:task/… is "ecs:task"). */
  readonly resourceKind?: string;
  readonly resourceId?: string;
  readonly resourceName?: string;
  readonly region?: string;
  readonly category?: ChargeCategory;
  readonly commitmentId?: string;
  readonly commitmentStatus?: "Used" | "Unused";
  /** AWS usage type or SKU, for price books and drivers. */
  readonly usageType?: string;
  readonly quantity?: Decimal;
  readonly unit?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** How sure the money of a day is. `estimated`: the source may still change it. `made_up`: a sample for trying, no bill at all. `priced`: usage times a price book. */
export type Finality = "closed" | "estimated" | "priced" | "made_up";

/**
 * All that one source says of one day: charges that differ in nothing but time are one. What replaces what is decided by (source, day): the
 * newest `revision` holds, an older one is kept out.
 */
export interface BillDay {
  readonly v: 1;
  readonly source: string;
  readonly day: Day;
  readonly finality: Finality;
  /** When it was read. */
  readonly at: Millis;
  /** Hash of what it was made from, so that the same export read twice is seen. */
  readonly revision: string;
  readonly charges: readonly Charge[];
}

/** What asking a source has cost. */
interface Asked {
  readonly source: string;
  /** Paid requests. */
  readonly requests: number;
  /** Bytes that Athena has read of it; absent: it was not asked. */
  readonly scannedBytes?: number;
  /** USD, of both. */
  readonly paid: Decimal;
}

/** Whether there is an answer: `none` the source answered and has no charge; `denied` it may not be read; `unavailable` it did not answer. */
export type SourceState =
  | (Asked & { readonly status: "read"; readonly finality: Finality; readonly through?: Day })
  | (Asked & { readonly status: "none" })
  | (Asked & { readonly status: "denied" | "unavailable"; readonly why: string });
