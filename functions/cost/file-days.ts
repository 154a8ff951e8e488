import type { BillDay, Charge } from "../../shared/core/cost/types.ts";
import type { Bill } from "./read-bill.ts";

/** Charges of a file as days of a source that is closed: what somebody hands over is all there is. A day may come in several pieces. */
export async function* fileDays(bill: Bill, source = "file"): AsyncGenerator<BillDay> {
  for await (const charges of bill) {
    const days = new Map<string, Charge[]>();
    for (const charge of charges) {
      const known = days.get(charge.day);
      if (known) known.push(charge);
      else days.set(charge.day, [charge]);
    }
    for (const [day, some] of days)
      yield { ...{ v: 1, source, day, finality: "closed", at: 0, revision: "file" }, charges: some };
  }
}
