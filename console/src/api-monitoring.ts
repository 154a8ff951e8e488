import type {
  AlertsView,
  QueryRangeView,
  RuleDetailView,
  RulesView,
  TargetsView,
} from "../../functions/api/views-monitoring.ts";
import { api, ask, segment } from "./request.ts";

export const getAlerts = (signal: AbortSignal): Promise<AlertsView> =>
  ask((options) => api.monitoring.alerts.$get({}, options), signal);

export const getRules = (signal: AbortSignal): Promise<RulesView> =>
  ask((options) => api.monitoring.rules.$get({}, options), signal);

/** By its id, or by the subject of its decisions. */
export const getRule = (rule: string, signal: AbortSignal): Promise<RuleDetailView> =>
  ask((options) => api.monitoring.rules[":rule"].$get({ param: { rule: segment(rule) } }, options), signal);

export const getTargets = (signal: AbortSignal): Promise<TargetsView> =>
  ask((options) => api.monitoring.targets.$get({}, options), signal);

/** An expression over a span; the API chooses a step that fits a chart. */
export const getQueryRange = (
  expr: string,
  span: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<QueryRangeView> => {
  const query = { expr, from: Math.floor(span.from), to: Math.ceil(span.to) };
  return ask((options) => api.monitoring.query_range.$get({ query }, options), signal);
};
