import { goQuoted } from "../../kernel/go-quote.ts";
import { canonicalHeader } from "./header.ts";
import { bool, checked, proxyUrl, secret, string } from "./scalars.ts";
import { any, kept, list, mapOf, optional, pointer, type StructOf, struct } from "./structures.ts";

const given = (...values: readonly unknown[]): number =>
  values.filter((value) => value !== "" && value !== null).length;

const tlsVersion = checked((text) => (/^TLS1[0-3]$/.test(text) ? undefined : `unknown TLS version: ${text}`));

const tlsFields = {
  ca: optional(string),
  cert: optional(string),
  key: optional(secret),
  ca_file: optional(string),
  cert_file: optional(string),
  key_file: optional(string),
  ca_ref: optional(string),
  cert_ref: optional(string),
  key_ref: optional(string),
  server_name: optional(string),
  insecure_skip_verify: kept(bool),
  min_version: optional(tlsVersion),
  max_version: optional(tlsVersion),
};

/** `tls_config`. Source of this file's fields, defaults and refusals: prometheus/common config/http_config.go. */
export const tlsConfig = struct(tlsFields, {
  check: (tls) => {
    if (given(tls.ca, tls.ca_file, tls.ca_ref) > 1) return "at most one of ca, ca_file & ca_ref must be configured";
    if (given(tls.cert, tls.cert_file, tls.cert_ref) > 1)
      return "at most one of cert, cert_file & cert_ref must be configured";
    if (given(tls.key, tls.key_file, tls.key_ref) > 1) return "at most one of key and key_file must be configured";
    const certificate = given(tls.cert, tls.cert_file, tls.cert_ref) > 0;
    const key = given(tls.key, tls.key_file, tls.key_ref) > 0;
    if (certificate && !key)
      return "exactly one of key or key_file must be configured when a client certificate is configured";
    if (key && !certificate)
      return "exactly one of cert or cert_file must be configured when a client key is configured";
    return undefined;
  },
});

const basicAuth = struct({
  username: optional(string),
  username_file: optional(string),
  username_ref: optional(string),
  password: optional(secret),
  password_file: optional(string),
  password_ref: optional(string),
});

export const authorizationFields = {
  type: optional(string),
  credentials: optional(secret),
  credentials_file: optional(string),
  credentials_ref: optional(string),
};
const authorization = struct(authorizationFields);

const proxyFields = {
  proxy_url: optional(proxyUrl),
  no_proxy: optional(string),
  proxy_from_environment: optional(bool),
  proxy_connect_header: optional(mapOf(list(secret))),
};

const oauth2 = struct({
  client_id: optional(string),
  client_secret: optional(secret),
  client_secret_file: optional(string),
  client_secret_ref: optional(string),
  client_certificate_key_id: optional(string),
  client_certificate_key: optional(secret),
  client_certificate_key_file: optional(string),
  client_certificate_key_ref: optional(string),
  grant_type: optional(string),
  signature_algorithm: optional(string),
  iss: optional(string),
  audience: optional(string),
  claims: optional(mapOf(any)),
  scopes: optional(list(string)),
  token_url: optional(string),
  endpoint_params: optional(mapOf(string)),
  tls_config: optional(tlsConfig),
  ...proxyFields,
});

const header = struct({
  values: optional(list(string)),
  secrets: optional(list(secret)),
  files: optional(list(string)),
});

const RESERVED: ReadonlySet<string> = new Set([
  "Authorization",
  "Host",
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "User-Agent",
  "Connection",
  "Keep-Alive",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Www-Authenticate",
  "Accept-Encoding",
  "X-Prometheus-Remote-Write-Version",
  "X-Prometheus-Remote-Read-Version",
  "X-Prometheus-Scrape-Timeout-Seconds",
  "X-Amz-Date",
  "X-Amz-Security-Token",
  "X-Amz-Content-Sha256",
]);

/** `http_headers` and tracing's `headers`. */
export const headers = mapOf(header);

const httpFields = {
  basic_auth: optional(pointer(basicAuth)),
  authorization: optional(pointer(authorization)),
  oauth2: optional(pointer(oauth2)),
  bearer_token: optional(secret),
  bearer_token_file: optional(string),
  tls_config: optional(tlsConfig),
  follow_redirects: kept(bool, true),
  enable_http2: kept(bool, true),
  ...proxyFields,
  http_headers: optional(headers),
};

