// Reports on a schedule as /api/v1/cost answers with them, loaded with the first request.
import "../shared-parts.ts";
import { reportMachine } from "../../shared/core/cost/jobs/machine.ts";
import type { ReportNote, ReportState } from "../../shared/core/cost/jobs/types.ts";
import type { CostReportConfig } from "../../shared/core/cost/section.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { own } from "../own.ts";
import { type CostWork, openCost } from "./context.ts";
import { makeReportNow, reportKey, reportStateOf } from "./report-job.ts";
import { REPORT_TYPES, type ReportType, reportObject } from "./report-keys.ts";
import type { CostReportJobView, CostReportRunView, CostReportsView } from "./views.ts";

const AT_ONCE = 8;

/** Whose files lie in Headgate's own store: of one that was never made there are none. */
const keptOf = ({ prefix }: CostWork, name: string, { to, status }: ReportNote): readonly string[] =>
  status === "failed"
    ? []
    : (Object.keys(REPORT_TYPES) as ReportType[]).map((type) => reportObject(prefix, name, to, type));

function jobView(
  work: CostWork,
  name: string,
  { every, at, to, receivers, tenant }: CostReportConfig,
  state: ReportState | undefined,
): CostReportJobView {
  const { current, ended: [last] = [] } = state ?? {};
  const schedule = { report: name, every, at, targets: [], backOffMs: 0 };
  const seen = state ?? reportMachine.initial(schedule, work.now);
  const { current: _, ...atRest } = seen;
  const nextAt = reportMachine.dueAt?.(schedule, atRest, work.now);
  return {
    ...{ name, every, at, to, receivers },
    ...(tenant === undefined ? {} : { tenant }),
    ...(nextAt === undefined ? {} : { nextAt }),
    ...(current
      ? {
          current: {
            ...{ from: current.from, to: current.to, startedAt: current.startedAt, by: current.by },
            ...{ phase: current.phase, failures: current.failures },
            ...(current.why === undefined ? {} : { why: current.why }),
          },
        }
      : {}),
    ...(last ? { last: { ...last, kept: keptOf(work, name, last) } } : {}),
  };
}

/** Reports of the configuration, with how each went the last time. @throws HeadgateError of the store */
export async function reportsAnswer(runtime: Runtime, tenant: string): Promise<CostReportsView> {
  const work = await openCost(runtime, tenant);
  const items = await bounded(Object.entries(work.config.reports), AT_ONCE, async ([name, report]) =>
    jobView(work, name, report, reportStateOf(await runtime.store.load(reportKey(tenant, name)))),
  );
  return { items };
}

/**
 * Makes a report by somebody's word. Where Headgate is deployed its worker makes it: reading bills takes longer than a request may, and only the worker may
 * write to the destinations.
 *
 * @throws HeadgateError `input.invalid`, `cost.refused`; those of store and journal
 */
export async function runReportAnswer(
  runtime: Runtime,
  tenant: string,
  name: string,
  { by, to }: { readonly by: string; readonly to?: string | undefined },
): Promise<CostReportRunView> {
  const work = await openCost(runtime, tenant);
  const later = runtime.parts !== undefined;
  const trigger = { type: "api" as const, detail: by };
  const { state, decision } = await makeReportNow(
    work,
    name,
    { by, ...(to === undefined ? {} : { to }), ...(later ? { later } : {}) },
    trigger,
  );
  const report = own(work.config.reports, name) as CostReportConfig;
  const view = jobView(work, name, report, state);
  const { current, last } = view;
  const status = current ? (current.failures > 0 ? "failing" : "making") : (last?.status ?? "making");
  return {
    id: name,
    reason: status,
    text: current
      ? `${name}: ${current.from} to ${current.to} ${current.why === undefined ? "is being made" : `is tried again: ${current.why}`}`
      : `${name}: ${last?.summary ?? "nothing is known of it"}`,
    ok: status === "making" || status === "made",
    ...(decision === undefined ? {} : { decision }),
    report: view,
  };
}
