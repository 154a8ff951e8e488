import { type AnomalyKey, keyOf } from "./anomaly-key.ts";
import { observable, useObservable } from "./store.ts";

/** Where the reader is: everything that matters is in the address, so that it can be pasted into a chat. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const place = observable<Place>(read());

export function usePlace(): Place {
  return useObservable(place);
}

/** Goes to an address of the console. A new page starts at its top; a change of filters or the drawer stays where it is. */
export function go(to: string, options: { replace?: boolean } = {}): void {
  const before = place.get().path;
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.set(read());
  if (place.get().path !== before) scrollTo(0, 0);
}

/** The present address with some parameters set, or removed where the value is undefined. */
export function withQuery(changes: Readonly<Record<string, string | undefined>>, path = location.pathname): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Address of another page: the time range goes along, filters stay behind. */
export function pageLink(path: string): string {
  const range = place.get().query.get("range");
  return range === null ? path : `${path}?range=${encodeURIComponent(range)}`;
}

export const serviceLink = (name: string): string => pageLink(`/services/${encodeURIComponent(name)}`);

/** The policy lab with the load of one service. */
export const labLink = (service: string): string => `/lab?service=${encodeURIComponent(service)}`;

/** By its id, or by the subject of its decisions. */
export const ruleLink = (rule: string): string => pageLink(`/rules/${encodeURIComponent(rule)}`);

/** One alert, by its fingerprint. */
export const alertLink = (fingerprint: string): string => pageLink(`/alerts/${encodeURIComponent(fingerprint)}`);

/** One group of alerts. */
export const groupLink = (id: string): string => pageLink(`/alerts/groups/${encodeURIComponent(id)}`);

/** The list of silences with this one alone. */
export const silenceLink = (id: string): string => `/alerts/silences?q=${encodeURIComponent(id)}`;

/** Traffic of one service. */
export const trafficLink = (service: string): string => pageLink(`/traffic/${encodeURIComponent(service)}`);

/** One circuit, by its name. */
export const circuitLink = (circuit: string): string => pageLink(`/traffic/circuits/${encodeURIComponent(circuit)}`);

/** A circuit, or the service whose backend, versions or weights it is about: "check:orders/a" is of orders. */
function trafficSubjectLink(subject: string): string {
  if (subject.startsWith("circuit:")) return circuitLink(subject.slice("circuit:".length));
  return trafficLink(subject.replace(/^[a-z]+:/u, "").split("/", 1)[0] ?? "");
}

/** Releases of one service. */
export const deliveryLink = (service: string): string => pageLink(`/delivery/${encodeURIComponent(service)}`);

/** One feature flag. */
export const flagLink = (name: string): string => pageLink(`/flags/${encodeURIComponent(name)}`);

/** A flag, the releases of a service (also of its Flink job), or the gates of other systems. */
function deliverySubjectLink(subject: string): string {
  const [, kind, name = ""] = /^([a-z]+):(.*)$/su.exec(subject) ?? [];
  if (kind === "flag") return flagLink(name);
  return kind === "rollout" || kind === "flink" ? deliveryLink(name) : pageLink("/delivery");
}

/** One plan of backups, or a point or restore of it: "points", its id. */
export const backupLink = (plan: string, ...rest: readonly string[]): string =>
  pageLink(`/backups/${[plan, ...rest].map(encodeURIComponent).join("/")}`);

/** Runs and drills are of a plan; a restore names none: its list stands with the plans. */
function backupSubjectLink(subject: string): string {
  const [, kind, name = ""] = /^([a-z]+):(.*)$/su.exec(subject) ?? [];
  return kind === "run" || kind === "drill" ? backupLink(name) : pageLink("/backups");
}

/** A change, a budget or a report; a change by its opportunity. */
function costSubjectLink(subject: string): string {
  const [, kind, name = ""] = /^([a-z]+):(.*)$/su.exec(subject) ?? [];
  if (kind === "budget" || kind === "anomaly") return pageLink("/cost/forecast");
  if (kind !== "change") return pageLink("/cost");
  const page = pageLink("/cost/changes");
  return `${page}${page.includes("?") ? "&" : "?"}change=${encodeURIComponent(name)}`;
}

/** The page of what a decision is about. */
export function subjectLink(noun: string, subject: string): string {
  if (noun === "backup") return backupSubjectLink(subject);
  if (noun === "cost") return costSubjectLink(subject);
  if (noun === "delivery") return deliverySubjectLink(subject);
  if (noun === "monitoring") return ruleLink(subject);
  if (noun === "alerting") return groupLink(subject);
  return noun === "traffic" ? trafficSubjectLink(subject) : serviceLink(subject);
}

/** Opens the drawer over the present page. */
export const drawerLink = (id: string): string => withQuery({ decision: id });

/** Opens the drawer of an anomaly over the present page. */
export const anomalyLink = (key: AnomalyKey): string => withQuery({ anomaly: keyOf(key), decision: undefined });

/** The service's page with the drawer open: there its charts stand beside it. */
export const anomalyOnService = (key: AnomalyKey): string => {
  const page = pageLink(`/services/${encodeURIComponent(key.service)}`);
  return `${page}${page.includes("?") ? "&" : "?"}anomaly=${encodeURIComponent(keyOf(key))}`;
};

/** Lets plain clicks on links of the console change the page without loading it. */
export function interceptLinks(): void {
  addEventListener("popstate", () => place.set(read()));
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hasAttribute("data-document")) return;
    event.preventDefault();
    const to = link.pathname + link.search;
    if (link.hash !== "" && link.pathname === location.pathname)
      document.querySelector<HTMLElement>(link.hash)?.focus();
    else if (to !== location.pathname + location.search) go(to);
  });
}
