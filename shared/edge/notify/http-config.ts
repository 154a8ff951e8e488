import { mapOf, textOf, textsOf } from "../../core/alerting/receivers/read.ts";
import type { Connecting } from "./agents.ts";
import type { HttpSender } from "./http-send.ts";
import { oauth2 } from "./oauth2.ts";
import { proxyOf, userOf } from "./proxy.ts";
import type { Secrets } from "./secrets.ts";
import { tlsOf } from "./tls.ts";

type Settings = { readonly [name: string]: unknown };

/** What `http_config` adds to each request (prometheus/common HTTPClientConfig). */
export interface HttpConfig {
  /** For the receiver's own host only. */
  readonly secretHeaders: Readonly<Record<string, string>>;
  readonly connecting: Connecting;
  readonly followRedirects: boolean;
  /** What must not be shown and is not in the settings. */
  readonly secrets: readonly string[];
}

export interface HttpConfigOptions {
  readonly sender: HttpSender;
  readonly secrets: Secrets;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** `http_headers`: each name has values, secrets and files. */
async function headersOf(config: Settings, secrets: Secrets): Promise<Record<string, string>> {
  const given = mapOf(config, "http_headers");
  const headers: Record<string, string> = {};
  for (const name of Object.keys(given)) {
    const one = mapOf(given, name);
    const files = await Promise.all(textsOf(one, "files").map(async (path) => (await secrets.file(path)).trim()));
    const hidden = await Promise.all(textsOf(one, "secrets").map(async (text) => (await secrets.value(text)) ?? text));
    const all = [...textsOf(one, "values"), ...hidden, ...files];
    if (all.length > 0) headers[name] = all.join(", ");
  }
  return headers;
}

const PLAIN: HttpConfig = { secretHeaders: {}, connecting: {}, followRedirects: true, secrets: [] };
const PLAIN_KEYS = new Set(["follow_redirects", "enable_http2"]);

/** Whether a value asks for nothing: how defaults stand in checked settings. */
const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === false ||
  (typeof value === "object" && Object.values(value).every(isNothing));

/** Most configurations say nothing but the defaults; found out once for each. */
function plainOnes(): (settings: Settings) => HttpConfig | undefined {
  const known = new WeakMap<Settings, HttpConfig | "full">();
  return (settings) => {
    let found = known.get(settings);
    if (found === undefined) {
      const config = mapOf(settings, "http_config");
      const isPlain = Object.keys(config).every((name) => PLAIN_KEYS.has(name) || isNothing(config[name]));
      const follows = config["follow_redirects"] !== false;
      found = isPlain && textOf(settings, "app_token") === "" ? { ...PLAIN, followRedirects: follows } : "full";
      known.set(settings, found);
    }
    return found === "full" ? undefined : found;
  };
}

/** Reads an integration's `http_config` for a request to `url`. Rejects with an Error without secrets. */
export function httpConfigs(
  options: HttpConfigOptions,
): (settings: Settings, url: URL) => Promise<HttpConfig> | HttpConfig {
  const tokens = oauth2(options);

  const full = async (config: Settings, settings: Settings, url: URL): Promise<HttpConfig> => {
    const tls = tlsOf(mapOf(config, "tls_config"));
    const proxy = proxyOf(config, url, options.env);
    const connecting: Connecting = { ...(tls ? { tls } : {}), ...proxy };
    const followRedirects = config["follow_redirects"] !== false;
    const headers = await headersOf(config, options.secrets);
    const authorization = await authorizationOf(config, settings);
    const proof = authorization ?? userOf(url);
    if (proof !== undefined) headers["Authorization"] = proof;
    const shown = Object.values(headers).flatMap((value) => [value, ...value.split(" ").slice(1)]);
    return { secretHeaders: headers, connecting, followRedirects, secrets: shown };
  };

  const authorizationOf = async (config: Settings, settings: Settings) => {
    const auth = mapOf(config, "authorization");
    const credentials = textOf(auth, "credentials");
    if (credentials !== "") return `${textOf(auth, "type").trim() || "Bearer"} ${credentials}`;
    const bearer = textOf(config, "bearer_token") || textOf(settings, "app_token");
    if (bearer !== "") return `Bearer ${bearer}`;
    const { username, password } = mapOf(config, "basic_auth");
    if (!isNothing(username) || !isNothing(password)) return basic(String(username ?? ""), String(password ?? ""));
    const oauth = mapOf(config, "oauth2");
    return textOf(oauth, "token_url") === "" ? undefined : `Bearer ${await tokens(oauth)}`;
  };

  const plainOf = plainOnes();
  return (settings, url) => {
    const plain = url.username === "" ? plainOf(settings) : undefined;
    if (plain) return plain;
    return full(mapOf(settings, "http_config"), settings, url);
  };
}
