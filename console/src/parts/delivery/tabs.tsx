import { pageLink, usePlace } from "../../router.ts";

const TABS = [
  { path: "/delivery", name: "Services" },
  { path: "/flags", name: "Flags" },
] as const;

/** Views of delivery. */
export function DeliveryTabs() {
  const { path } = usePlace();
  return (
    <nav class="tabs" aria-label="Views of delivery">
      {TABS.map((tab) => (
        <a key={tab.path} href={pageLink(tab.path)} aria-current={path === tab.path ? "page" : undefined}>
          {tab.name}
        </a>
      ))}
    </nav>
  );
}
