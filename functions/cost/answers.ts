// What /api/v1/cost answers with, loaded with the first request.
import "../shared-parts.ts";
import { type Day, dayOf } from "../../shared/core/cost/day.ts";
import { GROUP_KEYS, type GroupKey, groupKeys } from "../../shared/core/cost/report/group.ts";
import { renderCsv } from "../../shared/core/cost/report/render-csv.ts";
import { renderHtml } from "../../shared/core/cost/report/render-html.ts";
import { renderMarkdown } from "../../shared/core/cost/report/render-markdown.ts";
import type { ReportView } from "../../shared/core/cost/report/view.ts";
import type { Basis } from "../../shared/core/cost/types.ts";
import type { Feedback } from "../../shared/core/cost/unusual/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { costAnomalies } from "./anomalies.ts";
import { judgeAnomaly } from "./anomaly-look.ts";
import { budgets } from "./budgets.ts";
import { openCost } from "./context.ts";
import { costDrivers } from "./drivers.ts";
import { forecast } from "./forecast.ts";
import { plain } from "./plain.ts";
import { costReport } from "./report.ts";
import type {
  CostAnomaliesView,
  CostBudgetsView,
  CostCommandView,
  CostDriversView,
  CostForecastView,
  CostSourcesView,
} from "./views.ts";

export interface AskedSpan {
  readonly from?: Day | undefined;
  readonly to?: Day | undefined;
}

interface AskedReport extends AskedSpan {
  readonly basis?: Basis | undefined;
  readonly groupBy?: string | undefined;
  readonly currency?: string | undefined;
  readonly tenant?: string | undefined;
}

/** Leaves out what was not given. */
type Given<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };
const given = <T extends object>(asked: T): Given<T> =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as Given<T>;

/** @throws HeadgateError `input.invalid` */
function keysOf(asked: string): readonly GroupKey[] {
  const found = groupKeys(asked);
  if ("keys" in found) return found.keys;
  const message = `charges cannot be grouped by ${JSON.stringify(found.unknown.slice(0, 80))}`;
  throw new HeadgateError("input.invalid", message, {
    faults: [{ path: "groupBy", message, allowed: GROUP_KEYS.join(", ") }],
  });
}

export async function reportAnswer(runtime: Runtime, tenant: string, asked: AskedReport): Promise<ReportView> {
  const { groupBy, ...rest } = asked;
  const work = await openCost(runtime, tenant);
  return costReport(work, { ...given(rest), ...(groupBy === undefined ? {} : { groupBy: keysOf(groupBy) }) });
}

const RENDER = { csv: renderCsv, md: renderMarkdown, html: renderHtml };

export async function reportFile(
  runtime: Runtime,
  tenant: string,
  asked: AskedReport,
  format: keyof typeof RENDER,
): Promise<{ readonly body: string; readonly name: string }> {
  const view = await reportAnswer(runtime, tenant, asked);
  return { body: RENDER[format](view), name: `cost-${view.from ?? "none"}-${view.to ?? dayOf(runtime.now())}` };
}

export async function sourcesAnswer(runtime: Runtime, tenant: string, asked: AskedSpan): Promise<CostSourcesView> {
  const view = await reportAnswer(runtime, tenant, { ...asked, groupBy: "day" });
  const { status, basis, currency, zone, from, to, sources, paid } = view;
  const requests = sources.reduce((all, one) => all + one.requests, 0);
  return { status, basis, currency, zone, from, to, items: sources, requests, paid };
}

export async function forecastAnswer(
  runtime: Runtime,
  tenant: string,
  asked: { readonly month?: string | undefined },
): Promise<CostForecastView> {
  return plain(await forecast(await openCost(runtime, tenant), given(asked)));
}

export async function driversAnswer(
  runtime: Runtime,
  tenant: string,
  asked: AskedSpan & { readonly againstFrom?: Day | undefined; readonly againstTo?: Day | undefined },
): Promise<CostDriversView> {
  const { againstFrom, againstTo, ...span } = asked;
  if ((againstFrom === undefined) !== (againstTo === undefined)) {
    const message = "againstFrom and againstTo belong together";
    throw new HeadgateError("input.invalid", message, {
      faults: [{ path: againstFrom === undefined ? "againstFrom" : "againstTo", message, allowed: "both, or neither" }],
    });
  }
  const against = againstFrom && againstTo ? { against: { from: againstFrom, to: againstTo } } : {};
  return plain(await costDrivers(await openCost(runtime, tenant), { ...given(span), ...against }));
}

export async function budgetsAnswer(runtime: Runtime, tenant: string): Promise<CostBudgetsView> {
  const work = await openCost(runtime, tenant);
  const { items, notes } = await budgets(work);
  const { budgets: named, tenants } = work.config;
  const settings = (name: string, of: string | undefined) =>
    Object.hasOwn(named, name) ? named[name] : of === undefined ? undefined : tenants.budgets[of];
  return {
    items: items.map((one) => {
      const found = settings(one.name, one.tenant);
      const whole = one.tenant === undefined && Object.keys(found?.scope ?? {}).length === 0;
      return { ...one, every: found?.period ?? "month", whole };
    }),
    notes,
  };
}

export async function anomaliesAnswer(runtime: Runtime, tenant: string, asked: AskedSpan): Promise<CostAnomaliesView> {
  return plain(await costAnomalies(await openCost(runtime, tenant), given(asked)));
}

/** A person's word on an unusual cost; the detector learns from it. @throws HeadgateError `input.invalid` */
export async function judgeAnswer(
  runtime: Runtime,
  tenant: string,
  id: string,
  said: { readonly feedback: Feedback; readonly by: string; readonly why: string },
): Promise<CostCommandView> {
  const { record, recorded, reason = "held" } = await judgeAnomaly(await openCost(runtime, tenant), { id, ...said });
  const text = record?.trace.at(-1)?.text ?? reason.replaceAll("_", " ");
  return { id, reason, text, ok: true, ...(recorded && record ? { decision: record.id } : {}) };
}
