import { common } from "../templates/data.ts";
import { goList, goStruct, goText, goTextMap, unlessEmpty } from "./go-json.ts";
import { judgeStatus } from "./judge.ts";
import { flagOf, mapOf, mapsOf, textOf } from "./read.ts";
import type { HttpRequest, Making, Plan } from "./request.ts";
import { truncateRunes } from "./truncate.ts";

/** https://docs.opsgenie.com/docs/alert-api */
const LONGEST_MESSAGE = 130;

const parts = (text: string): readonly string[] =>
  text
    .trim()
    .split(",")
    .filter((part) => part !== "");

const responderJson = (responder: Readonly<Record<string, string>>): string =>
  goStruct({
    id: unlessEmpty(responder["id"] ?? ""),
    name: unlessEmpty(responder["name"] ?? ""),
    username: unlessEmpty(responder["username"] ?? ""),
    type: goText(responder["type"] ?? ""),
  });

/** Those whose every member renders to nothing are left out; `teams` are several in one. */
function respondersOf({ settings, text }: Making): readonly string[] {
  return mapsOf(settings, "responders").flatMap((given) => {
    const names = ["id", "name", "username", "type"];
    const responder = Object.fromEntries(names.map((name) => [name, text(textOf(given, name))]));
    if (names.every((name) => responder[name] === "")) return [];
    if (responder["type"] !== "teams") return [responderJson(responder)];
    return parts(responder["name"] ?? "").map((team) => responderJson({ name: text(team), type: "team" }));
  });
}

const texts = (list: readonly string[]): string | undefined =>
  list.length === 0 ? undefined : goList(list.map(goText));

/** Opsgenie's Alert API: created under the hash of the group's key, changed and closed under it. */
export function opsgenie(making: Making): Plan {
  const { settings, status, text, groupHash, notification } = making;
  const part = (name: string) => text(textOf(settings, name));
  const secretHeaders = { Authorization: `GenieKey ${part("api_key").trim()}` };
  const request = (method: HttpRequest["method"], path: string, json: string): HttpRequest => ({
    kind: "http",
    method,
    url: addressOf(textOf(settings, "api_url"), path),
    headers: { "Content-Type": "application/json" },
    secretHeaders,
    body: `${json}\n`,
  });
  const known = (what: string) => `v2/alerts/${groupHash}/${what}`;
  const judge: Plan["judge"] = (answer) => judgeStatus(answer, { retryCodes: [429] });

  if (status === "resolved")
    return { requests: [request("POST", known("close"), goStruct({ source: goText(part("source")) }))], judge };

  const message = truncateRunes(part("message"), LONGEST_MESSAGE);
  const description = part("description");
  const custom = mapOf(settings, "details");
  const responders = respondersOf(making);
  const created = goStruct({
    alias: goText(groupHash),
    message: goText(message),
    description: unlessEmpty(description),
    details: goTextMap({
      ...common(notification.alerts.map(({ labels }) => labels)),
      ...Object.fromEntries(Object.keys(custom).map((name) => [name, text(textOf(custom, name))])),
      ...linksOf(notification.links),
    }),
    source: goText(part("source")),
    responders: responders.length === 0 ? undefined : goList(responders),
    tags: texts(parts(part("tags"))),
    note: unlessEmpty(part("note")),
    priority: unlessEmpty(part("priority")),
    entity: unlessEmpty(part("entity")),
    actions: texts(parts(part("actions"))),
  });
  const requests = [request("POST", "v2/alerts", created)];
  if (flagOf(settings, "update_alerts")) {
    requests.push(request("PUT", known("message"), goStruct({ message: unlessEmpty(message) })));
    requests.push(request("PUT", known("description"), goStruct({ description: unlessEmpty(description) })));
  }
  return { requests, judge };
}

/** The path goes after the address's own, and its query stays; what is known by its alias says so. */
function addressOf(base: string, path: string): string {
  const [, before = base, query = ""] = /^([^?#]*)(?:\?([^#]*))?/.exec(base) ?? [];
  const pairs = query === "" ? [] : [query];
  if (path !== "v2/alerts") pairs.push("identifierType=alias");
  return `${before.replace(/\/?$/, "/")}${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

/** Our addition. */
const linksOf = (links: Making["notification"]["links"]): Readonly<Record<string, string>> =>
  links === undefined ? {} : { headgate_acknowledge: links.ack, headgate_silence: links.silence };
