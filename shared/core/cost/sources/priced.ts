import { HOUR_MS, SECOND_MS } from "../../kernel/time.ts";
import { type Day, startOf } from "../day.ts";
import { decimal, multiply, ZERO } from "../decimal.ts";
import type { Charge } from "../types.ts";
import type { UsageHour } from "../usage.ts";
import type { PriceBook } from "./price-book.ts";
import { PRICE_ITEMS, type PriceItem } from "./price-list.ts";

/** As AWS counts storage. */
const GIB = 1024 ** 3;
/** Hours of a month, as AWS's price lists have it. */
const MONTH_HOURS = 730;
/** Digits of a quantity: a billionth of a unit is far below the last digit of any price. */
const DIGITS = 9;

/** Things of a kind that are on the bill of AWS too where there is one: their charges are then left out. */
export interface OnAws {
  readonly service: (name: string) => boolean;
  readonly cluster: (name: string) => boolean;
}

/** What bears a price, and how much of each item it used. */
interface Priced {
  readonly service: string;
  readonly category: string;
  readonly kind: string;
  readonly id: string;
  readonly aws: boolean;
  readonly items: Map<PriceItem, number>;
}

/** Things that were used and for which the book has no price: they are not free, they are not known. */
export interface PricedDay {
  readonly charges: readonly Charge[];
  readonly unpriced: readonly PriceItem[];
}

/**
 * Usage of one day times the prices of a book. What was not observed is not there: hours that nobody watched cost nothing here, and that is told by the usage itself.
 */
export function pricedDay(
  day: Day,
  hours: Iterable<UsageHour>,
  book: PriceBook,
  onAws: OnAws,
  region: string,
): PricedDay {
  const all = new Map<string, Priced>();
  const of = (key: string, make: () => Omit<Priced, "items">): Map<PriceItem, number> => {
    const known = all.get(key) ?? { ...make(), items: new Map() };
    all.set(key, known);
    return known.items;
  };
  const count = (items: Map<PriceItem, number>, item: PriceItem, units: number | undefined): void => {
    if (units !== undefined && Number.isFinite(units) && units > 0) items.set(item, (items.get(item) ?? 0) + units);
  };
  for (const hour of hours) {
    const seenHours = hour.seenMs / HOUR_MS;
    for (const { service, taskSeconds, cpu, memoryMb } of hour.services) {
      const items = of(`service/${service}`, () => ({
        ...{ service: "Amazon Elastic Container Service", category: "Compute", kind: "ecs:service" },
        ...{ id: service, aws: onAws.service(service) },
      }));
      const taskHours = (taskSeconds * SECOND_MS) / HOUR_MS;
      count(items, "task.vcpu_hour", cpu === undefined ? undefined : taskHours * cpu);
      count(items, "task.gb_hour", memoryMb === undefined ? undefined : (taskHours * memoryMb) / 1024);
    }
    for (const { job, cluster, slotSeconds } of hour.jobs)
      count(
        of(`flink/${cluster}/${job}`, () => ({
          ...{ service: "Amazon Managed Service for Apache Flink", category: "Analytics", kind: "flink:job" },
          ...{ id: job === "" ? cluster : `${cluster}/${job}`, aws: false },
        })),
        "flink.slot_hour",
        (slotSeconds * SECOND_MS) / HOUR_MS,
      );
    if (hour.topics.length === 0) continue;
    const items = of(`kafka/${hour.cluster}`, () => ({
      ...{ service: "Amazon Managed Streaming for Apache Kafka", category: "Analytics", kind: "kafka:cluster" },
      ...{ id: hour.cluster, aws: onAws.cluster(hour.cluster) },
    }));
    count(items, "kafka.cluster_hour", seenHours);
    for (const topic of hour.topics) {
      count(items, "kafka.partition_hour", topic.partitions * seenHours);
      const stored = topic.storedBytes === undefined ? undefined : (topic.storedBytes / GIB / MONTH_HOURS) * seenHours;
      count(items, "kafka.disk_gb_month", stored);
      const copies = Math.max(1, topic.replicationFactor);
      count(items, "kafka.storage_gb_month", stored === undefined ? undefined : stored / copies);
      count(items, "kafka.in_gb", topic.inBytes === undefined ? undefined : topic.inBytes / GIB);
      count(items, "kafka.out_gb", topic.outBytes === undefined ? undefined : topic.outBytes / GIB);
    }
  }
  return chargesOf(day, all.values(), book, region);
}

/** Storage has one price: of one copy, or of all of them. */
const INSTEAD: Readonly<Partial<Record<PriceItem, PriceItem>>> = {
  "kafka.disk_gb_month": "kafka.storage_gb_month",
  "kafka.storage_gb_month": "kafka.disk_gb_month",
};

function chargesOf(day: Day, all: Iterable<Priced>, book: PriceBook, region: string): PricedDay {
  const at = startOf(day);
  const unpriced = new Set<PriceItem>();
  const charges: Charge[] = [];
  for (const { service, category, kind, id, aws, items } of all)
    for (const [item, units] of items) {
      const price = book.prices.get(item);
      if (price === undefined) {
        const instead = INSTEAD[item];
        if (instead === undefined || !book.prices.has(instead)) unpriced.add(item);
        continue;
      }
      const quantity = decimal(units.toFixed(DIGITS)) ?? ZERO;
      const cost = multiply(price, quantity);
      charges.push({
        ...{ day, ...(at === undefined ? {} : { start: at, end: at + 24 * HOUR_MS }) },
        ...{ billed: cost, effective: cost, list: cost, currency: book.currency },
        ...{ provider: aws ? "AWS" : "price book", service, serviceCategory: category },
        ...{ resourceType: kind, resourceKind: kind, resourceId: id, resourceName: id, region },
        ...{ category: "Usage", usageType: item, quantity, unit: PRICE_ITEMS[item] },
      });
    }
  return { charges, unpriced: [...unpriced].sort() };
}
