import * as v from "valibot";
import type { Day } from "../../shared/core/cost/day.ts";
import { dayOf } from "../../shared/core/cost/day.ts";
import { type Decimal, fromNumber, multiply } from "../../shared/core/cost/decimal.ts";
import { UNIT_PRICES } from "../../shared/core/cost/self/prices.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { CostWork } from "./context.ts";

export const PAID_NOUN = "cost-requests";
/** USD for each request, pages as well. */
const PRICE = fromNumber(Number(UNIT_PRICES.billRequests));
/** Counts stay for a year, for those who ask what cost reports have cost. */
const KEPT_MS = 400 * DAY_MS;
const ROUNDS = 20;

const Count = v.object({ v: v.literal(1), source: v.string(), day: v.string(), requests: v.number() });

/** What so many requests cost, USD. */
export const priceOf = (requests: number): Decimal => multiply(PRICE, fromNumber(requests));

const keyOf = ({ tenant }: CostWork, source: string, day: Day) => ({
  ...{ tenant, noun: PAID_NOUN, subject: `${source}/${day}` },
});

/**
 * Counts one request before it is sent, so that none goes uncounted, whatever dies in between; the count is shared by all processes.
 *
 * @throws HeadgateError `bills.unavailable` where the day's limit is reached: nothing may be sent; those of the store
 */
export async function countRequest(work: CostWork, source: string, limit: number): Promise<void> {
  const { store, now } = work.runtime;
  const day = dayOf(now());
  const key = keyOf(work, source, day);
  for (let round = 1; ; round += 1) {
    const stored = await store.load(key);
    const known = stored ? v.safeParse(Count, stored.state) : undefined;
    const requests = known?.success ? known.output.requests : 0;
    if (requests >= limit)
      throw new HeadgateError(
        "bills.unavailable",
        `${requests} paid requests were sent on ${day}, which is the limit of a day (maxRequestsPerDay: ${limit})`,
      );
    const state: Json = { v: 1, source, day, requests: requests + 1 };
    const { ok } = await store.write(key, stored?.version ?? 0, { state, expiresAt: now() + KEPT_MS });
    if (ok) return;
    if (round >= ROUNDS)
      throw new HeadgateError("store.throttled", "too many count requests at the same time", { retryable: true });
  }
}

/** Requests of each day of a span that were sent, by source. */
export async function countedRequests(
  work: CostWork,
  from: Day,
  to: Day,
): Promise<readonly { readonly source: string; readonly day: Day; readonly requests: number }[]> {
  const found: { source: string; day: Day; requests: number }[] = [];
  let cursor: string | undefined;
  do {
    const page = await work.runtime.store.list(work.tenant, PAID_NOUN, {
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { state } of page.items) {
      const read = v.safeParse(Count, state);
      if (read.success && read.output.day >= from && read.output.day <= to) found.push(read.output);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}
