import { TabLine } from "../tab-line.tsx";

/** Views of cost, each with an address of its own. */
const COST_TABS = [
  { path: "/cost", name: "Report" },
  { path: "/cost/opportunities", name: "Opportunities" },
  { path: "/cost/changes", name: "Changes" },
  { path: "/cost/tenants", name: "Tenants" },
  { path: "/cost/forecast", name: "Forecast and budgets" },
  { path: "/cost/sources", name: "Sources" },
];

const isOf = (path: string, tab: string): boolean => path === tab || (tab !== "/cost" && path.startsWith(`${tab}/`));

export const CostTabs = () => <TabLine label="Views of cost" tabs={COST_TABS} isOf={isOf} />;
