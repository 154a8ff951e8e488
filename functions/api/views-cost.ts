import type { ReportView } from "../../shared/core/cost/report/view.ts";
import type {
  CostAnomaliesView,
  CostBudgetsView,
  CostBudgetView,
  CostChangesView,
  CostChangeView,
  CostCommandView,
  CostDayView,
  CostDriversView,
  CostForecastView,
  CostOpportunitiesView,
  CostOpportunityView,
  CostSourcesView,
  CostSourceView,
  CostTenantDetailView,
  CostTenantsView,
  CostTenantView,
} from "../cost/views.ts";

// What /api/v1/cost answers with, for those who know the API and nothing below it.

export type { CostStanding, FigureView as CostFigure } from "../cost/views.ts";
export type CostReport = ReportView;
export type CostDay = CostDayView;
export type CostSource = CostSourceView;
export type CostSources = CostSourcesView;
export type CostOpportunity = CostOpportunityView;
export type CostOpportunities = CostOpportunitiesView;
export type CostChange = CostChangeView;
export type CostChanges = CostChangesView;
export type CostCommand = CostCommandView;
export type CostBudget = CostBudgetView;
export type CostTenant = CostTenantView;
export type CostTenants = CostTenantsView;
export type CostTenantDetail = CostTenantDetailView;
export type CostBudgets = CostBudgetsView;
export type CostForecast = CostForecastView;
export type CostDrivers = CostDriversView;
export type CostAnomalies = CostAnomaliesView;
