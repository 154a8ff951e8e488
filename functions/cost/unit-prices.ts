import { addDays, dayOf } from "../../shared/core/cost/day.ts";
import { type BillPrices, billPrices } from "../../shared/core/cost/retention/bill-price.ts";
import type { StoragePrice } from "../../shared/core/cost/retention/types.ts";
import { type BillUnits, unitSums } from "../../shared/core/cost/rightsizing/bill-units.ts";
import type { UnitPrices } from "../../shared/core/cost/rightsizing/made.ts";
import type { PriceBook } from "../../shared/core/cost/sources/price-book.ts";
import { listBook } from "../../shared/core/cost/sources/price-book.ts";
import { collectBills } from "./collect.ts";
import { openBook } from "./collect-prices.ts";
import type { CostWork } from "./context.ts";

const DAYS = 35;
const DEFAULT_REGION = "us-east-1";

export interface Prices {
  readonly storage: BillPrices;
  readonly units: UnitPrices;
}

/**
 * What things cost: by the kept bills of the last weeks (nothing is paid for asking), and what those do not say by the price book of the
 * configuration, else by list prices.
 *
 * @throws HeadgateError of the object store; `config.invalid` where the price file is none
 */
export async function pricesOf(work: CostWork): Promise<Prices> {
  const to = dayOf(work.now);
  const { days } = await collectBills(work, { from: addDays(to, -DAYS), to, refresh: "never" });
  const [storage, units] = [billPrices(work.config.basis), unitSums(work.config.basis)];
  for await (const bill of days) {
    storage.add(bill);
    units.add(bill);
  }
  const book = await bookOf(work);
  return { storage: withBook(storage.result(), book), units: unitsOf(units.result(), book, work.config.currency) };
}

async function bookOf(work: CostWork): Promise<PriceBook> {
  for (const { source } of work.sources) if ("prices" in source) return openBook(source, work.baseDir);
  return listBook(DEFAULT_REGION);
}

function withBook(found: BillPrices, { prices, currency, source }: PriceBook): BillPrices {
  if (found.local) return found;
  const disk = prices.get("kafka.disk_gb_month");
  const copy = prices.get("kafka.storage_gb_month");
  const perGbMonth = disk ?? copy;
  if (!perGbMonth) return found;
  const local: StoragePrice = { perGbMonth, currency, source, ...(disk ? {} : { ofOneCopy: true }) };
  return { ...found, local };
}

function unitsOf(bill: BillUnits, { prices, currency, source }: PriceBook, own: string): UnitPrices {
  const vcpuHour = bill.vcpuHour ?? prices.get("task.vcpu_hour");
  const gbHour = bill.gbHour ?? prices.get("task.gb_hour");
  const slotHour = bill.slotHour ?? prices.get("flink.slot_hour");
  // What partitions cost by themselves is a matter of MSK Serverless: only where the bill has it.
  const { partitionHour } = bill;
  return {
    currency: bill.currency ?? currency ?? own,
    source: bill.source === undefined ? source : `bill ${bill.source}`,
    ...(vcpuHour ? { vcpuHour } : {}),
    ...(gbHour ? { gbHour } : {}),
    ...(slotHour ? { slotHour } : {}),
    ...(partitionHour ? { partitionHour } : {}),
  };
}
