import { type GoValue, goJson, goList, goStruct, goText, unlessEmpty } from "./go-json.ts";
import { judgeStatus } from "./judge.ts";
import { mapOf, mapsOf, numberOf, textOf } from "./read.ts";
import { renderedValue } from "./rendered-value.ts";
import { type Answer, type Making, type Plan, ReceiverFault } from "./request.ts";
import { cutBytes, truncateRunes } from "./truncate.ts";

const V1 = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
const LARGEST_EVENT = 512_000;
const LONGEST_SUMMARY = 1_024;
const TOO_LARGE = "Custom details have been removed because the original event exceeds the maximum size of 512KB";

const DETAILS: Readonly<Record<string, string>> = {
  firing: "{{ .Alerts.Firing | toJson }}",
  resolved: "{{ .Alerts.Resolved | toJson }}",
  num_firing: "{{ .Alerts.Firing | len }}",
  num_resolved: "{{ .Alerts.Resolved | len }}",
};

const fits = (body: string): boolean => cutBytes(body, LARGEST_EVENT).length === body.length;

/** Only what is wrong with a request is told: `message` and `errors` of a 400. */
function details({ status, body }: Answer): string {
  if (status !== 400) return "";
  try {
    const said = JSON.parse(body) as { readonly message?: unknown; readonly errors?: unknown };
    const errors = Array.isArray(said.errors) ? said.errors.join(",") : "";
    return `${said.message ?? ""}: ${errors}`;
  } catch {
    return "";
  }
}

/** Links and images of a list; those whose `needed` member renders to nothing are left out. */
function listed({ settings, text }: Making, list: string, names: readonly string[], needed: string): readonly string[] {
  return mapsOf(settings, list)
    .map((item) => Object.fromEntries(names.map((name) => [name, text(textOf(item, name))])))
    .filter((item) => item[needed] !== "")
    .map((item) => goStruct(Object.fromEntries(names.map((name) => [name, goText(item[name] ?? "")]))));
}

/** Our addition: two links for people. */
const ownLinks = ({ notification: { links } }: Making): readonly string[] =>
  links === undefined
    ? []
    : [
        [links.ack, "Acknowledge in Headgate"],
        [links.silence, "Silence in Headgate"],
      ].map(([href = "", text = ""]) => goStruct({ href: goText(href), text: goText(text) }));

/** PagerDuty: Events API v2 with a routing key, v1 with a service key. The incident is known by the hash of the group's key. */
export function pagerduty(making: Making): Plan {
  const { settings, status, groupHash, text } = making;
  const action = status === "firing" ? "trigger" : "resolve";
  const part = (name: string) => text(textOf(settings, name));
  const custom = { ...DETAILS, ...mapOf(settings, "details") };
  const rendered: Record<string, GoValue> = {};
  for (const name of Object.keys(custom)) rendered[name] = renderedValue(custom[name], text, making.yaml);
  const isV1 = textOf(settings, "service_key") !== "";
  const key = part(isV1 ? "service_key" : "routing_key");
  if (key === "") throw new ReceiverFault(`${isV1 ? "service" : "routing"} key cannot be empty`);
  const summary = truncateRunes(part("description"), LONGEST_SUMMARY);

  const v1 = (given: GoValue) =>
    goStruct({
      service_key: goText(key),
      incident_key: goText(groupHash),
      event_type: goText(action),
      description: unlessEmpty(summary),
      event_action: goText(""),
      payload: "null",
      client: action === "trigger" ? unlessEmpty(part("client")) : undefined,
      client_url: action === "trigger" ? unlessEmpty(part("client_url")) : undefined,
      details: goJson(given),
    });
  const v2 = (given: GoValue) => {
    const images = listed(making, "images", ["src", "alt", "href"], "src");
    const links = [...listed(making, "links", ["href", "text"], "href"), ...ownLinks(making)];
    return goStruct({
      routing_key: goText(key),
      dedup_key: goText(groupHash),
      event_action: goText(action),
      payload: goStruct({
        summary: goText(summary),
        source: goText(part(textOf(settings, "source") === "" ? "client" : "source")),
        severity: goText(text(textOf(settings, "severity") || "error")),
        class: unlessEmpty(part("class")),
        component: unlessEmpty(part("component")),
        group: unlessEmpty(part("group")),
        custom_details: goJson(given),
      }),
      client: unlessEmpty(part("client")),
      client_url: unlessEmpty(part("client_url")),
      images: images.length === 0 ? undefined : goList(images),
      links: links.length === 0 ? undefined : goList(links),
    });
  };
  const event = isV1 ? v1 : v2;
  const whole = `${event(rendered)}\n`;
  const body = fits(whole) ? whole : `${event({ error: TOO_LARGE })}\n`;
  const timeoutMs = numberOf(settings, "timeout");
  // Rate limiting is 403 with v1 and 429 with v2.
  const retryCodes = [isV1 ? 403 : 429];
  return {
    requests: [
      {
        kind: "http",
        method: "POST",
        url: isV1 ? V1 : textOf(settings, "url"),
        headers: { "Content-Type": "application/json" },
        body,
      },
    ],
    ...(timeoutMs > 0 ? { timeoutMs } : {}),
    judge: (answer) => judgeStatus(answer, { retryCodes, details }),
  };
}
