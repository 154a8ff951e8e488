import { TabLine } from "../tab-line.tsx";

const TABS = [
  { path: "/traffic", name: "Services" },
  { path: "/traffic/circuits", name: "Circuits" },
];

/** Views of traffic. */
export const TrafficTabs = () => <TabLine label="Views of traffic" tabs={TABS} />;
