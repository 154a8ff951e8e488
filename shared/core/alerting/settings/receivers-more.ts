import { goQuoted } from "../../kernel/go-quote.ts";
import { httpConfig } from "./http-config.ts";
import { isMap } from "./kind.ts";
import { bool, duration, goDuration, secret, string, textDuration, uint, url } from "./scalars.ts";
import { any, kept, list, mapOf, optional, pointer, struct } from "./structures.ts";

// Receivers that are read and checked only. Sources: config/notifiers.go and notify/*/config.go.

const http = optional(pointer(httpConfig));
const template = (name: string): string => `{{ template "${name}" . }}`;

const WECHAT_TYPES = "^(text|markdown)$";

export const wechat = struct(
  {
    send_resolved: kept(bool, false),
    http_config: http,
    api_secret: optional(secret),
    api_secret_file: optional(string),
    corp_id: optional(string),
    message: optional(string, template("wechat.default.message")),
    api_url: optional(url),
    to_user: optional(string, template("wechat.default.to_user")),
    to_party: optional(string, template("wechat.default.to_party")),
    to_tag: optional(string, template("wechat.default.to_tag")),
    agent_id: optional(string, template("wechat.default.agent_id")),
    message_type: optional(string),
  },
  {
    check: ({ message_type: type, api_secret: key, api_secret_file: file }) => {
      if (!["", "text", "markdown"].includes(type))
        return `weChat message type ${goQuoted(type)} does not match valid options ${WECHAT_TYPES}`;
      return key !== "" && file !== "" ? "at most one of api_secret & api_secret_file must be configured" : undefined;
    },
    complete: (chat) => ({ ...chat, message_type: chat.message_type || "text" }),
  },
);

const VICTOROPS_FIXED = [
  "routing_key",
  "message_type",
  "state_message",
  "entity_display_name",
  "monitoring_tool",
  "entity_id",
  "entity_state",
];

export const victorops = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    api_key: optional(secret),
    api_key_file: optional(string),
    api_url: kept(url),
    routing_key: kept(string),
    message_type: kept(string, "CRITICAL"),
    state_message: kept(string, template("victorops.default.state_message")),
    entity_display_name: kept(string, template("victorops.default.entity_display_name")),
    monitoring_tool: kept(string, template("victorops.default.monitoring_tool")),
    custom_fields: optional(mapOf(string)),
  },
  {
    check: ({ routing_key: routing, api_key: key, api_key_file: file, custom_fields: custom }) => {
      if (routing === "") return "missing Routing key in VictorOps config";
      if (key !== "" && file !== "") return "at most one of api_key & api_key_file must be configured";
      const fixed = VICTOROPS_FIXED.find((name) => Object.hasOwn(custom ?? {}, name));
      return fixed === undefined
        ? undefined
        : `victorOps config contains custom field ${fixed} which cannot be used as it conflicts with the fixed/static fields`;
    },
  },
);

export const pushover = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    user_key: optional(secret),
    user_key_file: optional(string),
    token: optional(secret),
    token_file: optional(string),
    title: optional(string, template("pushover.default.title")),
    message: optional(string, template("pushover.default.message")),
    url: optional(string, template("pushover.default.url")),
    url_title: optional(string),
    device: optional(string),
    sound: optional(string),
    priority: optional(string, '{{ if eq .Status "firing" }}2{{ else }}0{{ end }}'),
    retry: optional(textDuration, 60e9),
    expire: optional(textDuration, 3600e9),
    ttl: optional(textDuration),
    html: optional(bool),
    monospace: optional(bool),
  },
  {
    check: (push) => {
      if (push.user_key === "" && push.user_key_file === "")
        return "one of user_key or user_key_file must be configured";
      if (push.user_key !== "" && push.user_key_file !== "")
        return "at most one of user_key & user_key_file must be configured";
      if (push.token === "" && push.token_file === "") return "one of token or token_file must be configured";
      if (push.token !== "" && push.token_file !== "") return "at most one of token & token_file must be configured";
      return push.html && push.monospace ? "at most one of monospace & html must be configured" : undefined;
    },
  },
);

export const incidentio = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    url: kept(url),
    url_file: kept(string),
    alert_source_token: optional(secret),
    alert_source_token_file: optional(string),
    max_alerts: kept(uint),
    timeout: kept(goDuration),
  },
  {
    check: (incident) => {
      const token = incident.alert_source_token !== "";
      const file = incident.alert_source_token_file !== "";
      if (incident.url === null && incident.url_file === "") return "one of url or url_file must be configured";
      if (incident.url !== null && incident.url_file !== "") return "at most one of url & url_file must be configured";
      if (token && file) return "at most one of alert_source_token & alert_source_token_file must be configured";
      if (incident.http_config?.authorization && (token || file))
        return "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization";
      return incident.http_config && !incident.http_config.authorization && !token && !file
        ? "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured"
        : undefined;
    },
  },
);

const jiraText = struct({ template: optional(string), enable_update: optional(pointer(bool)) });

/** A text, or a map with it. */
const jiraField: typeof jiraText = {
  ...jiraText,
  // What looks like null in quotes is neither to yaml.v2.
  decode: (value, path, notes, before) =>
    isMap(value) || value === "~" || value === "null"
      ? jiraText.decode(value, path, notes, before)
      : { ...before, template: string.decode(value, path, notes, before.template) },
};

export const jira = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    api_url: optional(url),
    api_type: optional(string, "auto"),
    project: optional(string),
    summary: optional(jiraField, { template: template("jira.default.summary"), enable_update: null }),
    description: optional(jiraField, { template: template("jira.default.description"), enable_update: null }),
    labels: optional(list(string)),
    priority: optional(string, template("jira.default.priority")),
    issue_type: optional(string),
    reopen_transition: optional(string),
    resolve_transition: optional(string),
    wont_fix_resolution: optional(string),
    reopen_duration: optional(duration),
    fields: optional(mapOf(any)),
  },
  {
    check: ({ project, issue_type: issue, api_type: api }) => {
      if (project === "") return "missing project in jira_config";
      if (issue === "") return "missing issue_type in jira_config";
      return ["auto", "cloud", "datacenter"].includes(api)
        ? undefined
        : "unknown api_type on jira_config, must be auto, cloud or datacenter";
    },
  },
);
