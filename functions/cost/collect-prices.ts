import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { addDays, type Day, dayOf } from "../../shared/core/cost/day.ts";
import { fileBook, listBook, type PriceBook } from "../../shared/core/cost/sources/price-book.ts";
import { type OnAws, type PricedDay, pricedDay } from "../../shared/core/cost/sources/priced.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import { own } from "../own.ts";
import type { CostWork } from "./context.ts";
import type { SourceDays, SourcePiece } from "./days.ts";
import type { CollectNote, Refreshed } from "./refreshed.ts";
import { usageClusters, usageHours } from "./usage-history.ts";
import { usageDayPrefix } from "./usage-keys.ts";

/** Days that are priced where nobody says which. */
const DEFAULT_DAYS = 60;

type Prices = { readonly prices: string; readonly region: string };

/** @throws HeadgateError `config.invalid` naming file and place */
export async function openBook({ prices, region }: Prices, baseDir: string): Promise<PriceBook> {
  if (prices === "list") return listBook(region);
  const path = resolve(baseDir, prices);
  const refused = (why: string, faults: HeadgateError["faults"] = []) =>
    new HeadgateError("config.invalid", `price file ${prices} ${why}`, { faults });
  let value: unknown;
  try {
    value = parse(await readFile(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refused(code === "ENOENT" ? "does not exist" : `cannot be read: ${code ?? message.split("\n")[0]}`);
  }
  const read = fileBook(value, prices);
  if ("book" in read) return read.book;
  const [first] = read.faults;
  throw refused(`is no price file: ${first?.path ?? ""}: ${first?.message ?? ""}`, read.faults);
}

/** What of this configuration would be on a bill of AWS too. */
export function onAwsOf({ all }: CostWork): OnAws {
  return {
    service: (name) => own(all?.services ?? {}, name)?.ecs !== undefined,
    cluster: (name) => JSON.stringify(own(all?.streams ?? {}, name) ?? {}).includes(".amazonaws.com"),
  };
}

/** Days of which any usage was seen. */
async function seenDays(work: CostWork, from: Day, to: Day): Promise<readonly Day[]> {
  const days = new Set<Day>();
  for (const cluster of await usageClusters(work)) {
    // Of a day's folder to the one of the cluster.
    const prefix = usageDayPrefix(work.tenant, cluster, from).slice(0, -from.length - 1);
    let cursor: string | undefined;
    do {
      const page = await work.runtime.objects.list(prefix, cursor === undefined ? {} : { cursor });
      for (const { key } of page.items) {
        const day = key.slice(prefix.length, prefix.length + 10);
        if (/^\d{4}-\d{2}-\d{2}$/.test(day) && day >= from && day <= to) days.add(day);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return [...days].sort();
}

/** Usage times prices, for what has no bill: a day is reckoned when it is read. */
export async function pricedDays(
  work: CostWork,
  source: string,
  settings: Prices,
  span: { readonly from?: Day; readonly to?: Day },
): Promise<{
  readonly days: SourceDays["days"];
  readonly notes: readonly CollectNote[];
  readonly trouble?: NonNullable<Refreshed["trouble"]>;
}> {
  const to = span.to ?? dayOf(work.now);
  const from = span.from ?? addDays(to, 1 - DEFAULT_DAYS);
  let book: PriceBook;
  try {
    book = await openBook(settings, work.baseDir);
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    return { days: new Map(), notes: [], trouble: { status: "unavailable", why: error.message } };
  }
  const seen = await seenDays(work, from, to);
  const reckon = async (day: Day): Promise<PricedDay> => {
    const hours: UsageHour[] = [];
    for await (const hour of usageHours(work, { from: day, to: day })) hours.push(hour);
    return pricedDay(day, hours, book, onAwsOf(work), settings.region);
  };
  const piece = (day: Day): SourcePiece => ({
    ...{ day, claims: ["AWS/*", "price book/*"], whole: false },
    head: { v: 1, source, day, finality: "priced", at: work.now, revision: hash64(`${book.source}/${day}`) },
    charges: async function* () {
      yield (await reckon(day)).charges;
    },
  });
  const last = seen.at(-1);
  const unpriced = last === undefined ? [] : (await reckon(last)).unpriced;
  const notes = [
    ...(seen.length === 0 ? [] : [{ kind: "limited" as const, source, text: `${source} are ${book.source}` }]),
    ...(unpriced.length === 0
      ? []
      : [{ kind: "limited" as const, source, text: `${source} has no price for ${unpriced.join(", ")}: not counted` }]),
  ];
  return { days: new Map(seen.map((day) => [day, [piece(day)]])), notes };
}
