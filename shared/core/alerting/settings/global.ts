import { type GoUrl, parseHttpUrl } from "./go-url.ts";
import { hostPort } from "./host-port.ts";
import { httpConfig, tlsConfig } from "./http-config.ts";
import { bool, duration, secret, secretUrl, string, url } from "./scalars.ts";
import { defaultsOf, kept, optional, pointer, type StructOf, struct } from "./structures.ts";

/** A default address of a vendor's service. */
const known = (text: string): GoUrl => {
  const parsed = parseHttpUrl(text);
  return typeof parsed === "string" ? { text } : parsed;
};

/** Section `global` with its defaults. Source: config/config.go GlobalConfig, DefaultGlobalConfig. */
const fields = {
  resolve_timeout: kept(duration, 300_000),
  http_config: optional(pointer(httpConfig), httpConfig.decode({}, [], { faults: [], warnings: [] }, httpConfig.zero)),
  jira_api_url: optional(url),
  smtp_from: optional(string),
  smtp_hello: optional(string, "localhost"),
  smtp_smarthost: optional(hostPort),
  smtp_auth_username: optional(string),
  smtp_auth_password: optional(secret),
  smtp_auth_password_file: optional(string),
  smtp_auth_secret: optional(secret),
  smtp_auth_secret_file: optional(string),
  smtp_auth_identity: optional(string),
  smtp_require_tls: kept(bool, true),
  smtp_tls_config: optional(pointer(tlsConfig), tlsConfig.zero),
  smtp_force_implicit_tls: optional(pointer(bool)),
  slack_api_url: optional(secretUrl),
  slack_api_url_file: optional(string),
  slack_app_token: optional(secret),
  slack_app_token_file: optional(string),
  slack_app_url: optional(url, known("https://slack.com/api/chat.postMessage")),
  pagerduty_url: optional(url, known("https://events.pagerduty.com/v2/enqueue")),
  opsgenie_api_url: optional(url, known("https://api.opsgenie.com/")),
  opsgenie_api_key: optional(secret),
  opsgenie_api_key_file: optional(string),
  wechat_api_url: optional(url, known("https://qyapi.weixin.qq.com/cgi-bin/")),
  wechat_api_secret: optional(secret),
  wechat_api_secret_file: optional(string),
  wechat_api_corp_id: optional(string),
  victorops_api_url: optional(url, known("https://alert.victorops.com/integrations/generic/20131114/alert/")),
  victorops_api_key: optional(secret),
  victorops_api_key_file: optional(string),
  telegram_api_url: optional(url, known("https://api.telegram.org")),
  telegram_bot_token: optional(secret),
  telegram_bot_token_file: optional(string),
  webex_api_url: optional(url, known("https://webexapis.com/v1/messages")),
  rocketchat_api_url: optional(url, known("https://open.rocket.chat/")),
  rocketchat_token: optional(pointer(secret)),
  rocketchat_token_file: optional(string),
  rocketchat_token_id: optional(pointer(secret)),
  rocketchat_token_id_file: optional(string),
  mattermost_webhook_url: optional(secretUrl),
  mattermost_webhook_url_file: optional(string),
};

export type GlobalSettings = StructOf<typeof fields>;

export const globalKind = struct(fields);

export const globalDefaults = (): GlobalSettings => defaultsOf(fields);

/** Pairs of which a file may have one only, in upstream's order and words. */
const PAIRS = [
  ["slack_app_token", "slack_app_token_file"],
  ["slack_api_url", "slack_api_url_file"],
  ["opsgenie_api_key", "opsgenie_api_key_file"],
  ["victorops_api_key", "victorops_api_key_file"],
  ["telegram_bot_token", "telegram_bot_token_file"],
  ["smtp_auth_password", "smtp_auth_password_file"],
  ["rocketchat_token", "rocketchat_token_file"],
  ["rocketchat_token_id", "rocketchat_token_id_file"],
  ["smtp_auth_secret", "smtp_auth_secret_file"],
  ["wechat_api_secret", "wechat_api_secret_file"],
  ["mattermost_webhook_url", "mattermost_webhook_url_file"],
] as const;

const isSet = (value: unknown): boolean => value !== null && value !== "";

/** What is wrong with the section as a whole. */
export function globalFault(global: GlobalSettings): { readonly key: string; readonly message: string } | undefined {
  for (const [one, file] of PAIRS)
    if (isSet(global[one]) && isSet(global[file]))
      return { key: one, message: `at most one of ${one} & ${file} must be configured` };
  const token = isSet(global.slack_app_token) || isSet(global.slack_app_token_file);
  const api = isSet(global.slack_api_url) || isSet(global.slack_api_url_file);
  if (token && api && global.slack_api_url?.text !== global.slack_app_url?.text)
    return {
      key: "slack_app_token",
      message:
        "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured",
    };
  return undefined;
}
