import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { keyOf, readKey } from "./anomaly-key.ts";
import { useTicker } from "./clock.ts";
import { live } from "./connection.ts";
import { moveRow, overlay, useShortcuts } from "./keys.ts";
import { AlertPage } from "./pages/alerting/alert.tsx";
import { Group } from "./pages/alerting/group.tsx";
import { Groups } from "./pages/alerting/groups.tsx";
import { History } from "./pages/alerting/history.tsx";
import { AlertsNow } from "./pages/alerting/now.tsx";
import { OnCall } from "./pages/alerting/on-call.tsx";
import { Routes } from "./pages/alerting/routes.tsx";
import { Rules } from "./pages/alerting/rules.tsx";
import { Silences } from "./pages/alerting/silences.tsx";
import { Anomalies } from "./pages/anomalies.tsx";
import { Restoring } from "./pages/backup/later.tsx";
import { Plan } from "./pages/backup/plan.tsx";
import { Plans } from "./pages/backup/plans.tsx";
import { PointPage } from "./pages/backup/point.tsx";
import { CostPages } from "./pages/cost/later.tsx";
import { Decision } from "./pages/decision.tsx";
import { Decisions } from "./pages/decisions.tsx";
import { Flag } from "./pages/delivery/flag.tsx";
import { Flags } from "./pages/delivery/flags.tsx";
import { Rollout } from "./pages/delivery/rollout.tsx";
import { Delivery } from "./pages/delivery/services.tsx";
import { Lab } from "./pages/lab/later.tsx";
import { Overview } from "./pages/overview.tsx";
import { Rule } from "./pages/rule.tsx";
import { Service } from "./pages/service.tsx";
import { Services } from "./pages/services.tsx";
import { Settings } from "./pages/settings.tsx";
import { CircuitPage } from "./pages/traffic/circuit.tsx";
import { Circuits } from "./pages/traffic/circuits.tsx";
import { TrafficService } from "./pages/traffic/service.tsx";
import { Traffic } from "./pages/traffic/services.tsx";
import { AnomalyDetail } from "./parts/anomaly-detail.tsx";
import { DeniedBanner, StaleBanner } from "./parts/banner.tsx";
import { DecisionDetail } from "./parts/decision-detail.tsx";
import { closeDrawer, Drawer } from "./parts/drawer.tsx";
import { Help } from "./parts/help.tsx";
import { Empty } from "./parts/looks.tsx";
import { NavBar } from "./parts/nav-bar.tsx";
import { Search } from "./parts/search.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { anomalyOnService, go, pageLink, usePlace, withQuery } from "./router.ts";
import { closeSheet, sheet } from "./sheet.ts";
import { useObservable } from "./store.ts";

/** The frame around every page. */
export function App(): JSX.Element {
  useTicker();
  const { path, query } = usePlace();
  const decision = query.get("decision");
  const anomaly = readKey(query.get("anomaly") ?? "");
  const drawer = decision !== null || anomaly !== undefined || query.has("opportunity");
  const shown = useObservable(overlay);
  const asked = useObservable(sheet);
  const main = useRef<HTMLElement>(null);
  const page = pageAt(path);

  useEffect(() => {
    document.title = `${page.title} · Headgate`;
  }, [page.title]);

  // Whoever listens instead of looking learns that the page is another one. Not at the first: that one is announced anyway.
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [path]);

  // What was asked on one page is not answered on another.
  useEffect(() => closeSheet, [path]);

  const step = (by: 1 | -1) => {
    const link = moveRow(by);
    const id = link?.closest<HTMLElement>("tr[data-row]")?.dataset["row"];
    if (decision !== null && id?.startsWith("dec_")) go(withQuery({ decision: id }), { replace: true });
    else if (query.has("opportunity") && id?.startsWith("opp_")) go(withQuery({ opportunity: id }), { replace: true });
    else if (anomaly !== undefined && id?.startsWith("anomaly "))
      go(withQuery({ anomaly: id.slice("anomaly ".length) }), { replace: true });
  };
  useShortcuts({
    "/": () => overlay.set("search"),
    "?": () => overlay.set("help"),
    "g o": () => go(pageLink("/")),
    "g s": () => go(pageLink("/services")),
    "g a": () => go(pageLink("/alerts")),
    "g n": () => go(pageLink("/anomalies")),
    "g r": () => go(pageLink("/delivery")),
    "g f": () => go(pageLink("/flags")),
    "g t": () => go(pageLink("/traffic")),
    "g b": () => go(pageLink("/backups")),
    "g m": () => go(pageLink("/cost")),
    "g l": () => go(pageLink("/lab")),
    "g d": () => go(pageLink("/decisions")),
    "g c": () => go(pageLink("/settings")),
    p: () => live.set(!live.get()),
    j: () => step(1),
    k: () => step(-1),
    Escape: () => {
      if (drawer) closeDrawer();
      else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    },
  });

  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <NavBar />
      <div class="frame">
        <TopBar />
        <StaleBanner />
        <DeniedBanner />
        <main ref={main} id="main" tabIndex={-1} key={path}>
          {page.render()}
        </main>
      </div>
      {decision !== null ? (
        <Drawer
          key="decision"
          id={decision}
          label="Decision"
          page={{ to: pageLink(`/decisions/${encodeURIComponent(decision)}`), words: "Open as a page" }}
        >
          <DecisionDetail id={decision} heading="h2" />
        </Drawer>
      ) : anomaly !== undefined ? (
        <Drawer
          key="anomaly"
          id={keyOf(anomaly)}
          label="Anomaly"
          page={{ to: anomalyOnService(anomaly), words: "Beside its charts" }}
        >
          <AnomalyDetail anomaly={anomaly} heading="h2" />
        </Drawer>
      ) : null}
      {asked}
      {shown === "search" && <Search onClose={() => overlay.set(undefined)} />}
      {shown === "help" && <Help onClose={() => overlay.set(undefined)} />}
    </>
  );
}

