import { addDays, type Day } from "../../shared/core/cost/day.ts";
import { add, type Decimal, decimal, ZERO } from "../../shared/core/cost/decimal.ts";
import { type SummaryDay, summaryOf } from "../../shared/core/cost/jobs/summary.ts";
import type { MadeReport, ReportAction } from "../../shared/core/cost/jobs/types.ts";
import type { GroupKey } from "../../shared/core/cost/report/group.ts";
import { renderCsv } from "../../shared/core/cost/report/render-csv.ts";
import { renderHtml } from "../../shared/core/cost/report/render-html.ts";
import { renderMarkdown } from "../../shared/core/cost/report/render-markdown.ts";
import type { ReportView } from "../../shared/core/cost/report/view.ts";
import type { CostReportConfig } from "../../shared/core/cost/section.ts";
import { LOCAL_STAGE } from "../../shared/shell/runtime.ts";
import { openPlaces } from "../backup/destinations.ts";
import { surroundings } from "../backup/surroundings.ts";
import type { CostWork } from "./context.ts";
import { type CostReportAsk, costReport } from "./report.ts";
import { REPORT_TYPES, type ReportType, reportObject } from "./report-keys.ts";
import "../shared-parts.ts";

type Make = Extract<ReportAction, { type: "make_report" }>;

/** What everybody reads first: by day, service and type, as the platform's own report has it. */
const GROUP_BY: readonly GroupKey[] = ["day", "service", "resource_type"];

const forms = (view: ReportView): Readonly<Record<ReportType, string>> => ({
  html: renderHtml(view),
  md: renderMarkdown(view),
  csv: renderCsv(view),
  json: `${JSON.stringify(view, undefined, 2)}\n`,
});

/** The span before, in the same length, without asking anybody for what is not kept: a comparison is not worth a paid request. */
async function before(
  work: CostWork,
  report: CostReportConfig,
  { from, to, every }: Make,
): Promise<ReportView | undefined> {
  if (every !== "weekly") return undefined;
  try {
    const ask: CostReportAsk = {
      ...{ from: addDays(from, -7), to: addDays(to, -7) },
      groupBy: ["day"],
      refresh: "never",
    };
    return await costReport(work, { ...ask, ...(report.tenant === undefined ? {} : { tenant: report.tenant }) });
  } catch {
    return undefined;
  }
}

function byDay({ rows }: ReportView): readonly SummaryDay[] {
  const sums = new Map<Day, Decimal>();
  for (const row of rows) {
    const day = String(row["day"]);
    sums.set(day, add(sums.get(day) ?? ZERO, decimal(row.cost) ?? ZERO));
  }
  return [...sums].map(([day, cost]) => ({ day, cost })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

function byService({ rows }: ReportView): readonly { readonly name: string; readonly cost: Decimal }[] {
  const sums = new Map<string, Decimal>();
  for (const row of rows) {
    const name = row["service"] === null ? "no service" : String(row["service"]);
    sums.set(name, add(sums.get(name) ?? ZERO, decimal(row.cost) ?? ZERO));
  }
  return [...sums].map(([name, cost]) => ({ name, cost }));
}

/**
 * Makes a report of a span and lays it down where it is wanted: in Headgate's own store always, and at each destination of the report that does not
 * have it yet. A destination that fails is told in `missing` and keeps no other from having it.
 *
 * @throws HeadgateError `objects.unavailable` of the own store, `config.invalid`, those of the bills
 */
export async function makeReport(work: CostWork, report: CostReportConfig, action: Make): Promise<MadeReport> {
  const { runtime } = work;
  const view = await costReport(work, {
    ...{ from: action.from, to: action.to, groupBy: GROUP_BY, title: `Cost report ${action.report}` },
    ...(report.tenant === undefined ? {} : { tenant: report.tenant }),
  });
  const earlier = await before(work, report, action);
  const { summary, lines } = summaryOf({
    name: action.report,
    every: action.every,
    ...{ from: action.from, to: action.to, basis: view.basis, currency: view.currency ?? work.config.currency },
    ...(view.total === null ? {} : { total: decimal(view.total) ?? ZERO }),
    ...(earlier?.total == null || earlier.status !== "known" ? {} : { before: decimal(earlier.total) ?? ZERO }),
    status: view.status,
    finality: view.finality,
    days: byDay(view),
    services: byService(view),
  });
  const troubles = view.sources.flatMap(({ source, status, why }) =>
    status === "denied" || status === "unavailable"
      ? [`${source} is ${status}${why === undefined ? "" : `: ${why}`}`]
      : [],
  );
  const made = forms(view);
  for (const type of Object.keys(REPORT_TYPES) as ReportType[])
    await runtime.objects.put(reportObject(work.prefix, action.report, action.to, type), made[type], {
      contentType: REPORT_TYPES[type],
    });
  const laid = await layDown(work, report, action, made);
  return {
    ...(view.total === null ? {} : { total: view.total }),
    currency: view.currency ?? work.config.currency,
    basis: view.basis,
    summary,
    lines: [...lines, ...troubles],
    troubles,
    denied: view.sources.some(({ status }) => status === "denied"),
    ...laid,
  };
}

async function layDown(
  work: CostWork,
  report: CostReportConfig,
  { report: name, to, done }: Make,
  made: Readonly<Record<ReportType, string>>,
): Promise<Pick<MadeReport, "files" | "places" | "missing">> {
  if (report.to.length === 0) return { files: [], places: [], missing: [] };
  const { runtime, all, baseDir } = work;
  const around = surroundings(baseDir, (runtime.stage ?? LOCAL_STAGE) === LOCAL_STAGE);
  const open = openPlaces(report.to, all?.destinations, { ...around, now: runtime.now, at: `cost.reports.${name}.to` });
  const files: string[] = [];
  const places: string[] = [];
  const missing: { place: string; why: string }[] = [];
  for (const { name: place, objects, address = place } of open) {
    if (done.includes(place)) {
      places.push(place);
      continue;
    }
    try {
      for (const type of Object.keys(REPORT_TYPES) as ReportType[])
        await objects.put(reportObject("cost/", name, to, type), made[type], { contentType: REPORT_TYPES[type] });
      places.push(place);
      files.push(`${address.replace(/\/+$/, "").replace(/\/+ \(/, " (")}: ${reportObject("cost/", name, to, "html")}`);
    } catch (error) {
      missing.push({ place, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { files, places, missing };
}
