import type {
  CostAnomalies,
  CostBudgets,
  CostChanges,
  CostCommand,
  CostDrivers,
  CostForecast,
  CostOpportunities,
  CostReport,
  CostSources,
  CostTenantDetail,
  CostTenants,
} from "../../functions/api/views-cost.ts";
import type { Said } from "./api-traffic.ts";
import { api, ask, given, keyed, segment } from "./request.ts";

const routes = api.cost;
const of = (id: string) => ({ id: segment(id) });

export const getReport = (
  query: { readonly from: string; readonly to: string; readonly basis?: string; readonly groupBy: string },
  signal: AbortSignal,
): Promise<CostReport> => ask((options) => routes.report.$get({ query: given(query) }, options), signal);

/** Address of a report as a file. */
export const reportUrl = (query: Readonly<Record<string, string>>): string => routes.report.$url({ query }).toString();

export const getOpportunities = (signal: AbortSignal): Promise<CostOpportunities> =>
  ask((options) => routes.opportunities.$get({}, options), signal);

export const getChanges = (signal: AbortSignal): Promise<CostChanges> =>
  ask((options) => routes.changes.$get({}, options), signal);

interface Span {
  readonly from: string;
  readonly to: string;
}

export const getTenants = (query: Span, signal: AbortSignal): Promise<CostTenants> =>
  ask((options) => routes.tenants.$get({ query: given({ ...query }) }, options), signal);

export const getTenant = (name: string, query: Span, signal: AbortSignal): Promise<CostTenantDetail> =>
  ask(
    (options) => routes.tenants[":name"].$get({ param: { name: segment(name) }, query: given({ ...query }) }, options),
    signal,
  );

export const getForecast = (signal: AbortSignal): Promise<CostForecast> =>
  ask((options) => routes.forecast.$get({ query: {} }, options), signal);

export const getBudgets = (signal: AbortSignal): Promise<CostBudgets> =>
  ask((options) => routes.budgets.$get({}, options), signal);

export const getDrivers = (query: Span, signal: AbortSignal): Promise<CostDrivers> =>
  ask((options) => routes.drivers.$get({ query: given({ ...query }) }, options), signal);

export const getCostAnomalies = (signal: AbortSignal): Promise<CostAnomalies> =>
  ask((options) => routes.anomalies.$get({ query: {} }, options), signal);

export const getSources = (query: Span, signal: AbortSignal): Promise<CostSources> =>
  ask((options) => routes.sources.$get({ query: given({ ...query }) }, options), signal);

export const applyOpportunity = (id: string, json: Said, key: string): Promise<CostCommand> =>
  ask((options) => routes.opportunities[":id"].apply.$post({ param: of(id), json }, keyed(options, key)));

export const dismissOpportunity = (
  id: string,
  json: Said & { readonly for: string },
  key: string,
): Promise<CostCommand> =>
  ask((options) => routes.opportunities[":id"].dismiss.$post({ param: of(id), json }, keyed(options, key)));

export const reopenOpportunity = (id: string, json: Said, key: string): Promise<CostCommand> =>
  ask((options) => routes.opportunities[":id"].reopen.$post({ param: of(id), json }, keyed(options, key)));

export const revertChange = (id: string, json: Said, key: string): Promise<CostCommand> =>
  ask((options) => routes.changes[":id"].revert.$post({ param: of(id), json }, keyed(options, key)));

export const judgeCost = (
  id: string,
  json: Said & { readonly feedback: "yes" | "no" | "planned_activity" },
  key: string,
): Promise<CostCommand> =>
  ask((options) => routes.anomalies[":id"].judge.$post({ param: of(id), json }, keyed(options, key)));
