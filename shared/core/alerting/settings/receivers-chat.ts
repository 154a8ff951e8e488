import { httpConfig } from "./http-config.ts";
import { bool, goDuration, secret, secretUrl, string, url } from "./scalars.ts";
import { kept, list, optional, pointer, struct } from "./structures.ts";

// Fields in upstream's order, its defaults and its refusals. Sources: config/notifiers.go and notify/*/config.go.

const http = optional(pointer(httpConfig));
const template = (name: string): string => `{{ template "${name}" . }}`;

const webhookFields = { http_config: http, webhook_url: optional(secretUrl), webhook_url_file: optional(string) };

const webhookFault = (value: {
  readonly webhook_url: unknown;
  readonly webhook_url_file: string;
}): string | undefined => {
  if (value.webhook_url === null && value.webhook_url_file === "")
    return "one of webhook_url or webhook_url_file must be configured";
  return twoWebhooks(value);
};
const twoWebhooks = (value: {
  readonly webhook_url: unknown;
  readonly webhook_url_file: string;
}): string | undefined =>
  value.webhook_url !== null && value.webhook_url_file !== ""
    ? "at most one of webhook_url & webhook_url_file must be configured"
    : undefined;

export const discord = struct(
  {
    send_resolved: kept(bool, true),
    ...webhookFields,
    content: optional(string),
    title: optional(string, template("discord.default.title")),
    message: optional(string, template("discord.default.message")),
    username: optional(string),
    avatar_url: optional(string),
  },
  { check: webhookFault },
);

export const msteams = struct(
  {
    send_resolved: kept(bool, true),
    ...webhookFields,
    title: optional(string, template("msteams.default.title")),
    summary: optional(string, template("msteams.default.summary")),
    text: optional(string, template("msteams.default.text")),
  },
  { check: webhookFault },
);

export const msteamsv2 = struct(
  {
    send_resolved: kept(bool, true),
    ...webhookFields,
    title: optional(string, template("msteamsv2.default.title")),
    text: optional(string, template("msteamsv2.default.text")),
  },
  { check: webhookFault },
);

const confirmation = struct(
  { text: optional(string), title: optional(string), ok_text: optional(string), dismiss_text: optional(string) },
  { check: ({ text }) => (text === "" ? "missing text in Slack confirmation configuration" : undefined) },
);

const slackAction = struct(
  {
    type: optional(string),
    text: optional(string),
    url: optional(string),
    style: optional(string),
    name: optional(string),
    value: optional(string),
    confirm: optional(pointer(confirmation)),
  },
  {
    check: ({ type, text, url: link, name }) => {
      if (type === "") return "missing type in Slack action configuration";
      if (text === "") return "missing text in Slack action configuration";
      return link === "" && name === "" ? "missing name or url in Slack action configuration" : undefined;
    },
    // A link cannot be a message's button as well.
    complete: (action) => (action.url === "" ? action : { ...action, name: "", value: "", confirm: null }),
  },
);

const field = (of: string) =>
  struct(
    { title: optional(string), value: optional(string), short: optional(pointer(bool)) },
    {
      check: ({ title, value }) => {
        if (title === "") return `missing title in ${of} field configuration`;
        return value === "" ? `missing value in ${of} field configuration` : undefined;
      },
    },
  );

export const slack = struct(
  {
    send_resolved: kept(bool, false),
    http_config: http,
    api_url: optional(secretUrl),
    api_url_file: optional(string),
    app_token: optional(secret),
    app_token_file: optional(string),
    app_url: optional(url),
    channel: optional(string),
    username: optional(string, template("slack.default.username")),
    color: optional(string, template("slack.default.color")),
    title: optional(string, template("slack.default.title")),
    title_link: optional(string, template("slack.default.titlelink")),
    pretext: optional(string, template("slack.default.pretext")),
    text: optional(string, template("slack.default.text")),
    message_text: optional(string),
    fields: optional(list(pointer(field("Slack")))),
    short_fields: kept(bool),
    footer: optional(string, template("slack.default.footer")),
    fallback: optional(string, template("slack.default.fallback")),
    callback_id: optional(string, template("slack.default.callbackid")),
    icon_emoji: optional(string, template("slack.default.iconemoji")),
    icon_url: optional(string, template("slack.default.iconurl")),
    image_url: optional(string),
    thumb_url: optional(string),
    link_names: kept(bool),
    mrkdwn_in: optional(list(string)),
    actions: optional(list(pointer(slackAction))),
    update_message: kept(bool),
    timeout: kept(goDuration),
  },
  {
    check: (slackConfig) => {
      const api = slackConfig.api_url !== null;
      const apiFile = slackConfig.api_url_file !== "";
      const token = slackConfig.app_token !== "";
      const tokenFile = slackConfig.app_token_file !== "";
      if (api && apiFile) return "at most one of api_url & api_url_file must be configured";
      if (token && tokenFile) return "at most one of app_token & app_token_file must be configured";
      if ((api || apiFile) && (token || tokenFile))
        return "at most one of api_url/api_url_file & app_token/app_token_file must be configured";
      if (slackConfig.update_message && slackConfig.api_url?.text !== UPDATES)
        return `update_message can only be used with bot tokens. api_url must be set to ${UPDATES}`;
      return undefined;
    },
  },
);

