import { pageLink, usePlace } from "../../router.ts";

const TABS = [
  { path: "/traffic", name: "Services" },
  { path: "/traffic/circuits", name: "Circuits" },
] as const;

/** Views of traffic. */
export function TrafficTabs() {
  const { path } = usePlace();
  return (
    <nav class="tabs" aria-label="Views of traffic">
      {TABS.map((tab) => (
        <a key={tab.path} href={pageLink(tab.path)} aria-current={path === tab.path ? "page" : undefined}>
          {tab.name}
        </a>
      ))}
    </nav>
  );
}