type Http = StructOf<typeof httpFields>;
type OAuth2 = NonNullable<Http["oauth2"]>;

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

function authFault(http: Http): string | undefined {
  const { basic_auth: basic, oauth2: oauth, authorization: auth } = http;
  const bearer = given(http.bearer_token, http.bearer_token_file);
  if (bearer > 1) return "at most one of bearer_token & bearer_token_file must be configured";
  if ((basic || oauth) && bearer > 0)
    return "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured";
  if (basic && given(basic.username, basic.username_file, basic.username_ref) > 1)
    return "at most one of basic_auth username, username_file & username_ref must be configured";
  if (basic && given(basic.password, basic.password_file, basic.password_ref) > 1)
    return "at most one of basic_auth password, password_file & password_ref must be configured";
  if (auth) {
    if (bearer > 0) return "authorization is not compatible with bearer_token & bearer_token_file";
    if (given(auth.credentials, auth.credentials_file, auth.credentials_ref) > 1)
      return "at most one of authorization credentials & credentials_file must be configured";
    if (auth.type.trim().toLowerCase() === "basic")
      return 'authorization type cannot be set to "basic", use "basic_auth" instead';
    if (basic || oauth) return "at most one of basic_auth, oauth2 & authorization must be configured";
  }
  if (oauth && basic) return "at most one of basic_auth, oauth2 & authorization must be configured";
  return oauth ? oauthFault(oauth) : undefined;
}

function oauthFault(oauth: OAuth2): string | undefined {
  if (oauth.client_id === "") return "oauth2 client_id must be configured";
  if (oauth.token_url === "") return "oauth2 token_url must be configured";
  if (oauth.grant_type === JWT_BEARER) {
    if (given(oauth.client_certificate_key, oauth.client_certificate_key_file, oauth.client_certificate_key_ref) > 1)
      return `at most one of oauth2 client_certificate_key, client_certificate_key_file & client_certificate_key_ref must be configured using grant-type=${JWT_BEARER}`;
    if (!["", "RS256", "RS384", "RS512"].includes(oauth.signature_algorithm))
      return "valid signature algorithms are RS256, RS384 and RS512";
  } else if (given(oauth.client_secret, oauth.client_secret_file, oauth.client_secret_ref) > 1)
    return "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured using grant-type=client_credentials";
  return undefined;
}

function proxyFault(http: Http): string | undefined {
  const proxy = (http.proxy_url?.text ?? "") !== "";
  const connect = Object.keys(http.proxy_connect_header ?? {}).length > 0;
  if (connect && !http.proxy_from_environment && !proxy)
    return "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured";
  if (http.proxy_from_environment && proxy)
    return "if proxy_from_environment is configured, proxy_url must not be configured";
  if (http.proxy_from_environment && http.no_proxy !== "")
    return "if proxy_from_environment is configured, no_proxy must not be configured";
  if (http.proxy_url === null && http.no_proxy !== "")
    return "if no_proxy is configured, proxy_url must also be configured";
  return undefined;
}

function headerFault(http: Http): string | undefined {
  const reserved = Object.keys(http.http_headers ?? {})
    .map(canonicalHeader)
    .find((name) => RESERVED.has(name));
  return reserved === undefined ? undefined : `setting header ${goQuoted(reserved)} is not allowed`;
}

/** `http_config`. */
export const httpConfig = struct(httpFields, {
  fresh: true,
  check: (http) => authFault(http) ?? proxyFault(http) ?? headerFault(http),
  // A bearer token is an authorization in the old words.
  complete: (http) => {
    const auth = http.authorization;
    if (auth) return { ...http, authorization: { ...auth, type: auth.type.trim() || "Bearer" } };
    if (given(http.bearer_token, http.bearer_token_file) === 0) return http;
    return {
      ...http,
      bearer_token: "",
      bearer_token_file: "",
      authorization: {
        type: "Bearer",
        credentials: http.bearer_token,
        credentials_file: http.bearer_token_file,
        credentials_ref: "",
      },
    };
  },
});

/** A checked `http_config`. */
export type HttpConfig = Http;
