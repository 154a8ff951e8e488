import * as v from "valibot";
import type { Fault } from "../../kernel/errors.ts";
import { type Decimal, decimal } from "../decimal.ts";
import { LIST_PRICES, PRICE_ITEMS, type PriceItem } from "./price-list.ts";

/** Prices by what they are for; what is absent is not known, and not priced. */
export interface PriceBook {
  readonly currency: string;
  /** Where and of when they are, a sentence. */
  readonly source: string;
  readonly prices: ReadonlyMap<PriceItem, Decimal>;
}

const ITEMS = Object.keys(PRICE_ITEMS) as readonly PriceItem[];

/** The list prices that come with Headgate, of one region. */
export function listBook(region: string): PriceBook {
  const found = LIST_PRICES.filter(({ regions }) => regions.includes(region));
  const prices = new Map(found.flatMap(({ item, price }) => entry(item, price)));
  const pages = [...new Set(found.map(({ page, date }) => `${page} of ${date}`))];
  return { currency: "USD", source: `list prices of ${region} (${pages.join(", ")})`, prices };
}

const entry = (item: PriceItem, price: string): readonly (readonly [PriceItem, Decimal])[] => {
  const made = decimal(price);
  return made === undefined ? [] : [[item, made]];
};

const Money = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(String),
  v.regex(/^\d{1,9}(\.\d{1,12})?$/, 'an amount, best as text: "0.04048"'),
);
const File = v.strictObject({
  currency: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, "three letters such as USD (ISO 4217)")),
  source: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(500))),
  date: v.optional(v.pipe(v.string(), v.maxLength(40))),
  prices: v.strictObject(
    Object.fromEntries(ITEMS.map((item) => [item, v.optional(Money)])) as Record<
      PriceItem,
      v.OptionalSchema<typeof Money, undefined>
    >,
  ),
});

/** A price file of one's own (what its YAML holds). */
export function fileBook(
  value: unknown,
  file: string,
): { readonly book: PriceBook } | { readonly faults: readonly Fault[] } {
  const read = v.safeParse(File, value);
  if (!read.success)
    return {
      faults: read.issues.map((issue) => ({
        ...{ file, path: v.getDotPath(issue) ?? "", message: issue.message },
        allowed: issue.expected ?? `currency, source, date and prices with ${ITEMS.join(", ")}`,
      })),
    };
  const { currency, source, date, prices } = read.output;
  const made = new Map(
    Object.entries(prices).flatMap(([item, price]) => (price === undefined ? [] : entry(item as PriceItem, price))),
  );
  const where = [source ?? file, ...(date === undefined ? [] : [date])].join(", ");
  return { book: { currency, source: where, prices: made } };
}
