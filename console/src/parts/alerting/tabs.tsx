import { useEffect, useRef } from "preact/hooks";
import { pageLink, usePlace } from "../../router.ts";

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
export function Tabs() {
  const { path } = usePlace();
  const line = useRef<HTMLElement>(null);
  // Where it is too narrow for all, the present one is not the one that cannot be seen.
  useEffect(() => {
    const here = line.current?.querySelector<HTMLElement>("[aria-current]");
    if (line.current && here) line.current.scrollLeft = here.offsetLeft + here.offsetWidth - line.current.offsetWidth;
  }, [path]);
  return (
    <nav ref={line} class="tabs" aria-label="Views of alerts">
      {TABS.map((tab) => (
        <a key={tab.path} href={pageLink(tab.path)} aria-current={path === tab.path ? "page" : undefined}>
          {tab.name}
        </a>
      ))}
    </nav>
  );
}
