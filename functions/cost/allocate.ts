import { allocator } from "../../shared/core/cost/allocate/allocate.ts";
import type { Places } from "../../shared/core/cost/allocate/assign.ts";
import type { Allocation } from "../../shared/core/cost/allocate/types.ts";
import type { UsageByDay } from "../../shared/core/cost/allocate/usage-sums.ts";
import { addDays, type Day, dayOf } from "../../shared/core/cost/day.ts";
import { type Decimal, decimal, multiply } from "../../shared/core/cost/decimal.ts";
import { exchangeOf } from "../../shared/core/cost/exchange.ts";
import type { Basis, BillDay, SourceState } from "../../shared/core/cost/types.ts";
import { collectBills } from "./collect.ts";
import type { CostWork } from "./context.ts";
import { flinkUrls } from "./flink-slots.ts";
import { refuseMixed, standingOf, troublesOf } from "./standing.ts";
import { usageDays } from "./usage-days.ts";
import { PLATFORM } from "./usage-keys.ts";
import type { CostStanding } from "./views.ts";
import "../shared-parts.ts";

export interface AllocationAsk {
  /** Both included. Default: the 30 days before today. */
  readonly from?: Day;
  readonly to?: Day;
  /** Default: that of the configuration. */
  readonly basis?: Basis;
  /** `never`: only what is kept, nothing is paid. */
  readonly refresh?: "due" | "never";
  /** Instead of the sources of the configuration: a bill at hand. */
  readonly bill?: AsyncIterable<Pick<BillDay, "day" | "charges">>;
  /** Instead of what the observer has kept. */
  readonly usage?: UsageByDay;
}

/** A bill dealt out, with what a reader has to know of it. */
export interface Allocated {
  readonly basis: Basis;
  readonly currency: string;
  readonly from: Day;
  readonly to: Day;
  readonly status: CostStanding;
  readonly result: Allocation;
  readonly usage: UsageByDay;
  readonly notes: readonly string[];
}

const DAYS = 30;
/** Where nobody watched in the span itself, so many days before today may say how a cluster is used. */
const NEAR_DAYS = 7;

/** Clusters of the configuration by their ARN, where it has one. */
export const arnsOf = (all: CostWork["all"]): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(all?.streams ?? {}).flatMap(([name, { kafka: at }]): (readonly [string, string])[] =>
      at?.mskArn === undefined ? [] : [[at.mskArn, name]],
    ),
  );

/** What charges may be for. */
function placesOf({ all }: CostWork, usage: UsageByDay): Places {
  const kafka = new Set([...Object.keys(all?.streams ?? {}), ...usage.keys()]);
  kafka.delete(PLATFORM);
  return {
    kafka: [...kafka],
    arns: arnsOf(all),
    flink: all ? flinkUrls(all) : [],
    services: new Map(
      Object.entries(all?.services ?? {}).map(([name, { ecs }]) => [name, ecs ? { ecs: ecs.service } : {}]),
    ),
  };
}

/** Usage of the span; of a cluster that nobody watched in it that of the last days, so that a bill from before it was observed is not left lying. */
async function usageFor(work: CostWork, span: { readonly from: Day; readonly to: Day }, notes: string[]) {
  const today = dayOf(work.now);
  const near = { from: addDays(today, 1 - NEAR_DAYS), to: today };
  const [own, later] = [await usageDays(work, span), span.to >= today ? undefined : await usageDays(work, near)];
  const found = new Map(own);
  for (const [cluster, days] of later ?? [])
    if ((own.get(cluster)?.size ?? 0) === 0 && days.size > 0) {
      found.set(cluster, days);
      notes.push(
        `The usage of ${cluster === PLATFORM ? "services" : cluster} was not measured from ${span.from} to ${span.to}: cost is dealt out by that of ${[...days.keys()].join(", ")}.`,
      );
    }
  return found;
}

/**
 * Deals the bills of a span out to topics, groups, jobs, services and tenants.
 *
 * @throws HeadgateError `bill.currency`; those of the store. Sources that do not answer are told in `status` and `notes`.
 */
export async function allocateBills(work: CostWork, ask: AllocationAsk = {}): Promise<Allocated> {
  const { config } = work;
  const basis = ask.basis ?? config.basis;
  const to = ask.to ?? addDays(dayOf(work.now), -1);
  const from = ask.from ?? addDays(to, 1 - DAYS);
  const notes: string[] = [];
  const usage = ask.usage ?? (await usageFor(work, { from, to }, notes));
  const dealing = allocator(config.allocation, config.tenants, placesOf(work, usage));
  const collected = ask.bill
    ? undefined
    : await collectBills(work, { from, to, ...(ask.refresh ? { refresh: ask.refresh } : {}) });
  const rates = new Map(
    Object.entries(config.rates).flatMap(([code, rate]): (readonly [string, Decimal])[] => {
      const value = decimal(rate);
      return value && code !== config.currency ? [[code, value]] : [];
    }),
  );
  const currencies = new Set<string>();
  const days = new Set<Day>();
  let without = 0;
  for await (const { day, charges } of ask.bill ?? collected?.days ?? []) {
    if (day < from || day > to) continue;
    days.add(day);
    for (const charge of charges) {
      const amount = basis === "billed" ? charge.billed : charge.effective;
      if (amount === undefined) {
        without += 1;
        continue;
      }
      const { currency = "" } = charge;
      currencies.add(currency);
      const rate = rates.get(currency);
      dealing.add(charge, rate ? multiply(amount, rate) : amount);
    }
  }
  const exchange = exchangeOf(currencies, config.currency, config.rates);
  refuseMixed(exchange);
  const sources: readonly SourceState[] = collected?.sources ?? [];
  if (without > 0) notes.push(`${without} charges have no ${basis} cost and are in no sum.`);
  return {
    ...{ basis, currency: exchange.currency ?? config.currency, from, to, usage },
    status: days.size > 0 ? "known" : standingOf(sources, 0),
    result: dealing.result(usage),
    notes: [...troublesOf(sources), ...(collected?.notes ?? []).map(({ text }) => text), ...notes],
  };
}
