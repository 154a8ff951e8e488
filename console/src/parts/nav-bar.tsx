import { useEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "../icons.tsx";
import { pageLink, usePlace } from "../router.ts";

/** Pages that exist. Each has a shortcut, see keys.ts. */
export const PAGES: readonly { readonly path: string; readonly name: string; readonly icon: IconName }[] = [
  { path: "/", name: "Overview", icon: "overview" },
  { path: "/services", name: "Services", icon: "services" },
  { path: "/alerts", name: "Alerts", icon: "alerts" },
  { path: "/anomalies", name: "Anomalies", icon: "anomalies" },
  { path: "/delivery", name: "Delivery", icon: "delivery" },
  { path: "/traffic", name: "Traffic", icon: "traffic" },
  { path: "/backups", name: "Backups", icon: "backups" },
  { path: "/cost", name: "Cost", icon: "cost" },
  { path: "/decisions", name: "Decisions", icon: "decisions" },
  { path: "/settings", name: "Settings", icon: "settings" },
];

/** The bar on the left; at the bottom where the screen is narrow. */
export function NavBar() {
  const { path } = usePlace();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    const here = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (list.current && here)
      list.current.scrollLeft = here.offsetLeft - (list.current.clientWidth - here.offsetWidth) / 2;
  }, [path]);
  return (
    <nav class="nav" aria-label="Pages">
      <a class="brand" href={pageLink("/")} aria-label="Headgate, overview">
        <Icon name="gate" size={18} />
        <span>Headgate</span>
      </a>
      <ul ref={list}>
        {PAGES.map((page) => {
          const here =
            page.path === "/"
              ? path === "/"
              : path === page.path ||
                path.startsWith(`${page.path}/`) ||
                (page.path === "/alerts" && path.startsWith("/rules/")) ||
                (page.path === "/services" && path === "/lab") ||
                (page.path === "/delivery" && /^\/flags(\/|$)/.test(path));
          return (
            <li key={page.path}>
              <a href={pageLink(page.path)} aria-current={here ? "page" : undefined}>
                <Icon name={page.icon} />
                <span>{page.name}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