interface Page {
  readonly title: string;
  readonly render: () => JSX.Element;
}

function pageAt(path: string): Page {
  const [noun, id, ...rest] = path.split("/").slice(1).map(decode);
  if (rest.length === 0 && id === undefined) {
    switch (noun) {
      case "":
        return { title: "Overview", render: () => <Overview /> };
      case "services":
        return { title: "Services", render: () => <Services /> };
      case "alerts":
        return { title: "Alerts", render: () => <AlertsNow /> };
      case "anomalies":
        return { title: "Anomalies", render: () => <Anomalies /> };
      case "delivery":
        return { title: "Delivery", render: () => <Delivery /> };
      case "flags":
        return { title: "Flags", render: () => <Flags /> };
      case "traffic":
        return { title: "Traffic", render: () => <Traffic /> };
      case "backups":
        return { title: "Backups", render: () => <Plans /> };
      case "decisions":
        return { title: "Decisions", render: () => <Decisions /> };
      case "lab":
        return { title: "Policy lab", render: () => <Lab /> };
      case "settings":
        return { title: "Settings", render: () => <Settings /> };
      default:
    }
  }
  if (noun === "alerts" && id) return alertsPageAt(id, rest);
  if (noun === "backups" && id) return backupPageAt(id, rest);
  if (noun === "cost") return costPageAt(id, rest);
  if (noun === "traffic" && id) return trafficPageAt(id, rest);
  if (rest.length === 0 && id && noun === "services") return { title: id, render: () => <Service name={id} /> };
  if (rest.length === 0 && id && noun === "delivery")
    return { title: `Releases of ${id}`, render: () => <Rollout key={id} name={id} /> };
  if (rest.length === 0 && id && noun === "flags") return { title: id, render: () => <Flag key={id} name={id} /> };
  if (rest.length === 0 && id && noun === "rules") return { title: "Rule", render: () => <Rule id={id} /> };
  if (rest.length === 0 && id && noun === "decisions")
    return { title: `Decision ${id}`, render: () => <Decision id={id} /> };
  return { title: "Not found", render: NotFound };
}

/** Views of alerts; whatever is no view is the fingerprint of one. */
function alertsPageAt(id: string, [item, ...rest]: readonly string[]): Page {
  if (rest.length > 0 || (item && id !== "groups")) return { title: "Not found", render: NotFound };
  if (item) return { title: "Group of alerts", render: () => <Group id={item} /> };
  switch (id) {
    case "groups":
      return { title: "Groups of alerts", render: () => <Groups /> };
    case "silences":
      return { title: "Silences", render: () => <Silences /> };
    case "history":
      return { title: "History of alerts", render: () => <History /> };
    case "routes":
      return { title: "Routes of alerts", render: () => <Routes /> };
    case "on-call":
      return { title: "On call", render: () => <OnCall /> };
    case "rules":
      return { title: "Rules", render: () => <Rules /> };
    default:
      return { title: "Alert", render: () => <AlertPage id={id} /> };
  }
}

/** Traffic of a service, or circuits; a circuit whose slashes were not written as %2F opens as well. */
function trafficPageAt(id: string, rest: readonly string[]): Page {
  if (id === "circuits") {
    const circuit = rest.join("/");
    if (circuit === "") return { title: "Circuits", render: () => <Circuits /> };
    return { title: circuit, render: () => <CircuitPage key={circuit} name={circuit} /> };
  }
  if (rest.length > 0) return { title: "Not found", render: NotFound };
  return { title: `Traffic of ${id}`, render: () => <TrafficService key={id} name={id} /> };
}

/** A plan, one of its points, the restore of one, or a restore that was begun. */
function backupPageAt(plan: string, [kind, id, act, ...rest]: readonly string[]): Page {
  const key = `${plan}/${id}`;
  if (kind === undefined) return { title: `Backups of ${plan}`, render: () => <Plan key={plan} name={plan} /> };
  if (kind === "points" && id && act === undefined)
    return { title: id, render: () => <PointPage key={key} plan={plan} id={id} /> };
  if (kind === "points" && id && act === "restore" && rest.length === 0)
    return { title: `Restore ${id}`, render: () => <Restoring key={key} plan={plan} id={id} begun={false} /> };
  if (kind === "restores" && id && act === undefined)
    return { title: `Restore ${id}`, render: () => <Restoring key={key} plan={plan} id={id} begun /> };
  return { title: "Not found", render: NotFound };
}

const COST_TITLES: Readonly<Record<string, string>> = {
  opportunities: "Opportunities",
  changes: "Changes of cost",
  tenants: "Tenants",
  forecast: "Forecast and budgets",
  sources: "Sources of cost",
};

/** Views of cost, an opportunity, or a tenant. */
function costPageAt(view: string | undefined, [item, ...rest]: readonly string[]): Page {
  if (rest.length > 0) return { title: "Not found", render: NotFound };
  const title = view === undefined ? "Cost" : (COST_TITLES[view] ?? "Not found");
  return {
    title: item !== undefined && view === "tenants" ? `Cost of ${item}` : title,
    render: () => <CostPages view={view} item={item} none={NotFound} />,
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function NotFound() {
  return (
    <>
      <h1 tabIndex={-1}>There is no such page</h1>
      <Empty title="The address may be old or mistyped.">
        <p>
          <a href="/">Overview</a>
        </p>
      </Empty>
    </>
  );
}
