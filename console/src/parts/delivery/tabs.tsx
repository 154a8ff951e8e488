import { TabLine } from "../tab-line.tsx";

const TABS = [
  { path: "/delivery", name: "Services" },
  { path: "/flags", name: "Flags" },
];

/** Views of delivery. */
export const DeliveryTabs = () => <TabLine label="Views of delivery" tabs={TABS} />;
