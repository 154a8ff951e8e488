import { useMemo, useState } from "preact/hooks";
import type { RoutedAlertView } from "../../../functions/api/views-alerting.ts";
import type { AlertView, RuleView } from "../../../functions/api/views-monitoring.ts";
import { alertFits, alertText } from "../alert-words.ts";
import { routing } from "../alerting-known.ts";
import { getServices } from "../api.ts";
import { getRoutedAlerts } from "../api-alerting.ts";
import { getAlerts, getRules } from "../api-monitoring.ts";
import { useResource } from "../resource.ts";
import { routedText } from "../routed-words.ts";
import { alertLink, drawerLink, go, pageLink, ruleLink, serviceLink } from "../router.ts";
import { TABS } from "./alerting/tabs.tsx";
import { Dialog } from "./dialog.tsx";
import { PAGES } from "./nav-bar.tsx";

const SHOWN = 8;
const ROUTED_AT_MOST = 1_000;

interface Hit {
  readonly label: string;
  readonly kind: string;
  readonly to: string;
  /** Several alerts lead to one rule. */
  readonly key?: string;
}

/** Finds services and rules by any part of their name, alerts also by what they say and their labels, pages, and decisions by id. */
export function Search({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const services = useResource("services", getServices, 60_000);
  const rules = useResource("rules", getRules, 60_000);
  const alerts = useResource("alerts", getAlerts, 60_000);
  const routed = useResource(
    "routed alerts",
    async (signal) => (routing.get() === false ? undefined : getRoutedAlerts({ limit: ROUTED_AT_MOST }, signal)),
    60_000,
  );
  const hits = useMemo(
    () =>
      find(
        text,
        services.value?.items.map((item) => item.name) ?? [],
        rules.value?.groups.flatMap((group) => group.rules) ?? [],
        alerts.value?.items ?? [],
        routed.value?.items,
      ),
    [text, services.value, rules.value, alerts.value, routed.value],
  );
  const open = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    onClose();
    go(hit.to);
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setChosen(Math.min(hits.length - 1, chosen + 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
    else if (event.key === "Enter") open(hits[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search" onClose={onClose} class="dialog search">
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="search-hits"
        aria-activedescendant={hits.length > 0 ? `hit-${chosen}` : undefined}
        aria-label="Search services, rules, alerts, pages and decisions"
        placeholder="Service, rule, alert, page or decision id"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={move}
      />
      <div id="search-hits" role="listbox" aria-label="Found">
        {hits.map((hit, index) => (
          <div
            key={hit.key ?? hit.to}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onPointerMove={() => setChosen(index)}
            onClick={() => open(hit)}
            onKeyDown={move}
          >
            <bdi>{hit.label}</bdi>
            <span class="muted">{hit.kind}</span>
          </div>
        ))}
      </div>
      <p class="muted" aria-live="polite">
        {hits.length === 0 ? "Nothing found." : ""}
      </p>
    </Dialog>
  );
}

function find(
  text: string,
  names: readonly string[],
  rules: readonly RuleView[],
  alerts: readonly AlertView[],
  routed: readonly RoutedAlertView[] | undefined,
): readonly Hit[] {
  const wanted = text.trim().toLowerCase();
  const decision = /^dec_\S+$/.test(text.trim())
    ? [{ label: text.trim(), kind: "decision", to: drawerLink(text.trim()) }]
    : [];
  const services = names
    .filter((name) => name.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a, wanted) - rank(b, wanted) || a.localeCompare(b))
    .map((name) => ({ label: name, kind: "service", to: serviceLink(name) }));
  // Views are found by name, and stay out of the way as long as nothing is typed.
  const views =
    wanted === ""
      ? []
      : [
          ...(routed ? TABS.filter(({ path }) => path !== "/alerts") : []),
          { path: "/flags", name: "Flags" },
          { path: "/lab", name: "Policy lab" },
          { path: "/cost/opportunities", name: "Opportunities of cost" },
          { path: "/cost/tenants", name: "Tenants and their cost" },
          { path: "/cost/forecast", name: "Forecast and budgets" },
          { path: "/traffic/circuits", name: "Circuits" },
        ];
  const pages = [...PAGES, ...views]
    .filter((page) => page.name.toLowerCase().includes(wanted))
    .map((page) => ({
      label: page.name,
      kind: "page",
      to: pageLink(page.path),
    }));
  const ruleHits = rules
    .filter((rule) => rule.name.toLowerCase().includes(wanted))
    .map((rule) => ({ label: rule.name, kind: "rule", to: ruleLink(rule.id), key: rule.id }));
  const routedHits = (routed ?? [])
    .filter((alert) => routedFits(alert, wanted))
    .map((alert) => ({ label: routedText(alert), kind: `alert, ${alert.state}`, to: alertLink(alert.fingerprint) }));
  const alertHits = alerts
    .filter((alert) => alertFits(alert, wanted))
    .map((alert) => ({
      label: alertText(alert),
      kind: `alert, ${alert.state}`,
      to: ruleLink(alert.rule),
      key: `${alert.rule}/${alert.fingerprint}`,
    }));
  // Before anything is typed services and pages are what people want.
  const more = wanted === "" ? [] : [...ruleHits.slice(0, SHOWN), ...(routed ? routedHits : alertHits).slice(0, SHOWN)];
  return [...decision, ...services.slice(0, SHOWN), ...more, ...pages];
}

/** Whether a text is found in what an alert says or in any of its labels. */
const routedFits = (alert: RoutedAlertView, wanted: string): boolean =>
  [routedText(alert), ...Object.entries(alert.labels).map(([name, value]) => `${name}="${value}"`)].some((text) =>
    text.toLowerCase().includes(wanted),
  );

const rank = (name: string, wanted: string): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
