import { addDays, type Day, dayOf } from "../../shared/core/cost/day.ts";
import type { CostSource } from "../../shared/core/cost/section.ts";
import type { BillIndex, StoredDay, StoredExport } from "../../shared/core/cost/sources/bill-index.ts";
import { explorerCharge } from "../../shared/core/cost/sources/explorer-charges.ts";
import { type KnownDay, planDays } from "../../shared/core/cost/sources/plan-days.ts";
import { finalityOf } from "../../shared/core/cost/sources/span.ts";
import { takeIn } from "../../shared/core/cost/sources/take-in.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { CostAndUsageDay } from "../../shared/core/ports/cost-explorer.ts";
import { type BillPlace, changeIndex, readIndex } from "./bill-store.ts";
import { tidyBills } from "./bill-tidy.ts";
import { billWriter } from "./bill-writer.ts";
import type { CostWork } from "./context.ts";
import { countRequest } from "./paid-requests.ts";
import type { Refreshed } from "./refreshed.ts";

type Explorer = Extract<CostSource, { readonly costExplorer: unknown }>["costExplorer"];

const METRICS = ["UnblendedCost", "AmortizedCost", "UsageQuantity"] as const;
/** Asked for where nobody says which days are wanted. */
const DEFAULT_DAYS = 30;

/** When each day was last asked for, and what was answered. */
export function knownDays(index: BillIndex): (day: Day) => KnownDay | undefined {
  const known = new Map<Day, KnownDay>();
  for (const { at, days } of index.exports)
    for (const [day, stored] of Object.entries(days)) known.set(day, { stored, at });
  return (day) => known.get(day);
}

/**
 * Asks Cost Explorer for what is not known yet of a span, in as few requests as possible, each of which is paid and counted before it is sent.
 * What it cannot be asked for is told in the state; what is kept stays.
 */
export async function refreshExplorer(
  work: CostWork,
  name: string,
  settings: Explorer,
  span: { readonly from?: Day; readonly to?: Day },
): Promise<Refreshed> {
  const place: BillPlace = { runtime: work.runtime, prefix: work.prefix, source: name };
  const index = await readIndex(place);
  const to = span.to ?? dayOf(work.now);
  const from = span.from ?? addDays(to, 1 - DEFAULT_DAYS);
  const plan = planDays({ from, to }, work.now, knownDays(index));
  const notes = plan.tooOld
    ? [
        {
          kind: "limited" as const,
          source: name,
          text: `Cost Explorer knows nothing of the days before ${plan.tooOld}`,
        },
      ]
    : [];
  const port = work.runtime.costExplorer?.(settings.region, settings.endpoint);
  let requests = 0;
  if (plan.spans.length === 0) return { requests, notes };
  if (!port)
    return { requests, notes, trouble: { status: "unavailable", why: "Cost Explorer cannot be reached from here" } };
  try {
    for (const one of plan.spans) {
      const asked = [...plan.wanted].filter((day) => day >= one.from && day <= one.to);
      const answer = await port.costAndUsage(
        {
          ...{ from: one.from, toExclusive: addDays(one.to, 1), metrics: METRICS, granularity: "DAILY" },
          groupBy: [
            { type: "DIMENSION", key: "SERVICE" },
            { type: "DIMENSION", key: settings.groupBy },
          ],
        },
        {
          beforeRequest: async () => {
            await countRequest(work, name, settings.maxRequestsPerDay);
            requests += 1;
          },
        },
      );
      await keep(work, place, settings, asked, answer.days);
    }
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    const status = error.code === "bills.denied" ? ("denied" as const) : ("unavailable" as const);
    return { requests, notes, trouble: { status, why: error.message } };
  }
  return { requests, notes };
}

/** Keeps the answer of the days that were wanted: all of them or, where this dies, none. */
async function keep(
  work: CostWork,
  place: BillPlace,
  settings: Explorer,
  asked: readonly Day[],
  answered: readonly CostAndUsageDay[],
): Promise<void> {
  const byDay = new Map(answered.map((one) => [one.from, one]));
  const writer = billWriter(place, work.now);
  try {
    for (const day of asked) await writer.add(chargesOf(day, byDay.get(day), settings));
    const draft = await writer.finish({
      name: `Cost Explorer, ${asked[0]} to ${asked.at(-1)}`,
      at: work.now,
      finality: (day) => finalityOf(day, work.now, settings.openDays),
      days: asked,
      claims: ["AWS/*"],
    });
    const days: Record<Day, StoredDay> = {};
    for (const [day, stored] of Object.entries(draft.days)) {
      const one = byDay.get(day);
      days[day] = one ? { ...stored, ...(one.estimated ? { open: true } : {}) } : { ...stored, unanswered: true };
    }
    const whole: StoredExport = { ...draft, days };
    await changeIndex(place, (index) => takeIn(index, whole, { always: true }));
    await tidyBills(place, work.now);
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

function chargesOf(day: Day, one: CostAndUsageDay | undefined, { groupBy }: Explorer): readonly Charge[] {
  if (!one) return [];
  try {
    return one.groups.map((group) => explorerCharge(day, group, groupBy));
  } catch (error) {
    throw new HeadgateError("bills.unavailable", `Cost Explorer answered what is no bill: ${(error as Error).message}`);
  }
}
