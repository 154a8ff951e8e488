import { TabLine } from "../tab-line.tsx";

/** Views of alerting, each with an address of its own. */
export const TABS: readonly { readonly path: string; readonly name: string }[] = [
  { path: "/alerts", name: "Alerts" },
  { path: "/alerts/groups", name: "Groups" },
  { path: "/alerts/silences", name: "Silences" },
  { path: "/alerts/history", name: "History" },
  { path: "/alerts/routes", name: "Routes" },
  { path: "/alerts/on-call", name: "On call" },
  { path: "/alerts/rules", name: "Rules" },
];

/** The line of views over the pages of alerting. */
export const Tabs = () => <TabLine label="Views of alerts" tabs={TABS} />;
