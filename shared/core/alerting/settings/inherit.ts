import type { Notes, Path } from "../../kernel/fields.ts";
import type { GlobalSettings } from "./global.ts";
import { type GoUrl, withSlash } from "./go-url.ts";
import type { HttpConfig } from "./http-config.ts";
import { fault } from "./kind.ts";
import { INTEGRATIONS, type ReceiverStruct } from "./receiver.ts";

type Lists = Omit<ReceiverStruct, "name" | "labels">;
type Key = keyof Lists;
type Config<K extends Key> = NonNullable<NonNullable<Lists[K]>[number]>;

/** One integration with what it inherits, or what is missing. */
type Inherit<K extends Key> = (config: Config<K>, global: GlobalSettings) => Config<K> | string;

const slashed = (address: GoUrl | null): GoUrl | null => address && withSlash(address);

const httpOf = (own: HttpConfig | null, global: GlobalSettings): HttpConfig | null => own ?? global.http_config;

/** Only the common client settings. */
const plain = <T extends { readonly http_config: HttpConfig | null }>(config: T, global: GlobalSettings): T => ({
  ...config,
  http_config: httpOf(config.http_config, global),
});

/** What each kind takes from `global`, and upstream's words for what is then still missing. Source: config/config.go UnmarshalYAML. */
const INHERIT: { readonly [K in Key]: Inherit<K> } = {
  webhook_configs: plain,
  sns_configs: plain,
  pushover_configs: plain,
  incidentio_configs: plain,
  discord_configs: plain,
  msteams_configs: plain,
  msteamsv2_configs: (own, global) => {
    const client = own.http_config;
    if (!client || client.proxy_url !== null) return plain(own, global);
    return { ...own, http_config: { ...client, proxy_url: global.http_config?.proxy_url ?? null } };
  },
  email_configs: (own, global) => {
    const smarthost = own.smarthost || global.smtp_smarthost;
    if (smarthost === "") return "no global SMTP smarthost set";
    const from = own.from || global.smtp_from;
    if (from === "") return "no global SMTP from set";
    const password = own.auth_password !== "" || own.auth_password_file !== "";
    return {
      ...own,
      tls_config: own.tls_config ?? global.smtp_tls_config,
      smarthost,
      from,
      hello: own.hello || global.smtp_hello,
      auth_username: own.auth_username || global.smtp_auth_username,
      ...(password
        ? {}
        : { auth_password: global.smtp_auth_password, auth_password_file: global.smtp_auth_password_file }),
      auth_secret: own.auth_secret || global.smtp_auth_secret,
      auth_secret_file: own.auth_secret_file || global.smtp_auth_secret_file,
      auth_identity: own.auth_identity || global.smtp_auth_identity,
      require_tls: own.require_tls ?? global.smtp_require_tls,
      force_implicit_tls: own.force_implicit_tls ?? global.smtp_force_implicit_tls,
    };
  },
  slack_configs: (own, global) => {
    const appUrl = own.app_url ?? global.slack_app_url;
    if (!appUrl) return "no global Slack App URL set";
    const tokenless = own.app_token === "" && own.app_token_file === "";
    const takesToken = tokenless && !own.http_config?.authorization && own.api_url === null;
    const token = takesToken ? global.slack_app_token : own.app_token;
    const tokenFile = takesToken ? global.slack_app_token_file : own.app_token_file;
    const takesApi = own.api_url === null && own.api_url_file === "";
    const api = takesApi ? global.slack_api_url : own.api_url;
    const apiFile = takesApi ? global.slack_api_url_file : own.api_url_file;
    const withToken = token !== "" || tokenFile !== "";
    if (api === null && apiFile === "" && !withToken)
      return "no Slack API URL nor App token set either inline or in a file";
    const client = httpOf(own.http_config, global);
    if (withToken && client?.authorization) return "http authorization can't be set when using Slack App tokens";
    const auth = { type: "Bearer", credentials: token, credentials_file: tokenFile, credentials_ref: "" };
    return {
      ...own,
      app_url: appUrl,
      app_token: token,
      app_token_file: tokenFile,
      api_url: withToken ? appUrl : api,
      api_url_file: apiFile,
      http_config: withToken && client ? { ...client, authorization: auth } : client,
    };
  },
  pagerduty_configs: (own, global) => {
    const address = own.url ?? global.pagerduty_url;
    return address ? { ...plain(own, global), url: address } : "no global PagerDuty URL set";
  },
  opsgenie_configs: (own, global) => {
    const address = own.api_url ?? global.opsgenie_api_url;
    if (!address) return "no global OpsGenie URL set";
    const key = own.api_key || global.opsgenie_api_key;
    const file = own.api_key_file || global.opsgenie_api_key_file;
    if (key === "" && file === "") return "no global OpsGenie API Key set either inline or in a file";
    return { ...plain(own, global), api_url: slashed(address), api_key: key, api_key_file: file };
  },
  wechat_configs: (own, global) => {
    const address = own.api_url ?? global.wechat_api_url;
    if (!address) return "no global Wechat URL set";
    const has = own.api_secret !== "" || own.api_secret_file !== "";
    const from = has ? own : { api_secret: global.wechat_api_secret, api_secret_file: global.wechat_api_secret_file };
    if (from.api_secret === "" && from.api_secret_file === "")
      return "no global Wechat Api Secret set either inline or in a file";
    const corp = own.corp_id || global.wechat_api_corp_id;
    if (corp === "") return "no global Wechat CorpID set";
    const { api_secret, api_secret_file } = from;
    return { ...plain(own, global), api_url: slashed(address), api_secret, api_secret_file, corp_id: corp };
  },
  victorops_configs: (own, global) => {
    const address = own.api_url ?? global.victorops_api_url;
    if (!address) return "no global VictorOps URL set";
    const key = own.api_key || global.victorops_api_key;
    const file = own.api_key_file || global.victorops_api_key_file;
    if (key === "" && file === "") return "no global VictorOps API Key set";
    return { ...plain(own, global), api_url: slashed(address), api_key: key, api_key_file: file };
  },
  telegram_configs: (own, global) => {
    const has = own.bot_token !== "" || own.bot_token_file !== "";
    const token = has ? own.bot_token : global.telegram_bot_token;
    const file = has ? own.bot_token_file : global.telegram_bot_token_file;
    if (token === "" && file === "") return "missing bot_token or bot_token_file on telegram_config";
    const address = own.api_url ?? global.telegram_api_url;
    return { ...plain(own, global), api_url: address, bot_token: token, bot_token_file: file };
  },
  webex_configs: (own, global) => {
    const address = own.api_url ?? global.webex_api_url;
    return address ? { ...plain(own, global), api_url: address } : "no global Webex URL set";
  },
  jira_configs: (own, global) => {
    const address = own.api_url ?? global.jira_api_url;
    return address ? { ...plain(own, global), api_url: address } : "no global Jira Cloud URL set";
  },
  rocketchat_configs: (own, global) => {
    const id = own.token_id ?? global.rocketchat_token_id;
    const idFile = own.token_id_file || global.rocketchat_token_id_file;
    if (id === null && idFile === "") return "no global Rocketchat TokenID set either inline or in a file";
    const token = own.token ?? global.rocketchat_token;
    const file = own.token_file || global.rocketchat_token_file;
    if (token === null && file === "") return "no global Rocketchat Token set either inline or in a file";
    const address = own.api_url ?? global.rocketchat_api_url;
    return { ...plain(own, global), api_url: address, token_id: id, token_id_file: idFile, token, token_file: file };
  },
  mattermost_configs: (own, global) => {
    const has = own.webhook_url !== null || own.webhook_url_file !== "";
    const address = has ? own.webhook_url : global.mattermost_webhook_url;
    const file = has ? own.webhook_url_file : global.mattermost_webhook_url_file;
    if (address === null && file === "") return "missing webhook_url or webhook_url_file on mattermost_config";
    return { ...plain(own, global), webhook_url: address, webhook_url_file: file };
  },
};

