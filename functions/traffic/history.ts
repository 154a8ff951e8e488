import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { DecisionSummary, DecisionsView } from "../api/views.ts";
import { summaryOf } from "../decisions/summary.ts";

export const TRAFFIC_NOUN = "traffic";

/** Pages of the journal that are read for one page of a service. What is beyond is the next page's. */
const MOST_PAGES = 10;
/** What is read to find a service's latest decisions among those of all. */
const LATEST_READ = 500;

/** Whether a decision of the noun is about this service: itself ("weights:orders"), or one of its backends ("check:orders/a"). */
export function isOf(service: string, { subject }: Pick<DecisionRecord, "subject">): boolean {
  const name = subject.replace(/^[a-z]+:/, "");
  return name === service || name.startsWith(`${service}/`);
}

export interface HistoryQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly from?: Millis | undefined;
  readonly to?: Millis | undefined;
}

/**
 * Decisions about a service's traffic, the newest first. A page may be short although there are more, where the others of the noun were
 * many; its cursor goes on.
 *
 * @throws HeadgateError `journal.unavailable`
 */
export async function historyOf(
  runtime: Runtime,
  tenant: string,
  service: string,
  { limit = 50, cursor: begin, from, to }: HistoryQuery,
): Promise<DecisionsView> {
  const items: DecisionRecord[] = [];
  let cursor = begin;
  for (let page = 0; page < MOST_PAGES && items.length < limit; page += 1) {
    const read = await runtime.journal.list({
      tenant,
      noun: TRAFFIC_NOUN,
      // Never more than may be kept: a page's cursor goes on behind all of it.
      limit: limit - items.length,
      ...(cursor === undefined ? {} : { cursor }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
    items.push(...read.items.filter((record) => isOf(service, record)));
    cursor = read.cursor;
    if (cursor === undefined) break;
  }
  return { clock: clockOf(runtime), items: items.map(summaryOf), ...(cursor === undefined ? {} : { cursor }) };
}

/** The latest decisions about a service, of the latest {@link LATEST_READ} of the noun. @throws HeadgateError `journal.unavailable` */
export async function latestOf(
  runtime: Runtime,
  tenant: string,
  service: string,
  most: number,
): Promise<readonly DecisionSummary[]> {
  const { items } = await runtime.journal.list({ tenant, noun: TRAFFIC_NOUN, limit: LATEST_READ });
  return items
    .filter((record) => isOf(service, record))
    .slice(0, most)
    .map(summaryOf);
}