const UPDATES = "https://slack.com/api/chat.postMessage";

const attachment = struct({
  fallback: optional(string),
  color: optional(string),
  pretext: optional(string),
  text: optional(string),
  author_name: optional(string),
  author_link: optional(string),
  author_icon: optional(string),
  title: optional(string),
  title_link: optional(string),
  fields: optional(list(pointer(field("Mattermost")))),
  thumb_url: optional(string),
  footer: optional(string),
  footer_icon: optional(string),
  image_url: optional(string),
});

export const mattermost = struct(
  {
    send_resolved: kept(bool, true),
    ...webhookFields,
    channel: optional(string),
    username: optional(string, template("mattermost.default.username")),
    text: optional(string, template("mattermost.default.text")),
    fallback: optional(string, template("mattermost.default.fallback")),
    color: optional(string, template("mattermost.default.color")),
    pretext: optional(string),
    author_name: optional(string),
    author_link: optional(string),
    author_icon: optional(string),
    title: optional(string, template("mattermost.default.title")),
    title_link: optional(string, template("mattermost.default.titlelink")),
    fields: optional(list(pointer(field("Mattermost")))),
    thumb_url: optional(string),
    footer: optional(string),
    footer_icon: optional(string),
    image_url: optional(string),
    icon_url: optional(string),
    icon_emoji: optional(string),
    attachments: optional(list(pointer(attachment))),
    type: optional(string),
    props: optional(pointer(struct({ card: optional(string) }))),
    priority: optional(
      pointer(
        struct({ priority: optional(string), requested_ack: optional(bool), persistent_notifications: optional(bool) }),
      ),
    ),
  },
  { check: twoWebhooks },
);

// These two lack yaml names upstream, so their fields go by their Go names in small letters.
const rocketField = struct({ short: kept(pointer(bool)), title: kept(string), value: kept(string) });
const rocketAction = struct({
  type: kept(string),
  text: kept(string),
  url: kept(string),
  imageurl: kept(string),
  iswebview: kept(bool),
  webviewheightratio: kept(string),
  msg: kept(string),
  msginchatwindow: kept(bool),
  msgprocessingtype: kept(string),
});

export const rocketchat = struct(
  {
    send_resolved: kept(bool, false),
    http_config: http,
    api_url: optional(url),
    token_id: optional(pointer(secret)),
    token_id_file: optional(string),
    token: optional(pointer(secret)),
    token_file: optional(string),
    channel: optional(string),
    color: optional(string, '{{ if eq .Status "firing" }}red{{ else }}green{{ end }}'),
    title: optional(string, template("rocketchat.default.title")),
    title_link: optional(string, template("rocketchat.default.titlelink")),
    text: optional(string, template("rocketchat.default.text")),
    fields: optional(list(pointer(rocketField))),
    short_fields: kept(bool),
    emoji: optional(string, template("rocketchat.default.emoji")),
    icon_url: optional(string, template("rocketchat.default.iconurl")),
    image_url: optional(string),
    thumb_url: optional(string),
    link_names: kept(bool),
    actions: optional(list(pointer(rocketAction))),
  },
  {
    check: ({ token, token_file: tokenFile, token_id: id, token_id_file: idFile }) => {
      if (token !== null && tokenFile !== "") return "at most one of token & token_file must be configured";
      return id !== null && idFile !== "" ? "at most one of token_id & token_id_file must be configured" : undefined;
    },
  },
);

export const webex = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    api_url: optional(url),
    message: optional(string, template("webex.default.message")),
    room_id: kept(string),
  },
  {
    check: ({ room_id: room, http_config: client }) => {
      if (room === "") return "missing room_id on webex_config";
      return client?.authorization ? undefined : "missing webex_configs.http_config.authorization";
    },
  },
);
