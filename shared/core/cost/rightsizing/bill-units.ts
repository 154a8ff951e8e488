import { add, compare, type Decimal, divide, ZERO } from "../decimal.ts";
import type { Basis, BillDay } from "../types.ts";

export interface BillUnits {
  readonly vcpuHour?: Decimal;
  readonly gbHour?: Decimal;
  readonly slotHour?: Decimal;
  readonly partitionHour?: Decimal;
  readonly currency?: string;
  readonly source?: string;
}
type Unit = "vcpuHour" | "gbHour" | "slotHour" | "partitionHour";

/** Usage types as AWS writes them, whatever region stands in front. */
const UNITS: readonly (readonly [Unit, RegExp])[] = [
  ["vcpuHour", /Fargate-vCPU-Hours/i],
  ["gbHour", /Fargate-GB-Hours/i],
  ["slotHour", /KPU-Hour/i],
  ["partitionHour", /Kafka.*Partition-?Hours?/i],
];

/** What the bill itself says units cost: money over quantity of the charges for them. */
export function unitSums(basis: Basis): { add(bill: BillDay): void; result(): BillUnits } {
  const sums = new Map<Unit, { money: Decimal; quantity: Decimal }>();
  let currency: string | undefined;
  let source: string | undefined;
  return {
    add: (bill) => {
      for (const charge of bill.charges) {
        const { usageType, quantity, category } = charge;
        const money = charge[basis] ?? charge.effective ?? charge.billed;
        if (usageType === undefined || !quantity || !money || (category ?? "Usage") !== "Usage") continue;
        const unit = UNITS.find(([, pattern]) => pattern.test(usageType))?.[0];
        if (unit === undefined) continue;
        currency ??= charge.currency;
        if (currency !== charge.currency) continue;
        source ??= bill.source;
        const before = sums.get(unit) ?? { money: ZERO, quantity: ZERO };
        sums.set(unit, { money: add(before.money, money), quantity: add(before.quantity, quantity) });
      }
    },
    result: () => {
      const found: { [unit in Unit]?: Decimal } = {};
      for (const [unit, { money, quantity }] of sums) {
        const price = divide(money, quantity, 9);
        if (price && compare(price, ZERO) > 0) found[unit] = price;
      }
      return { ...found, ...(currency === undefined ? {} : { currency }), ...(source === undefined ? {} : { source }) };
    },
  };
}
