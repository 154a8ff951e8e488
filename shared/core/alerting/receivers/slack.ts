import { goList, goStruct, goText, unlessEmpty } from "./go-json.ts";
import { excerpt, judgeStatus } from "./judge.ts";
import { flagOf, mapOf, mapsOf, numberOf, textOf, textsOf } from "./read.ts";
import type { Answer, Judged, Making, Plan } from "./request.ts";
import { truncateRunes } from "./truncate.ts";

/** https://api.slack.com/reference/messaging/attachments */
const LONGEST_TITLE = 1_024;
const MARKDOWN_IN = ["fallback", "pretext", "text"];
const UPDATE = "https://slack.com/api/chat.update";

type Settings = Making["settings"];
type Text = (name: string) => string;

const fieldsOf = (settings: Settings, { text }: Making): readonly string[] =>
  mapsOf(settings, "fields").map((field) =>
    goStruct({
      title: unlessEmpty(text(textOf(field, "title"))),
      value: unlessEmpty(text(textOf(field, "value"))),
      short: String(typeof field["short"] === "boolean" ? field["short"] : flagOf(settings, "short_fields")),
    }),
  );

function actionJson(action: Settings, { text }: Making): string {
  const part = (from: Settings, name: string) => unlessEmpty(text(textOf(from, name)));
  const confirm = mapOf(action, "confirm");
  const asks = ["text", "title", "ok_text", "dismiss_text"];
  return goStruct({
    ...Object.fromEntries(["type", "text", "url", "style", "name", "value"].map((name) => [name, part(action, name)])),
    confirm:
      Object.keys(confirm).length === 0
        ? undefined
        : goStruct(Object.fromEntries(asks.map((name) => [name, part(confirm, name)]))),
  });
}

/** Our addition: buttons to acknowledge and to silence, after the configured ones. */
const linkActions = ({ notification: { links }, status }: Making): readonly string[] =>
  links === undefined || status !== "firing"
    ? []
    : [
        ["Acknowledge", links.ack],
        ["Silence", links.silence],
      ].map(([text = "", url = ""]) => goStruct({ type: goText("button"), text: goText(text), url: goText(url) }));

function attachment(settings: Settings, making: Making, text: Text): string {
  const markdown = textsOf(settings, "mrkdwn_in");
  const fields = fieldsOf(settings, making);
  const actions = [...mapsOf(settings, "actions").map((action) => actionJson(action, making)), ...linkActions(making)];
  return goStruct({
    title: unlessEmpty(truncateRunes(text("title"), LONGEST_TITLE)),
    title_link: unlessEmpty(text("title_link")),
    pretext: unlessEmpty(text("pretext")),
    text: goText(text("text")),
    fallback: goText(text("fallback")),
    callback_id: goText(text("callback_id")),
    fields: fields.length === 0 ? undefined : goList(fields),
    actions: actions.length === 0 ? undefined : goList(actions),
    image_url: unlessEmpty(text("image_url")),
    thumb_url: unlessEmpty(text("thumb_url")),
    footer: goText(text("footer")),
    color: unlessEmpty(text("color")),
    mrkdwn_in: goList((markdown.length === 0 ? MARKDOWN_IN : markdown).map(goText)),
  });
}

function fields(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return undefined;
  }
}

/** Slack says 200 to what it refuses; the body tells (`ok` as text from webhooks, a member `ok` from the API). */
function judgeSlack(answer: Answer, channel: string, remembers: boolean): Judged {
  const at = (why: string) => `channel ${JSON.stringify(channel)}: ${why}`;
  const judged = judgeStatus(answer);
  if (!judged.ok) return { ...judged, why: at(judged.why) };
  const { body, contentType } = answer;
  if (!contentType.startsWith("application/json"))
    return body === "ok"
      ? { ok: true }
      : { ok: false, retry: false, why: at(`received an error response from Slack: ${excerpt(body)}`) };
  const said = fields(body);
  if (!said) return { ok: false, retry: true, why: at(`could not read the JSON response ${excerpt(body)}`) };
  if (said["ok"] !== true) return { ok: false, retry: false, why: at(`error response from Slack: ${said["error"]}`) };
  const { ts, channel: id } = said;
  if (!remembers || typeof ts !== "string" || typeof id !== "string" || ts === "" || id === "") return { ok: true };
  return { ok: true, store: { threadTs: ts, channelId: id } };
}

/** Slack by webhook or by `chat.postMessage`; with `update_message` the earlier message of the group is changed instead. */
export function slack(making: Making): Plan {
  const { settings, notification } = making;
  const text: Text = (name) => making.text(textOf(settings, name));
  const remembers = flagOf(settings, "update_message");
  const { threadTs = "", channelId = "" } = remembers ? (notification.store ?? {}) : {};
  const updates = threadTs !== "" && channelId !== "";
  const attached = attachment(settings, making, text);
  const channel = updates ? String(channelId) : text("channel");
  const body = goStruct({
    channel: unlessEmpty(channel),
    ts: updates ? goText(String(threadTs)) : undefined,
    username: unlessEmpty(text("username")),
    icon_emoji: unlessEmpty(text("icon_emoji")),
    icon_url: unlessEmpty(text("icon_url")),
    link_names: flagOf(settings, "link_names") ? "true" : undefined,
    text: unlessEmpty(text("message_text")),
    attachments: goList([attached]),
  });
  const posts = textOf(settings, "api_url") || textOf(settings, "app_url");
  // Slack's own API has its update beside its post; another server that speaks it has too.
  const url = updates
    ? posts.endsWith("/chat.postMessage")
      ? posts.replace(/postMessage$/, "update")
      : UPDATE
    : posts;
  const timeoutMs = numberOf(settings, "timeout");
  return {
    requests: [
      { kind: "http", method: "POST", url, headers: { "Content-Type": "application/json" }, body: `${body}\n` },
    ],
    ...(timeoutMs > 0 ? { timeoutMs } : {}),
    judge: (answer) => judgeSlack(answer, channel, remembers),
  };
}
