import type { AlertsView, AlertView, RulesView } from "../../functions/api/views-monitoring.ts";
import { plural } from "./format.ts";

export const alertName = ({ labels }: AlertView): string => labels["alertname"] ?? "alert";

/** What an alert says of itself: its summary, else its description, else its name. Chosen by whoever wrote the rule. */
export const alertText = (alert: AlertView): string =>
  alert.annotations["summary"] || alert.annotations["description"] || alertName(alert);

/** Labels that tell alerts of one name apart, in order. */
export const tellingLabels = (labels: AlertView["labels"]): readonly (readonly [string, string])[] =>
  Object.entries(labels)
    .filter(([name]) => name !== "alertname" && name !== "__name__")
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** Whether an alert is about a service, by the labels that usually name one. */
export const isAbout = (alert: AlertView, service: string): boolean =>
  ["service", "service_name", "job", "app"].some((name) => alert.labels[name] === service);

/** "2 alerts firing, 1 pending"; undefined when nothing is. */
export function activeLine(items: AlertsView["items"]): string | undefined {
  const count = (state: AlertView["state"]) => items.filter((item) => item.state === state).length;
  const [firing, pending] = [count("firing"), count("pending")];
  if (firing > 0) return `${plural(firing, "alert")} firing${pending > 0 ? `, ${pending} pending` : ""}`;
  return pending > 0 ? `${plural(pending, "alert")} pending` : undefined;
}

/** "7 rules, 1 without an answer, 2 never evaluated". */
export function rulesLine({ groups }: RulesView): string {
  const rules = groups.flatMap((group) => group.rules);
  const count = (health: string) => rules.filter((rule) => rule.health === health).length;
  const parts = [plural(rules.length, "rule")];
  if (count("err") > 0) parts.push(`${count("err")} without an answer`);
  if (count("unknown") > 0) parts.push(`${count("unknown")} not evaluated yet`);
  return parts.join(", ");
}

/** Whether a text is found in an alert: its name, what it says, any label. */
export function alertFits(alert: AlertView, wanted: string): boolean {
  if (wanted === "") return true;
  const texts = [alertText(alert), ...Object.entries(alert.labels).map(([name, value]) => `${name}="${value}"`)];
  return texts.some((text) => text.toLowerCase().includes(wanted.toLowerCase()));
}