/** Kinds whose empty entry upstream lets pass where `global` has all that is needed. */
const EMPTY_ALLOWED: ReadonlySet<Key> = new Set<Key>([
  "slack_configs",
  "opsgenie_configs",
  "wechat_configs",
  "rocketchat_configs",
]);

/** A receiver's integrations with what they inherit; faults where something is missing, in upstream's words. */
export function inherit(receiver: ReceiverStruct, global: GlobalSettings, path: Path, notes: Notes): ReceiverStruct {
  const lists: Record<string, unknown> = {};
  for (const [type, kind] of INTEGRATIONS) {
    const key: Key = `${type}_configs`;
    const complete = INHERIT[key] as (config: unknown, global: GlobalSettings) => unknown;
    lists[key] =
      receiver[key]?.map((config, index) => {
        const at = [...path, key, index];
        const missing = config === null && !EMPTY_ALLOWED.has(key);
        const completed = missing ? `missing ${type} config` : complete(config ?? kind.zero, global);
        if (typeof completed === "string") fault(notes, at, completed);
        else if (config !== null) return completed;
        else notes.warnings.push({ path: at, message: `empty ${type} config is left out; Alertmanager stops at it` });
        return null;
      }) ?? null;
  }
  return { ...receiver, ...(lists as Partial<Lists>) };
}

/** `global` as it is once receivers have put a slash behind the addresses they share with it. */
export function sharedGlobal(global: GlobalSettings, all: readonly ReceiverStruct[]): GlobalSettings {
  const shared = (key: "opsgenie_configs" | "wechat_configs" | "victorops_configs"): boolean =>
    all.some((receiver) => (receiver[key] ?? []).some((config) => config === null || config.api_url === null));
  return {
    ...global,
    ...(shared("opsgenie_configs") ? { opsgenie_api_url: slashed(global.opsgenie_api_url) } : {}),
    ...(shared("wechat_configs") ? { wechat_api_url: slashed(global.wechat_api_url) } : {}),
    ...(shared("victorops_configs") ? { victorops_api_url: slashed(global.victorops_api_url) } : {}),
  };
}
