import type {
  AlertGroupView,
  MatcherView,
  RoutedAlertState,
  RoutedAlertView,
  TimeWindowView,
} from "../../functions/api/views-alerting.ts";
import { plural } from "./format.ts";

type Labels = Readonly<Record<string, string>>;

const PLAIN_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** `name="value"`, as a file or amtool takes it. */
export const matcherText = ({ name, op, value }: MatcherView): string =>
  `${PLAIN_NAME.test(name) ? name : JSON.stringify(name)}${op}${JSON.stringify(value)}`;

/** Labels as matchers that hold for exactly them, in order of name. */
export const matchersOf = (labels: Labels): readonly MatcherView[] =>
  Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, op: "=", value }));

export const routedName = ({ labels }: { readonly labels: Labels }): string => labels["alertname"] || "alert";

/** What an alert says of itself: its summary, else its description, else its name. Chosen by whoever posted it. */
export const routedText = (alert: RoutedAlertView): string =>
  alert.annotations["summary"] || alert.annotations["description"] || routedName(alert);

/** Labels that tell alerts of one name apart, in order. */
export const otherLabels = (labels: Labels): readonly (readonly [string, string])[] =>
  Object.entries(labels)
    .filter(([name]) => name !== "alertname")
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** How a group is called: the values it gathers by. */
export const groupName = ({ labels }: { readonly labels: Labels }): string => {
  const { alertname, ...rest } = labels;
  const more = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  if (alertname !== undefined) return more.length > 0 ? `${alertname}, ${more.join(", ")}` : alertname;
  return more.length > 0 ? more.join(", ") : "everything together";
};

/** An address somebody gave, only where a browser may follow it. */
export function safeUrl(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  return ["http:", "https:"].includes(new URL(text).protocol) ? text : undefined;
}

const RANK: Readonly<Record<RoutedAlertState, number>> = { firing: 0, acknowledged: 1, suppressed: 2, resolved: 3 };

/** "critical" is the only severity everybody writes alike, but for those who write "page". */
export const isCritical = ({ labels }: { readonly labels: Labels }): boolean =>
  labels["severity"] === "critical" || labels["severity"] === "page";

/** What needs a person first; among those the critical ones, then the newest. */
export const byUrgency = (a: RoutedAlertView, b: RoutedAlertView): number =>
  RANK[a.state] - RANK[b.state] ||
  Number(isCritical(b)) - Number(isCritical(a)) ||
  b.startsAt - a.startsAt ||
  (a.fingerprint < b.fingerprint ? -1 : 1);

const firesCritical = ({ alerts }: AlertGroupView): boolean =>
  alerts.some((alert) => alert.state === "firing" && isCritical(alert));

/** Groups in which something fires first, what nobody sees to and what is critical before others, then by their next flush. */
export const byNeed = (a: AlertGroupView, b: AlertGroupView): number =>
  Number(b.counts.firing > 0) - Number(a.counts.firing > 0) ||
  Number(a.acknowledged !== undefined) - Number(b.acknowledged !== undefined) ||
  Number(firesCritical(b)) - Number(firesCritical(a)) ||
  (a.nextFlushAt ?? Number.POSITIVE_INFINITY) - (b.nextFlushAt ?? Number.POSITIVE_INFINITY) ||
  (a.id < b.id ? -1 : 1);

/** "3 alerts fire, 1 of them acknowledged, 2 held back"; undefined when nothing does. */
export function routedLine(counts: { readonly [state in RoutedAlertState]: number }): string | undefined {
  const fires = counts.firing + counts.acknowledged;
  const parts = [
    fires > 0 ? `${plural(fires, "alert fires", "alerts fire")}` : "",
    counts.acknowledged > 0 ? `${counts.acknowledged} of them acknowledged` : "",
    counts.suppressed > 0 ? `${counts.suppressed} held back` : "",
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : undefined;
}

export const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/** Minutes of a day as "08:30"; the end of it is "24:00". */
export const dayTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

const dayName = (day: number): string => {
  const name = WEEKDAYS[day] ?? "";
  return name.charAt(0).toUpperCase() + name.slice(1, 3);
};

const span = (begin: string, end: string): string => (begin === end ? begin : `${begin} to ${end}`);

/** "Mon to Fri, 22:00 to 24:00, Europe/Berlin". */
export function windowText(window: TimeWindowView): string {
  const parts = [
    window.weekdays?.map(({ begin, end }) => span(dayName(begin), dayName(end))).join(" and "),
    window.daysOfMonth?.map(({ begin, end }) => `day ${span(String(begin), String(end))} of the month`).join(" and "),
    window.months?.map(({ begin, end }) => `month ${span(String(begin), String(end))}`).join(" and "),
    window.years?.map(({ begin, end }) => span(String(begin), String(end))).join(" and "),
    window.times?.map(({ begin, end }) => span(dayTime(begin), dayTime(end))).join(" and "),
  ].filter((part) => part !== undefined && part !== "");
  return `${parts.length > 0 ? parts.join(", ") : "always"}, ${window.location ?? "UTC"}`;
}

const FROM_LINE = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s=,{}"]+))\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,{}"]*))\s*,?/y;

/** Labels typed in: `name=value` with blanks or commas between, values in quotes where they hold such, braces as they like. */
export function readLabels(
  text: string,
): { readonly ok: true; readonly labels: Record<string, string> } | { readonly ok: false; readonly at: string } {
  const inner = text.trim().replace(/^\{/, "").replace(/\}$/, "").trim();
  const labels: [string, string][] = [];
  let at = 0;
  while (at < inner.length) {
    FROM_LINE.lastIndex = at;
    const found = FROM_LINE.exec(inner);
    if (found === null) return { ok: false, at: inner.slice(at, at + 40) };
    labels.push([unquoted(found[1]) ?? found[2] ?? "", unquoted(found[3]) ?? found[4] ?? ""]);
    at = FROM_LINE.lastIndex;
  }
  return { ok: true, labels: Object.fromEntries(labels) };
}

const unquoted = (text: string | undefined): string | undefined =>
  text?.replaceAll(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));

/** Labels as {@link readLabels} reads them. */
export const labelsLine = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => {
      const quoted = (part: string) => (/^[^\s=,{}"\\]+$/.test(part) ? part : JSON.stringify(part));
      return `${quoted(name)}=${value === "" ? '""' : quoted(value)}`;
    })
    .join(" ");
