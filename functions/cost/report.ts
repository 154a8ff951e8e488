import { owners } from "../../shared/core/cost/allocate/tenants.ts";
import { addDays, type Day, dayOf } from "../../shared/core/cost/day.ts";
import { type Decimal, decimal, fromNumber } from "../../shared/core/cost/decimal.ts";
import { DEFAULT_GROUPS, type GroupKey, memberName } from "../../shared/core/cost/report/group.ts";
import { sums } from "../../shared/core/cost/report/sum.ts";
import { isUnknown, type ReportView, reportView } from "../../shared/core/cost/report/view.ts";
import { leastSure } from "../../shared/core/cost/sources/look-up.ts";
import type { Basis, Finality } from "../../shared/core/cost/types.ts";
import { utilizationJoin } from "../../shared/core/cost/utilization/join.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { collectBills } from "./collect.ts";
import type { CostWork } from "./context.ts";
import { usageHours } from "./usage-history.ts";
import { PLATFORM } from "./usage-keys.ts";

export interface CostReportAsk {
  /** Both included. Default: the 30 days before today. */
  readonly from?: Day;
  readonly to?: Day;
  /** Default: that of the configuration. */
  readonly basis?: Basis;
  /** Default: day, service, resource_type. */
  readonly groupBy?: readonly GroupKey[];
  /** Only charges of this currency, beside those for which the configuration has a rate. Default: the configuration's, and a mix is refused. */
  readonly currency?: string;
  /** Only charges that the rules of tenants give to it; what is dealt out of shared clusters is a matter of the allocation. */
  readonly tenant?: string;
  /** `never`: only what is kept, nothing is paid. Default: sources are asked for what is missing. */
  readonly refresh?: "due" | "never";
  readonly title?: string;
}

/** As the platform's own report looks back. */
const DAYS = 30;

function ratesOf({ config }: CostWork): Readonly<Record<string, Decimal>> {
  const read = Object.entries(config.rates).map(([code, rate]) => [code, decimal(rate)] as const);
  return Object.fromEntries(read.filter((one): one is readonly [string, Decimal] => one[1] !== undefined));
}

/** Utilisation of services as the hourly observer saw them; none where nobody watches, which harms no report. */
async function measured(work: CostWork, groupBy: readonly GroupKey[], span: { readonly from: Day; readonly to: Day }) {
  const join = utilizationJoin(groupBy.map(memberName));
  try {
    for await (const { hour, services } of usageHours(work, span, PLATFORM))
      for (const { service, cpuAvg } of services)
        if (cpuAvg !== undefined) join.add({ at: hour, service, resourceId: service, percent: fromNumber(cpuAvg) });
  } catch (error) {
    work.runtime.telemetry.log("warn", "a cost report is made without utilisation", { error: String(error) });
  }
  return join;
}

/** Where the span has no charge but there are bills of other days: when they end. Whoever asks for the last month of an old file wants to know. */
async function earlierBills(
  work: CostWork,
  sources: readonly { readonly source: string }[],
  from: Day,
): Promise<readonly string[]> {
  const made = new Set(
    work.sources.flatMap(({ name, kind }) => (kind === "prices" || kind === "sample" ? [name] : [])),
  );
  const only = sources.map(({ source }) => source).filter((name) => !made.has(name));
  if (only.length === 0) return [];
  const { sources: all } = await collectBills(work, { refresh: "never", only });
  return all.flatMap((one) =>
    one.status === "read" && one.through !== undefined && one.through < from
      ? [`The newest day of ${one.source} is ${one.through}: earlier days have to be asked for.`]
      : [],
  );
}

/**
 * The report of a span over all sources of the configuration: each charge once, exact, with what every figure needs to be believed.
 *
 * @throws HeadgateError `bill.currency`, `input.invalid` where `to` lies before `from`; those of the store. Sources that do not answer are in the report.
 */
export async function costReport(work: CostWork, ask: CostReportAsk = {}): Promise<ReportView> {
  const { config } = work;
  const to = ask.to ?? addDays(dayOf(work.now), -1);
  const from = ask.from ?? addDays(to, 1 - DAYS);
  if (to < from) throw new HeadgateError("input.invalid", `the last day ${to} lies before the first, ${from}`);
  const groupBy = ask.groupBy ?? DEFAULT_GROUPS;
  const basis = ask.basis ?? config.basis;
  const { charge: ownerOf } = owners(config.tenants);
  const summing = sums({
    ...{ basis, groupBy, from, to, rates: ratesOf(work) },
    ...{ currency: ask.currency ?? config.currency, only: ask.currency !== undefined },
    tenantOf: (charge) => ownerOf(charge)?.tenant,
  });
  const [join, { days, sources, notes }] = await Promise.all([
    measured(work, groupBy, { from, to }),
    collectBills(work, { from, to, ...(ask.refresh === undefined ? {} : { refresh: ask.refresh }) }),
  ]);
  const finalities = new Map<Day, Finality[]>();
  for await (const { day, finality, charges } of days) {
    const known = finalities.get(day) ?? [];
    finalities.set(day, known);
    if (!known.includes(finality)) known.push(finality);
    for (const charge of charges) {
      if (ask.tenant !== undefined && ownerOf(charge)?.tenant !== ask.tenant) continue;
      join.see(charge);
      summing.add(charge);
    }
  }
  const kinds = new Map(work.sources.map(({ name, kind }) => [name, kind]));
  const result = summing.result();
  const missing = isUnknown(result) && ask.basis === undefined;
  const earlier = result.charges === 0 && ask.tenant === undefined ? await earlierBills(work, sources, from) : [];
  const view = reportView(result, {
    sources: sources.map((one) => {
      const kind = kinds.get(one.source);
      return kind === undefined ? one : { ...one, kind: kind === "costExplorer" ? "cost_explorer" : kind };
    }),
    days: [...finalities]
      .map(([day, all]) => ({ day, finality: leastSure(all) ?? "estimated" }))
      .sort((a, b) => (a.day < b.day ? -1 : 1)),
    utilization: join.of,
    at: work.now,
    notes: [...notes.map(({ text }) => text), ...earlier],
    ...(ask.tenant === undefined ? {} : { tenant: ask.tenant }),
    ...(ask.title === undefined ? {} : { title: ask.title }),
  });
  if (!missing) return view;
  // A bill with one kind of money is a bill, and nobody asked for the other.
  const other = await costReport(work, {
    ...ask,
    basis: basis === "billed" ? "effective" : "billed",
    refresh: "never",
  });
  if (other.status !== "known") return view;
  const note = `No charge has an amount of the basis ${basis}: they are told as ${other.basis}.`;
  return { ...other, sources: view.sources, paid: view.paid, notes: [...view.notes, note] };
}
