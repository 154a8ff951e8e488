import { bench as allocate } from "./cost-allocate.ts";
import { bench as bill } from "./cost-bill.ts";
import { bench as forecast } from "./cost-forecast.ts";
import { bench as kept } from "./cost-kept.ts";
import { bench as requests } from "./cost-requests.ts";
import { bench as retention } from "./cost-retention.ts";
import { bench as saving } from "./cost-saving.ts";
import type { Row } from "./row.ts";

/** Every bar of cost. */
export async function bench(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const one of [bill, allocate, requests, kept, retention, saving, forecast]) rows.push(...(await one()));
  return rows;
}
